#pragma once

#include <atomic>
#include <cstdint>

#include "model/clock.h"

namespace plimsoll {

// A clock that moves only when a test says so. Thread-safe.
class ManualClock final : public Clock {
 public:
  WallTime Wall() const override { return WallTime(std::chrono::nanoseconds(wall_ns_.load())); }
  MonoTime Mono() const override { return MonoTime(std::chrono::nanoseconds(mono_ns_.load())); }
  void Pass(std::chrono::nanoseconds time) {
    wall_ns_ += time.count();
    mono_ns_ += time.count();
  }
  // Someone sets the host's clock.
  void JumpWall(std::chrono::nanoseconds time) { wall_ns_ += time.count(); }

 private:
  std::atomic<int64_t> wall_ns_{1'700'000'000'000'000'000};
  std::atomic<int64_t> mono_ns_{1'000'000'000'000};
};

}  // namespace plimsoll
