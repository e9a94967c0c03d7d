#include "exporter/collect/derive.h"

#include <algorithm>

namespace plimsoll::collect {
namespace {

// Per second; absent when it cannot be known.
Ratio Rate(Figure before, Figure now, double seconds) {
  if (!before || !now || *now < *before || seconds <= 0) return std::nullopt;
  return static_cast<double>(*now - *before) / seconds;
}

// Percent of the time between. The kernel adds a stall up when it is asked, a little after our clock was:
// a whole second of it may be a little longer than ours.
Ratio Stalled(Figure before_us, Figure now_us, double seconds) {
  const Ratio us = Rate(before_us, now_us, seconds);
  return us ? Ratio(std::min(*us / 1e6 * 100, 100.0)) : std::nullopt;
}

}  // namespace

RateBasis BasisOf(const ContainerSample& sample, const RateBasis::Times& at) {
  RateBasis basis;
  basis.at = at;
  basis.cpu_usage_ns = sample.cpu.usage_ns;
  basis.periods = sample.cpu.periods;
  basis.throttled_periods = sample.cpu.throttled_periods;
  basis.cpu_stalled_us = sample.cpu_pressure.some_total_us;
  basis.memory_stalled_us = sample.memory_pressure.some_total_us;
  basis.io_stalled_us = sample.io_pressure.some_total_us;
  basis.net_rx_bytes = sample.NetRxBytes();
  basis.net_tx_bytes = sample.NetTxBytes();
  basis.block_read_bytes = sample.BlockReadBytes();
  basis.block_write_bytes = sample.BlockWriteBytes();
  return basis;
}

void DeriveRates(const RateBasis& before, const RateBasis& now, DerivedSample& derived) {
  const auto between = [](MonoTime begin, MonoTime end) {
    return std::chrono::duration<double>(end - begin).count();
  };
  if (now.at.cpu != before.at.cpu) {
    const Ratio cpu = Rate(before.cpu_usage_ns, now.cpu_usage_ns, between(before.at.cpu, now.at.cpu));
    derived.cpu_percent = cpu ? Ratio(*cpu / 1e9 * 100) : std::nullopt;
    derived.throttled_percent.reset();
    const Ratio periods = Rate(before.periods, now.periods, 1);
    const Ratio throttled = Rate(before.throttled_periods, now.throttled_periods, 1);
    if (periods && throttled && *periods > 0) derived.throttled_percent = *throttled / *periods * 100;
  }
  if (now.at.network != before.at.network) {
    const double span = between(before.at.network, now.at.network);
    derived.net_rx_bytes_per_second = Rate(before.net_rx_bytes, now.net_rx_bytes, span);
    derived.net_tx_bytes_per_second = Rate(before.net_tx_bytes, now.net_tx_bytes, span);
  }
  if (now.at.whole != before.at.whole) {
    const double span = between(before.at.whole, now.at.whole);
    derived.block_read_bytes_per_second = Rate(before.block_read_bytes, now.block_read_bytes, span);
    derived.block_write_bytes_per_second = Rate(before.block_write_bytes, now.block_write_bytes, span);
    derived.cpu_pressure_percent = Stalled(before.cpu_stalled_us, now.cpu_stalled_us, span);
    derived.memory_pressure_percent = Stalled(before.memory_stalled_us, now.memory_stalled_us, span);
    derived.io_pressure_percent = Stalled(before.io_stalled_us, now.io_stalled_us, span);
  }
}

LoadLine Below(const LoadLine& parent, const CpuSample& cpu, const MemorySample& memory) {
  LoadLine line = parent;
  if (cpu.quota_us && cpu.period_us && *cpu.period_us > 0) {
    const double quota = static_cast<double>(*cpu.quota_us) / static_cast<double>(*cpu.period_us) * 100;
    if (line.cpu_percent <= 0 || quota < line.cpu_percent) {
      line.cpu_percent = quota;
      line.cpu_limited = true;
    }
  }
  if (memory.limit && *memory.limit < line.memory_bytes) {
    line.memory_bytes = *memory.limit;
    line.memory_limited = true;
  }
  return line;
}

}  // namespace plimsoll::collect
