#pragma once

#include <cstdint>
#include <optional>

#include "model/clock.h"
#include "model/timestamp.h"

namespace plimsoll::runtime {

using plimsoll::ParseTimestamp;

// Seconds since 1970; nullopt when zero, negative or out of range.
std::optional<WallTime> FromUnixSeconds(int64_t seconds);

}  // namespace plimsoll::runtime
