#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/clock.h"

namespace plimsoll::api {

// How a container stands to its load lines, as whoever watches them tells.
struct AlertStanding {
  std::string state;  // "normal", "cpu_alert", "mem_alert", "both_alert"
  uint32_t cpu_consecutive_breaches = 0, mem_consecutive_breaches = 0;
  std::optional<WallTime> last_alerted_at;
};

// Asked by the API on its workers, several at once; touches no disk.
class AlertView {
 public:
  virtual ~AlertView() = default;
  // Nothing for a container that is not watched.
  virtual std::optional<AlertStanding> StandingOf(uint32_t container) const = 0;
};

}  // namespace plimsoll::api
