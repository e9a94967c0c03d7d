#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/clock.h"

namespace plimsoll {

// Parses RFC 3339, "2026-11-23T05:30:29.818642113Z" or with "+02:00". Go's zero
// time ("0001-01-01T00:00:00Z": never), anything before 1970 and anything that
// does not fit a nanosecond count are nullopt, as is any other text.
std::optional<WallTime> ParseTimestamp(std::string_view text);

// "2026-11-23T05:30:29.818Z": UTC, milliseconds, rounded down.
std::string FormatTimestamp(WallTime at);

}  // namespace plimsoll
