#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/frame.h"

namespace prometheus {
struct MetricFamily;
}

namespace plimsoll::exposition {

// What the exporter says of itself, kept in a prometheus-cpp registry
// (contract, section 4c). Thread-safe.
class SelfMetrics {
 public:
  SelfMetrics();
  ~SelfMetrics();

  void CountHttp(std::string_view route, int code, std::chrono::nanoseconds duration);
  void ObserveRender(std::chrono::nanoseconds duration);
  void ObserveFrame(const Frame& frame);  // collect durations, containers, runtimes up, discovery events
  void SetReload(bool successful, WallTime at);

  // A snapshot, process_* included, sorted by family name.
  std::vector<prometheus::MetricFamily> Collect() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plimsoll::exposition
