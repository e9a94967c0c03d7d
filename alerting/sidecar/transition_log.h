#pragma once

#include <vector>

#include "alerting/engine/transition.h"

namespace plimsoll::alerting {

// Says in the log what fired and what resolved in one tick, also where nobody is to be told. Of a storm the
// first twenty, and how many more there were.
void LogTransitions(const std::vector<Transition>& transitions);

}  // namespace plimsoll::alerting
