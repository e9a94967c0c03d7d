// The greatest consumers of a period: history_reader.h.

#include <algorithm>
#include <unordered_map>

#include "database/milliseconds.h"
#include "rollup/chunk.h"
#include "rollup/history_reader.h"
#include "rollup/revision.h"

namespace plimsoll::rollup {
namespace {

using Sums = std::unordered_map<uint32_t, Bucket>;

const char* RangeSql(Tier tier) {
  switch (tier) {
    case Tier::kMinute:
      return "SELECT chunk, buckets FROM minute WHERE bucket >= ? AND bucket < ?";
    case Tier::kHour:
      return "SELECT chunk, buckets FROM hour WHERE bucket >= ? AND bucket < ?";
    default:
      return "SELECT chunk, buckets FROM day WHERE bucket >= ? AND bucket < ?";
  }
}

// How coarsely the beginning of a period is taken.
Tier EdgeOf(int64_t period_ms) {
  constexpr int64_t kHourMs = 3'600'000;
  if (period_ms <= 6 * kHourMs) return Tier::kMinute;
  if (period_ms <= 7 * 24 * kHourMs) return Tier::kHour;
  return Tier::kDay;
}

void AddClosed(Database& database, Tier tier, int64_t first, int64_t beyond, Sums& sums) {
  auto rows = database.Prepared(RangeSql(tier));
  rows->bind(1, first);
  rows->bind(2, beyond);
  while (rows->executeStep()) {
    const SQLite::Column blob = rows->getColumn(1);
    ChunkReader chunk(static_cast<uint32_t>(rows->getColumn(0).getInt64()),
                      {static_cast<const char*>(blob.getBlob()), static_cast<size_t>(blob.getBytes())});
    Bucket bucket;
    while (chunk.Next() && chunk.Read(bucket, tier)) sums[chunk.container()].Append(bucket);
  }
}

// Everything from `from` on: fine buckets up to the next coarser one's
// beginning, and so on; the open bucket of the coarsest tier that was reached
// holds all that is not closed.
Sums SumUp(Database& database, int64_t from, int64_t to, Tier edge, const OpenSnapshot& open) {
  Sums sums;
  int64_t at = BucketNumber(from, TierMilliseconds(edge)) * TierMilliseconds(edge);
  for (const Tier tier : {Tier::kMinute, Tier::kHour, Tier::kDay}) {
    if (tier < edge) continue;
    const int64_t length = TierMilliseconds(tier);
    const bool last = tier == Tier::kDay;
    const Tier next = tier == Tier::kMinute ? Tier::kHour : Tier::kDay;
    const int64_t next_length = TierMilliseconds(next);
    const int64_t boundary = -BucketNumber(-at, next_length) * next_length;  // rounded up
    const OpenBuckets::Open& open_next = open.of(next);
    const bool reaches_next = !last && boundary < to &&
                              (open_next.containers.empty() || boundary <= open_next.number * next_length);
    AddClosed(database, tier, BucketNumber(at, length),
              -BucketNumber(-(reaches_next ? boundary : to), length), sums);
    at = boundary;
    if (reaches_next) continue;
    const OpenBuckets::Open& rest = open.of(tier);
    if (rest.number * length < to)
      for (const auto& [container, bucket] : rest.containers) sums[container].Append(bucket);
    break;
  }
  return sums;
}

std::optional<double> ValueOf(const Bucket& b, Metric metric) {
  switch (metric) {
    case Metric::kCpu:
      return b.CpuPercent();
    case Metric::kMemory:
      return b.memory_average ? Ratio(static_cast<double>(*b.memory_average)) : std::nullopt;
    case Metric::kNetRx:
      return b.PerSecond(b.net_rx_bytes);
    case Metric::kNetTx:
      return b.PerSecond(b.net_tx_bytes);
    case Metric::kBlockRead:
      return b.PerSecond(b.block_read_bytes);
    case Metric::kBlockWrite:
      return b.PerSecond(b.block_write_bytes);
  }
  return std::nullopt;
}

// Of its own limit, else of what the host has.
Ratio PercentOf(const Consumer& consumer, const Revision& revision, const TopQuery& query) {
  double whole = 0;
  if (query.metric == Metric::kMemory)
    whole = static_cast<double>(revision.memory_limit_bytes.value_or(query.host_memory_bytes));
  if (query.metric == Metric::kCpu) whole = revision.cpu_limit_percent.value_or(query.host_cores * 100.0);
  if (whole <= 0) return std::nullopt;
  return consumer.value / whole * 100;
}

}  // namespace

std::vector<Consumer> ReadTop(Database& database, const TopQuery& query, const OpenSnapshot& open) {
  const int64_t from = ToMs(query.from), to = ToMs(query.to);
  std::vector<Consumer> consumers;
  for (const auto& [container, bucket] : SumUp(database, from, to, EdgeOf(to - from), open))
    if (const auto value = ValueOf(bucket, query.metric)) consumers.push_back({container, "", *value, {}});
  const size_t wanted = std::min(consumers.size(), static_cast<size_t>(std::max(query.limit, 0)));
  const auto greater = [](const Consumer& a, const Consumer& b) {
    return a.value != b.value ? a.value > b.value : a.container < b.container;
  };
  std::partial_sort(consumers.begin(), consumers.begin() + static_cast<ptrdiff_t>(wanted), consumers.end(),
                    greater);
  consumers.resize(wanted);
  for (Consumer& consumer : consumers) {
    const auto revision = NewestRevision(database, consumer.container);
    if (!revision) continue;
    consumer.name = revision->name;
    consumer.percent = PercentOf(consumer, *revision, query);
  }
  return consumers;
}

}  // namespace plimsoll::rollup
