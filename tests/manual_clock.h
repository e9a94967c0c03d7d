#pragma once

#include "model/clock.h"

namespace plimsoll {

// A clock that moves only when a test says so.
class ManualClock final : public Clock {
 public:
  WallTime Wall() const override { return wall; }
  MonoTime Mono() const override { return mono; }
  void Pass(std::chrono::nanoseconds time) {
    wall += time;
    mono += time;
  }
  WallTime wall{std::chrono::seconds(1700000000)};
  MonoTime mono{std::chrono::seconds(1000)};
};

}  // namespace plimsoll
