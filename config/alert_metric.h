#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace plimsoll {

// What a rule may watch.
enum class AlertMetric {
  kCpuPercent,         // 100 = one core
  kCpuLimitPercent,    // the limit itself
  kCpuOfLimitPercent,  // use, of the smallest limit or of all the host's cores
  kMemoryUsedBytes,    // working set
  kMemoryLimitBytes,
  kMemoryPercent,  // working set of the smallest limit or of the host's memory
  kNetworkReceive,
  kNetworkTransmit,
  kBlockRead,
  kBlockWrite,        // bytes per second
  kThrottledPercent,  // throttled periods of all
  kPidsPercent,       // threads of the limit
  kCpuPressure,
  kMemoryPressure,
  kIoPressure,  // "some avg10", percent of time
  kUnhealthy,   // 1 or 0; unknown without a health check
  // What happened within the rule's window.
  kOomKills,  // processes
  kRestarts,
  kExitCode,  // of the last end within the window; 0 when there was none
  // 1 while no container matches the rule, else 0.
  kAbsent,
  // The host's.
  kHostCpuPercent,  // 100 = all cores
  kHostMemoryPercent,
  kHostMemoryUsedBytes,
  kHostDiskPercent,   // of the fullest file system
  kUnscrapedSeconds,  // since somebody asked for /metrics
};
constexpr size_t kAlertMetrics = static_cast<size_t>(AlertMetric::kUnscrapedSeconds) + 1;

// As it stands in a rule: "cpu_percent".
std::string_view AlertMetricName(AlertMetric metric);
std::optional<AlertMetric> FindAlertMetric(std::string_view name);
std::vector<std::string_view> AlertMetricNames();

// Of the host as a whole, not of a container.
bool IsHostMetric(AlertMetric metric);
// Counts what happened within a window, and so outlives the container that it happened to.
bool IsEventMetric(AlertMetric metric);
// Only 0 and 1 occur: a rule needs neither op nor threshold.
bool IsYesNoMetric(AlertMetric metric);
// Percent of something that has an end: never beyond 100.
bool IsBoundedPercent(AlertMetric metric);

}  // namespace plimsoll
