#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::exposition {

// How watching and notifying fare, as far as it is shown on /metrics. Totals since the process began.
struct AlertFigures {
  size_t pending = 0, firing = 0, recovering = 0;             // alerts now
  std::vector<std::pair<std::string, uint64_t>> transitions;  // by kind
  struct Notifications {
    std::string receiver, outcome;  // delivered, retried, dropped, silenced
    uint64_t count = 0;
  };
  std::vector<Notifications> notifications;
  size_t outbox_depth = 0;                                // messages that wait
  std::optional<std::chrono::nanoseconds> outbox_oldest;  // absent: none waits
};

// The families plimsoll_alerts, plimsoll_alert_*, plimsoll_notifications_* and
// plimsoll_outbox_*. Not thread-safe: SelfMetrics guards it.
class AlertMetrics {
 public:
  explicit AlertMetrics(prometheus::Registry& registry);
  void Observe(const AlertFigures& figures);

 private:
  prometheus::Family<prometheus::Gauge>& alerts_;
  prometheus::Family<prometheus::Counter>&transitions_, &notifications_;
  prometheus::Gauge &depth_, &oldest_;
};

}  // namespace plimsoll::exposition
