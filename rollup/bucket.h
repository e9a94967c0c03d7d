#pragma once

#include <chrono>
#include <cstdint>

#include "model/reading.h"

namespace plimsoll::rollup {

// The resolutions the store keeps. Buckets begin at whole minutes, hours and
// days of UTC; bucket number n of a tier begins n lengths after the epoch.
enum class Tier { kRaw, kMinute, kHour, kDay };
constexpr Tier kBucketTiers[] = {Tier::kMinute, Tier::kHour, Tier::kDay};

const char* TierName(Tier tier);      // "raw", "1m", "1h", "1d"
int64_t TierMilliseconds(Tier tier);  // length of a bucket; 0 for raw

// The number of the bucket of `length_ms` in which `ms` lies; right before the epoch, too.
inline int64_t BucketNumber(int64_t ms, int64_t length_ms) {
  return ms >= 0 ? ms / length_ms : -((-ms + length_ms - 1) / length_ms);
}

// One container's readings within a stretch of time, condensed. Two buckets of
// neighbouring stretches make the bucket of both, exactly.
struct Bucket {
  uint32_t samples = 0;         // readings of the living in it; weights every further aggregation
  uint32_t memory_samples = 0;  // of these, the ones that knew the memory
  uint64_t covered_ms = 0;      // what the increases took; more or less than the bucket's length after gaps

  // Sums of the increases; absent when no reading knew one.
  Figure cpu_us, net_rx_bytes, net_tx_bytes, block_read_bytes, block_write_bytes;
  Figure periods, throttled_periods, oom_kills;

  // Hundredths of a percent, 100 % = one core, of single readings. The average is cpu_us / covered_ms.
  Figure cpu_min, cpu_max, cpu_last;

  // Working set in bytes; absent when no reading knew it.
  Figure memory_average, memory_min, memory_max, memory_last;

  // Of an ended container's reading only the increases count: what it did in its
  // last milliseconds is no rate to compare others with.
  void Add(const Reading& reading);
  // Takes in a bucket whose readings came after this one's.
  void Append(const Bucket& later);

  bool empty() const { return *this == Bucket(); }
  Ratio CpuPercent() const {
    if (!cpu_us || covered_ms == 0) return std::nullopt;
    return static_cast<double>(*cpu_us) / static_cast<double>(covered_ms) / 10;
  }
  Ratio PerSecond(const Figure& increase) const {
    if (!increase || covered_ms == 0) return std::nullopt;
    return static_cast<double>(*increase) * 1000 / static_cast<double>(covered_ms);
  }

  friend bool operator==(const Bucket&, const Bucket&) = default;
};

}  // namespace plimsoll::rollup
