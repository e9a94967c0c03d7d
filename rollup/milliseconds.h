#pragma once

#include <chrono>
#include <cstdint>

#include "model/clock.h"

namespace plimsoll::rollup {

// Times as the tables hold them: whole milliseconds since the epoch, rounded down.
inline int64_t ToMs(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}
inline int64_t ToMs(MonoTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}
inline WallTime FromMs(int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

// The number of the bucket of `length_ms` in which `ms` lies; right before the epoch, too.
inline int64_t BucketNumber(int64_t ms, int64_t length_ms) {
  return ms >= 0 ? ms / length_ms : -((-ms + length_ms - 1) / length_ms);
}

}  // namespace plimsoll::rollup
