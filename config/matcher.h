#pragma once

#include <string_view>

#include "config/alerting_config.h"
#include "model/result.h"

namespace plimsoll {

// Parses one condition as Alertmanager writes it: name="web", image=~"nginx:.*",
// severity!=warning, pod!~"test-.+". The quotes may be left out where the value
// has none, nor a comma. Fails saying what is wrong; a regex is compiled once to
// know that it is one, and is at most 500 bytes long.
Result<LabelMatcher> ParseMatcher(std::string_view text);

}  // namespace plimsoll
