#pragma once

#include <chrono>
#include <string>

#include "model/result.h"

namespace plimsoll {

// --collector.interval: a duration from 1s to 5m.
Result<std::chrono::milliseconds> ParseInterval(const std::string& text);

}  // namespace plimsoll
