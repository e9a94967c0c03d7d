#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "config/alerting_config.h"
#include "model/clock.h"

namespace plimsoll::alerting {

// A moment on both clocks: the wall's is shown and stored, the monotonic one
// measures, so that a host whose clock is set neither repeats nor hushes an alert.
struct TimePoint {
  WallTime wall{};
  MonoTime mono{};
};

// How one rule judges one subject, after everything that overrides it.
struct Rule {
  AlertMetric metric = AlertMetric::kCpuPercent;
  CompareOp op = CompareOp::kGreaterEqual;
  double threshold = 0, recover_threshold = 0;   // equal: no hysteresis
  uint32_t breaches = 2, recoveries = 2;         // 1 and up
  std::chrono::milliseconds repeat_interval{0};  // 0: never
  std::chrono::milliseconds window{0};           // of metrics that count events
  std::string severity;
  bool enabled = true;

  friend bool operator==(const Rule&, const Rule&) = default;
};

// Whether the value is beyond the threshold.
bool Breaches(const Rule& rule, double value);
// Whether it is back beyond the recover_threshold. Between the two neither holds.
bool IsWell(const Rule& rule, double value);

}  // namespace plimsoll::alerting
