#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/clock.h"
#include "model/frame.h"

namespace prometheus {
struct MetricFamily;
}

namespace plimsoll::exposition {

struct AlertFigures;
struct StoreFigures;

// What the exporter says of itself, kept in a prometheus-cpp registry. Thread-safe.
class SelfMetrics {
 public:
  SelfMetrics();
  ~SelfMetrics();

  // `route` is a pattern, not what a client sent: each one makes eleven series and more.
  void CountHttp(std::string_view route, int code, std::chrono::nanoseconds duration);
  // Both are called by Exposition.
  void ObserveRender(std::chrono::nanoseconds duration);
  void ObserveFrame(const Frame& frame);  // takes each container set once, however many frames share it
  // store_metrics.h; after every tick that the store took.
  void ObserveStore(const StoreFigures& figures);
  // alert_metrics.h; after every tick.
  void ObserveAlerts(const AlertFigures& figures);
  // At the start and at every reload after it. A failed one leaves the time of the last success.
  void SetReload(bool successful, WallTime at);
  // The same of the web configuration, where there is one.
  void SetWebReload(bool successful, WallTime at);

  // A snapshot, process_* included, sorted by family name.
  std::vector<prometheus::MetricFamily> Collect(MonoTime now) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plimsoll::exposition
