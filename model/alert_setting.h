#pragma once

#include <optional>

#include "model/clock.h"

namespace plimsoll {

// What the API was told to watch of one container. What is absent was not said:
// there the container's labels and the rules count.
struct AlertSetting {
  std::optional<double> cpu_threshold;  // percent, 100 = one core; 1..100000
  std::optional<double> mem_threshold;  // percent of the limit; 1..100
  std::optional<bool> enabled;
  WallTime created_at{}, updated_at{};

  bool IsEmpty() const { return !cpu_threshold && !mem_threshold && !enabled; }
  friend bool operator==(const AlertSetting&, const AlertSetting&) = default;
};

}  // namespace plimsoll
