#include "rollup/bucket.h"

#include <algorithm>

namespace plimsoll::rollup {
namespace {

void Sum(Figure& sum, const Figure& more) {
  if (more) sum = sum.value_or(0) + *more;
}

void Least(Figure& least, const Figure& other) {
  if (other) least = std::min(least.value_or(*other), *other);
}

void Greatest(Figure& greatest, const Figure& other) {
  if (other) greatest = std::max(greatest.value_or(*other), *other);
}

// The average of both, each weighing as many samples as it stands for.
uint64_t Weighted(const Figure& average, uint32_t samples, uint64_t other, uint32_t more) {
  if (samples == 0) return other;
  const double sum = static_cast<double>(average.value_or(0)) * samples + static_cast<double>(other) * more;
  return static_cast<uint64_t>(sum / (static_cast<double>(samples) + more) + 0.5);
}

void Latest(Figure& latest, const Figure& other) {
  if (other) latest = other;
}

}  // namespace

const char* TierName(Tier tier) {
  switch (tier) {
    case Tier::kRaw:
      return "raw";
    case Tier::kMinute:
      return "1m";
    case Tier::kHour:
      return "1h";
    case Tier::kDay:
      return "1d";
  }
  return "";
}

int64_t TierMilliseconds(Tier tier) {
  switch (tier) {
    case Tier::kRaw:
      return 0;
    case Tier::kMinute:
      return 60'000;
    case Tier::kHour:
      return 3'600'000;
    case Tier::kDay:
      return 86'400'000;
  }
  return 0;
}

void Bucket::Add(const Reading& reading) {
  covered_ms += reading.elapsed_ms.value_or(0);
  Sum(cpu_us, reading.cpu_us);
  Sum(net_rx_bytes, reading.net_rx_bytes);
  Sum(net_tx_bytes, reading.net_tx_bytes);
  Sum(block_read_bytes, reading.block_read_bytes);
  Sum(block_write_bytes, reading.block_write_bytes);
  Sum(periods, reading.periods);
  Sum(throttled_periods, reading.throttled_periods);
  Sum(oom_kills, reading.oom_kills);
  if (reading.ended) return;
  ++samples;
  if (const Ratio percent = reading.CpuPercent()) {
    const auto centi = static_cast<uint64_t>(*percent * 100 + 0.5);
    Least(cpu_min, centi);
    Greatest(cpu_max, centi);
    cpu_last = centi;
  }
  if (reading.memory_bytes) {
    memory_average = Weighted(memory_average, memory_samples, *reading.memory_bytes, 1);
    ++memory_samples;
    Least(memory_min, reading.memory_bytes);
    Greatest(memory_max, reading.memory_bytes);
    memory_last = reading.memory_bytes;
  }
}

void Bucket::Append(const Bucket& later) {
  if (later.memory_samples > 0)
    memory_average =
        Weighted(memory_average, memory_samples, later.memory_average.value_or(0), later.memory_samples);
  samples += later.samples;
  memory_samples += later.memory_samples;
  covered_ms += later.covered_ms;
  Sum(cpu_us, later.cpu_us);
  Sum(net_rx_bytes, later.net_rx_bytes);
  Sum(net_tx_bytes, later.net_tx_bytes);
  Sum(block_read_bytes, later.block_read_bytes);
  Sum(block_write_bytes, later.block_write_bytes);
  Sum(periods, later.periods);
  Sum(throttled_periods, later.throttled_periods);
  Sum(oom_kills, later.oom_kills);
  Least(cpu_min, later.cpu_min);
  Greatest(cpu_max, later.cpu_max);
  Latest(cpu_last, later.cpu_last);
  Least(memory_min, later.memory_min);
  Greatest(memory_max, later.memory_max);
  Latest(memory_last, later.memory_last);
}

}  // namespace plimsoll::rollup
