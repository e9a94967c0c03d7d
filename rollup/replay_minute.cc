#include "rollup/replay_minute.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::rollup {
namespace {

// A minute of one reading a second has 60; a clock that was set back may add as many again.
constexpr uint32_t kMostTicks = 600;

uint64_t Whole(double number) { return number > 0 ? static_cast<uint64_t>(std::llround(number)) : 0; }

// The k-th of n figures with that least, greatest and average.
double Spread(uint32_t k, uint32_t n, double least, double average, double greatest) {
  if (k + 1 == n) return greatest;
  if (k == 0) return least;
  return std::clamp((average * n - least - greatest) / (n - 2), least, greatest);
}

Figure ShareOf(const Figure& sum, uint64_t elapsed_ms, uint64_t covered_ms) {
  if (!sum) return std::nullopt;
  return Whole(static_cast<double>(*sum) * static_cast<double>(elapsed_ms) / static_cast<double>(covered_ms));
}

void TakeIncreases(const Bucket& b, uint32_t k, uint32_t n, Reading& reading) {
  if (b.covered_ms == 0) return;
  // Whole hundredths of a percent are whole microseconds in multiples of 10 ms.
  const uint64_t elapsed = std::max<uint64_t>(1, b.covered_ms / n / 10) * 10;
  reading.elapsed_ms = elapsed;
  if (b.cpu_us && b.cpu_min && b.cpu_max) {
    const double average = static_cast<double>(*b.cpu_us) * 10 / static_cast<double>(b.covered_ms);
    const double hundredths =
        Spread(k, n, static_cast<double>(*b.cpu_min), average, static_cast<double>(*b.cpu_max));
    reading.cpu_us = Whole(hundredths * static_cast<double>(elapsed) / 10);
  }
  reading.net_rx_bytes = ShareOf(b.net_rx_bytes, elapsed, b.covered_ms);
  reading.net_tx_bytes = ShareOf(b.net_tx_bytes, elapsed, b.covered_ms);
  reading.block_read_bytes = ShareOf(b.block_read_bytes, elapsed, b.covered_ms);
  reading.block_write_bytes = ShareOf(b.block_write_bytes, elapsed, b.covered_ms);
  reading.periods = b.periods;  // judged by their ratio alone
  reading.throttled_periods = b.throttled_periods;
}

Reading ReadingOf(uint32_t container, const Bucket& b, uint32_t k, uint32_t n) {
  Reading reading;
  reading.container = container;
  TakeIncreases(b, k, n, reading);
  if (b.oom_kills) reading.oom_kills = k + 1 == n ? *b.oom_kills : 0;
  const uint32_t known = std::min(b.memory_samples, n);
  if (k < known && b.memory_average && b.memory_min && b.memory_max)
    reading.memory_bytes =
        Whole(Spread(k, known, static_cast<double>(*b.memory_min), static_cast<double>(*b.memory_average),
                     static_cast<double>(*b.memory_max)));
  return reading;
}

uint32_t ReadingsIn(const Bucket& bucket) { return std::min(bucket.samples, kMostTicks); }

bool WasKilled(const Bucket& bucket) { return bucket.oom_kills.value_or(0) > 0; }

}  // namespace

void ReplayMinute::Take(int64_t number, std::vector<std::pair<uint32_t, Bucket>> containers) {
  std::unordered_set<uint32_t> before;
  if (number == number_ + 1)
    for (const Part& part : parts_) before.insert(part.container);
  number_ = number;
  ticks_ = 0;
  for (const auto& [id, bucket] : containers)
    ticks_ = std::max(ticks_, WasKilled(bucket) ? std::max(1u, ReadingsIn(bucket)) : ReadingsIn(bucket));
  parts_.clear();
  for (auto& [id, bucket] : containers) {
    const uint32_t late = before.count(id) > 0 ? 0 : ticks_ - ReadingsIn(bucket);
    parts_.push_back({id, std::move(bucket), late});
  }
}

std::vector<Reading> ReplayMinute::ReadingsOf(uint32_t tick) const {
  std::vector<Reading> readings;
  readings.reserve(parts_.size());
  for (const Part& part : parts_) {
    const uint32_t n = ReadingsIn(part.bucket);
    if (n == 0 && tick + 1 == ticks_ && WasKilled(part.bucket)) {  // it came and went between two ticks
      Reading& ended = readings.emplace_back();
      ended.container = part.container;
      ended.oom_kills = part.bucket.oom_kills;
      ended.ended = true;
    }
    if (tick >= part.first && tick - part.first < n)
      readings.push_back(ReadingOf(part.container, part.bucket, tick - part.first, n));
  }
  return readings;
}

}  // namespace plimsoll::rollup
