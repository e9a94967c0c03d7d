#pragma once

#include <chrono>
#include <cstdint>

#include "model/clock.h"

namespace plimsoll {

// Times as the tables hold them: whole milliseconds since the epoch, rounded down.
inline int64_t ToMs(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}
inline int64_t ToMs(MonoTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}
inline WallTime FromMs(int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

}  // namespace plimsoll
