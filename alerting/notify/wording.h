#pragma once

#include <string>
#include <vector>

#include "alerting/engine/transition.h"

namespace plimsoll::alerting {

// What the transition is about: the container's name, or "host NAME".
std::string SubjectText(const Transition& transition);

// "Firing", "Still firing", "Recovered", or "Ended" when it ended otherwise.
const char* StatusWord(const Transition& transition);

// "web-1: memory in use is 1.5 GiB (threshold >= 1 GiB)"; of an end "web-1: recovered: ...".
std::string SummaryText(const Transition& transition);

// Sentences that hold what is known: value, threshold, how long, limit, image, project, consumers.
std::string DescriptionText(const Transition& transition);

// ">= 90 %"; empty where 0 and 1 are all that occurs.
std::string ThresholdText(const Transition& transition);

// "a 1.5 GiB, b 300 MiB, c 20 MiB"
std::string ConsumersText(const Transition& transition);

// The page of the container, or the first page where there is none. Empty without external_url.
std::string LinkTo(const std::string& external_url, const Transition& transition);

}  // namespace plimsoll::alerting
