#pragma once

#include <chrono>
#include <optional>

#include "model/clock.h"

namespace plimsoll {

// What time it is, as far as deleting goes. A wall clock that is wrong for a few
// seconds must not make two years of history old: where the wall leaps by more
// than kLeap against the monotonic clock, this one goes on as before and follows
// only when the new time has lasted for an hour.
class RetentionClock {
 public:
  static constexpr auto kLeap = std::chrono::minutes(90);
  static constexpr auto kLasts = std::chrono::hours(1);

  // The wall showed this, so long after the last call by the monotonic clock.
  // The first call's word is taken as it is.
  void Follow(WallTime wall, std::chrono::nanoseconds passed);

  // Never later than the wall.
  WallTime now() const;
  // The wall has not leapt for an hour.
  bool calm() const { return calm_for_ >= kLasts; }

 private:
  std::optional<WallTime> trusted_;
  WallTime wall_{};
  std::chrono::nanoseconds doubted_for_{0}, calm_for_{0};
};

}  // namespace plimsoll
