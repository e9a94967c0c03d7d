#include "config/alert_metric.h"

#include <algorithm>
#include <array>

namespace plimsoll {
namespace {

// In the order of the enum.
constexpr std::array<std::string_view, kAlertMetrics> kNames = {
    "cpu_percent",
    "cpu_limit_percent",
    "cpu_of_limit_percent",
    "memory_used_bytes",
    "memory_limit_bytes",
    "memory_percent",
    "network_receive_bytes_per_second",
    "network_transmit_bytes_per_second",
    "block_read_bytes_per_second",
    "block_write_bytes_per_second",
    "throttled_percent",
    "pids_percent",
    "cpu_pressure",
    "memory_pressure",
    "io_pressure",
    "unhealthy",
    "oom_kills",
    "restarts",
    "exit_code",
    "absent",
    "host_cpu_percent",
    "host_memory_percent",
    "host_memory_used_bytes",
    "host_disk_percent",
    "unscraped_seconds",
};

}  // namespace

std::string_view AlertMetricName(AlertMetric metric) { return kNames[static_cast<size_t>(metric)]; }

std::optional<AlertMetric> FindAlertMetric(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<AlertMetric>(found - kNames.begin());
}

std::vector<std::string_view> AlertMetricNames() { return {kNames.begin(), kNames.end()}; }

bool IsHostMetric(AlertMetric metric) { return metric >= AlertMetric::kHostCpuPercent; }

bool IsEventMetric(AlertMetric metric) {
  return metric >= AlertMetric::kOomKills && metric <= AlertMetric::kExitCode;
}

bool IsYesNoMetric(AlertMetric metric) {
  return metric == AlertMetric::kUnhealthy || metric == AlertMetric::kAbsent;
}

bool IsBoundedPercent(AlertMetric metric) {
  switch (metric) {
    case AlertMetric::kMemoryPercent:
    case AlertMetric::kThrottledPercent:
    case AlertMetric::kPidsPercent:
    case AlertMetric::kCpuPressure:
    case AlertMetric::kMemoryPressure:
    case AlertMetric::kIoPressure:
    case AlertMetric::kHostCpuPercent:
    case AlertMetric::kHostMemoryPercent:
    case AlertMetric::kHostDiskPercent:
      return true;
    default:
      return false;
  }
}

}  // namespace plimsoll
