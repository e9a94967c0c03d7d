#include "rollup/bucket.h"

#include <algorithm>
#include <cmath>

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
  Bucket one;
  one.samples = 1;
  one.covered_ms = reading.elapsed_ms.value_or(0);
  one.cpu_us = reading.cpu_us;
  one.net_rx_bytes = reading.net_rx_bytes;
  one.net_tx_bytes = reading.net_tx_bytes;
  one.block_read_bytes = reading.block_read_bytes;
  one.block_write_bytes = reading.block_write_bytes;
  one.periods = reading.periods;
  one.throttled_periods = reading.throttled_periods;
  one.oom_kills = reading.oom_kills;
  if (const Ratio percent = reading.CpuPercent())
    one.cpu_min = one.cpu_max = one.cpu_last = static_cast<uint64_t>(std::llround(*percent * 100));
  if (reading.memory_bytes) {
    one.memory_samples = 1;
    one.memory_average = one.memory_min = one.memory_max = one.memory_last = reading.memory_bytes;
  }
  Append(one);
}

void Bucket::Append(const Bucket& later) {
  if (later.memory_samples > 0) {
    const double weight = later.memory_samples;
    const double before = memory_samples;
    const double average = (static_cast<double>(memory_average.value_or(0)) * before +
                            static_cast<double>(later.memory_average.value_or(0)) * weight) /
                           (before + weight);
    memory_average = static_cast<uint64_t>(std::llround(average));
  }
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
