#pragma once

#include <string>
#include <string_view>

#include "alerting/engine/transition.h"
#include "model/result.h"

namespace plimsoll::alerting {

// A transition as one JSON object, and back. Times are kept to the millisecond.
std::string TransitionText(const Transition& transition);
// Fails for what is no such object; what it does not name is empty.
Result<Transition> ParseTransition(std::string_view text);

// [["name","web"],...] and ["ops",...], and back; empty for what is neither.
std::string PairsText(const TextPairs& pairs);
TextPairs ParsePairs(std::string_view text);
std::string ListText(const std::vector<std::string>& list);
std::vector<std::string> ParseList(std::string_view text);

}  // namespace plimsoll::alerting
