#include "alerting/engine/value.h"

#include <cmath>

namespace plimsoll::alerting {
namespace {

using Value = std::optional<double>;

Value Number(const Figure& figure) {
  if (!figure) return std::nullopt;
  return static_cast<double>(*figure);
}

Value PercentOf(Value part, double whole) {
  if (!part || !(whole > 0)) return std::nullopt;
  return *part * 100 / whole;
}

// Hundredths of a percent.
Value Pressure(const Figure& figure) {
  if (!figure) return std::nullopt;
  return static_cast<double>(*figure) / 100;
}

// Where no period elapsed nothing was throttled either, but nothing was measured.
Value Throttled(const Reading& reading) {
  if (!reading.periods || !reading.throttled_periods || *reading.periods == 0) return std::nullopt;
  return static_cast<double>(*reading.throttled_periods) * 100 / static_cast<double>(*reading.periods);
}

Value Pids(const Reading& reading, const ContainerSample& sample) {
  const Figure& most = sample.pids.threads_max;
  if (!most || *most == MemorySample::kUnlimited) return std::nullopt;
  return PercentOf(Number(reading.threads), static_cast<double>(*most));
}

Value Unhealthy(const Container& who) {
  switch (who.health) {
    case ContainerHealth::kHealthy:
      return 0;
    case ContainerHealth::kUnhealthy:
      return 1;
    case ContainerHealth::kStarting:  // no check has had its say: not well again after a restart
    case ContainerHealth::kNone:
    case ContainerHealth::kUnknown:
      break;
  }
  return std::nullopt;
}

Value Positive(double number) { return number > 0 ? Value(number) : std::nullopt; }

// As exactly as the store keeps it.
Value Hundredths(Value percent) {
  if (!percent) return std::nullopt;
  return static_cast<double>(std::llround(*percent * 100)) / 100;
}

Value FullestDisk(const HostSample& host) {
  Value fullest;
  for (const FileSystem& system : host.file_systems) {
    const Value used =
        PercentOf(static_cast<double>(system.used_bytes), static_cast<double>(system.size_bytes));
    if (used && (!fullest || *used > *fullest)) fullest = used;
  }
  return fullest;
}

}  // namespace

Value ValueOf(AlertMetric metric, const Reading& reading, const ContainerSample& sample) {
  const DerivedSample& derived = sample.derived;
  switch (metric) {
    case AlertMetric::kCpuPercent:
      return reading.CpuPercent();
    case AlertMetric::kCpuLimitPercent:
      return Positive(derived.cpu_limit_percent);
    case AlertMetric::kCpuOfLimitPercent:
      return PercentOf(reading.CpuPercent(), derived.cpu_limit_percent);
    case AlertMetric::kMemoryUsedBytes:
      return Number(reading.memory_bytes);
    case AlertMetric::kMemoryLimitBytes:
      return Positive(static_cast<double>(derived.memory_limit));
    case AlertMetric::kMemoryPercent:
      return PercentOf(Number(reading.memory_bytes), static_cast<double>(derived.memory_limit));
    case AlertMetric::kNetworkReceive:
      return reading.PerSecond(reading.net_rx_bytes);
    case AlertMetric::kNetworkTransmit:
      return reading.PerSecond(reading.net_tx_bytes);
    case AlertMetric::kBlockRead:
      return reading.PerSecond(reading.block_read_bytes);
    case AlertMetric::kBlockWrite:
      return reading.PerSecond(reading.block_write_bytes);
    case AlertMetric::kThrottledPercent:
      return Throttled(reading);
    case AlertMetric::kPidsPercent:
      return Pids(reading, sample);
    case AlertMetric::kCpuPressure:
      return Pressure(reading.cpu_pressure);
    case AlertMetric::kMemoryPressure:
      return Pressure(reading.memory_pressure);
    case AlertMetric::kIoPressure:
      return Pressure(reading.io_pressure);
    case AlertMetric::kUnhealthy:
      return Unhealthy(*sample.who);
    default:
      return std::nullopt;
  }
}

Value HostValueOf(AlertMetric metric, const HostSample& host) {
  switch (metric) {
    case AlertMetric::kHostCpuPercent:
      return Hundredths(host.cpu_percent);
    case AlertMetric::kHostMemoryPercent:
      return PercentOf(Number(host.memory_used), Number(host.memory_total).value_or(0));
    case AlertMetric::kHostMemoryUsedBytes:
      return Number(host.memory_used);
    case AlertMetric::kHostDiskPercent:
      return FullestDisk(host);
    default:
      return std::nullopt;
  }
}

Value EventValueOf(AlertMetric metric, const Happenings& happenings, MonoTime now,
                   std::chrono::milliseconds window) {
  switch (metric) {
    case AlertMetric::kOomKills:
      return static_cast<double>(happenings.oom_kills.Count(now, window));
    case AlertMetric::kRestarts:
      return static_cast<double>(happenings.restarts.Count(now, window));
    case AlertMetric::kExitCode:
      return happenings.exit && now - happenings.exit->at < window ? happenings.exit->code : 0;
    default:
      return std::nullopt;
  }
}

Value LimitOf(AlertMetric metric, const ContainerSample& sample) {
  switch (metric) {
    case AlertMetric::kCpuPercent:
    case AlertMetric::kCpuLimitPercent:
    case AlertMetric::kCpuOfLimitPercent:
    case AlertMetric::kThrottledPercent:
      return Positive(sample.derived.cpu_limit_percent);
    case AlertMetric::kMemoryUsedBytes:
    case AlertMetric::kMemoryLimitBytes:
    case AlertMetric::kMemoryPercent:
    case AlertMetric::kOomKills:
      return Positive(static_cast<double>(sample.derived.memory_limit));
    case AlertMetric::kPidsPercent:
      if (sample.pids.threads_max == MemorySample::kUnlimited) return std::nullopt;
      return Number(sample.pids.threads_max);
    default:
      return std::nullopt;
  }
}

std::optional<AlertMetric> ConsumedMetric(AlertMetric metric) {
  switch (metric) {
    case AlertMetric::kCpuLimitPercent:
    case AlertMetric::kCpuOfLimitPercent:
    case AlertMetric::kHostCpuPercent:
      return AlertMetric::kCpuPercent;
    case AlertMetric::kMemoryLimitBytes:
    case AlertMetric::kMemoryPercent:
    case AlertMetric::kOomKills:
    case AlertMetric::kHostMemoryPercent:
    case AlertMetric::kHostMemoryUsedBytes:
      return AlertMetric::kMemoryUsedBytes;
    case AlertMetric::kRestarts:
    case AlertMetric::kExitCode:
    case AlertMetric::kUnhealthy:
    case AlertMetric::kAbsent:
    case AlertMetric::kHostDiskPercent:
    case AlertMetric::kUnscrapedSeconds:
      return std::nullopt;
    default:
      return metric;
  }
}

}  // namespace plimsoll::alerting
