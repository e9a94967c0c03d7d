#include "alerting/engine/combined.h"

namespace plimsoll::alerting {
namespace {

bool HasCpu(CombinedState state) {
  return state == CombinedState::kCpuAlert || state == CombinedState::kBothAlert;
}
bool HasMemory(CombinedState state) {
  return state == CombinedState::kMemAlert || state == CombinedState::kBothAlert;
}

}  // namespace

const char* CombinedStateName(CombinedState state) {
  constexpr const char* kNames[] = {"normal", "cpu_alert", "mem_alert", "both_alert"};
  return kNames[static_cast<size_t>(state)];
}

const char* PartName(Part part) { return part == Part::kCpu ? "cpu" : "memory"; }

std::optional<Part> PartOf(AlertMetric metric) {
  switch (metric) {
    case AlertMetric::kCpuPercent:
    case AlertMetric::kCpuOfLimitPercent:
      return Part::kCpu;
    case AlertMetric::kMemoryPercent:
    case AlertMetric::kMemoryUsedBytes:
      return Part::kMemory;
    default:
      return std::nullopt;
  }
}

CombinedState Combine(bool cpu_is_active, bool memory_is_active) {
  if (cpu_is_active) return memory_is_active ? CombinedState::kBothAlert : CombinedState::kCpuAlert;
  return memory_is_active ? CombinedState::kMemAlert : CombinedState::kNormal;
}

PartChanges ChangesBetween(CombinedState from, CombinedState to, const PartFigure& cpu,
                           const PartFigure& memory) {
  PartChanges changes;
  for (const bool is_alert : {false, true}) {
    if (HasCpu(from) != HasCpu(to) && HasCpu(to) == is_alert)
      changes.list[changes.count++] = {Part::kCpu, is_alert, cpu};
    if (HasMemory(from) != HasMemory(to) && HasMemory(to) == is_alert)
      changes.list[changes.count++] = {Part::kMemory, is_alert, memory};
  }
  return changes;
}

}  // namespace plimsoll::alerting
