#include "model/retention_clock.h"

#include <algorithm>

namespace plimsoll {
namespace {

bool Near(WallTime a, WallTime b) { return (a > b ? a - b : b - a) <= RetentionClock::kLeap; }

}  // namespace

void RetentionClock::Follow(WallTime wall, std::chrono::nanoseconds passed) {
  if (!trusted_) {
    trusted_ = wall_ = wall;
    return;
  }
  const auto step = std::chrono::duration_cast<WallTime::duration>(passed);
  const bool goes_on = Near(wall, wall_ + step);
  wall_ = wall;
  *trusted_ += step;
  if (Near(wall, *trusted_)) {
    trusted_ = wall;
    doubted_for_ = {};
    calm_for_ += passed;
    return;
  }
  calm_for_ = {};
  doubted_for_ = goes_on ? doubted_for_ + passed : std::chrono::nanoseconds(0);
  if (doubted_for_ < kLasts) return;
  trusted_ = wall;
  doubted_for_ = {};
}

WallTime RetentionClock::now() const { return trusted_ ? std::min(*trusted_, wall_) : wall_; }

}  // namespace plimsoll
