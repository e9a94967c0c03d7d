#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "config/alert_metric.h"

namespace plimsoll::alerting {

// CPU and memory alerts of one container, seen together.
enum class CombinedState { kNormal, kCpuAlert, kMemAlert, kBothAlert };
const char* CombinedStateName(CombinedState state);  // "normal", "cpu_alert", "mem_alert", "both_alert"

enum class Part { kCpu, kMemory };
const char* PartName(Part part);  // "cpu", "memory"

// The part that a rule on this metric speaks for, if any.
std::optional<Part> PartOf(AlertMetric metric);

CombinedState Combine(bool cpu_is_active, bool memory_is_active);

// What a part was measured at, and against what.
struct PartFigure {
  double value = 0, threshold = 0;
  AlertMetric metric = AlertMetric::kCpuPercent;
  friend bool operator==(const PartFigure&, const PartFigure&) = default;
};

// The alert or the recovery of one part.
struct PartChange {
  Part part = Part::kCpu;
  bool is_alert = false;
  PartFigure figure;
  friend bool operator==(const PartChange&, const PartChange&) = default;
};

struct PartChanges {
  std::array<PartChange, 2> list{};
  size_t count = 0;
  const PartChange* begin() const { return list.data(); }
  const PartChange* end() const { return list.data() + count; }
};

// What a change between two states tells: exactly the parts that changed, each
// with its own figure; a recovery before an alert.
PartChanges ChangesBetween(CombinedState from, CombinedState to, const PartFigure& cpu,
                           const PartFigure& memory);

}  // namespace plimsoll::alerting
