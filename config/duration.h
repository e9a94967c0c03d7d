#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "model/result.h"

namespace plimsoll {

// Parses a length of time as Prometheus writes it: "10s", "500ms", "1h30m", "7d".
// Units, largest first and each once: y w d h m s ms (a day is 24h, a week 7d,
// a year 365d). "0" needs no unit. Fails saying what is wrong with the text.
Result<std::chrono::milliseconds> ParseDuration(std::string_view text);

// The shortest text that ParseDuration reads back as `duration`: "1h30m", "0s".
// Uses d h m s ms. Negative durations do not occur.
std::string FormatDuration(std::chrono::milliseconds duration);

}  // namespace plimsoll
