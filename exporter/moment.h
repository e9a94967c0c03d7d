#pragma once

#include <string>

#include "model/clock.h"
#include "model/result.h"

namespace plimsoll {

// What a flag says of a time: "2026-11-23T08:00:00Z", or "1h" for so long before
// `now`. Fails naming the flag.
Result<WallTime> ParseMoment(const char* flag, const std::string& text, WallTime now);

}  // namespace plimsoll
