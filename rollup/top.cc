#include "rollup/top.h"

#include <algorithm>

#include "database/database.h"
#include "database/milliseconds.h"
#include "rollup/chunk.h"
#include "rollup/revision.h"

namespace plimsoll::rollup {
namespace {

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

TopConsumers::TopConsumers(const TopQuery& query) : query_(query) {}

// Everything from the period's beginning on: fine buckets up to the next coarser
// one's beginning, and so on; the open bucket of the coarsest tier that was reached
// holds all that is not closed.
void TopConsumers::TakeOpen(const OpenBuckets& open) {
  const int64_t from = ToMs(query_.from), to = ToMs(query_.to);
  const Tier edge = EdgeOf(to - from);
  int64_t at = BucketNumber(from, TierMilliseconds(edge)) * TierMilliseconds(edge);
  for (const Tier tier : {Tier::kMinute, Tier::kHour, Tier::kDay}) {
    if (tier < edge) continue;
    const int64_t length = TierMilliseconds(tier);
    const bool last = tier == Tier::kDay;
    const Tier next = tier == Tier::kMinute ? Tier::kHour : Tier::kDay;
    const int64_t next_length = TierMilliseconds(next);
    const int64_t boundary = -BucketNumber(-at, next_length) * next_length;  // rounded up
    const bool reaches_next =
        !last && boundary < to && (open.empty(next) || boundary <= open.number(next) * next_length);
    closed_.push_back(
        {tier, BucketNumber(at, length), -BucketNumber(-(reaches_next ? boundary : to), length)});
    at = boundary;
    if (reaches_next) continue;
    // Where nothing was written lately it is of earlier than what was asked.
    if (open.number(tier) >= closed_.back().first && open.number(tier) * length < to)
      open.ForEach(tier, [&](uint32_t container, const Bucket& bucket) { Add(container, bucket); });
    break;
  }
}

void TopConsumers::Add(uint32_t container, const Bucket& bucket) {
  Share& share = shares_[container];
  const auto take = [&](const Figure& amount, uint64_t times, uint64_t weight) {
    share.amount += static_cast<double>(amount.value_or(0)) * static_cast<double>(times);
    share.weight += weight;
    share.known = share.known || amount.has_value();
  };
  switch (query_.metric) {
    case Metric::kCpu:
      return take(bucket.cpu_us, 1, bucket.covered_ms);
    case Metric::kMemory:
      return take(bucket.memory_average, bucket.memory_samples, bucket.memory_samples);
    case Metric::kNetRx:
      return take(bucket.net_rx_bytes, 1, bucket.covered_ms);
    case Metric::kNetTx:
      return take(bucket.net_tx_bytes, 1, bucket.covered_ms);
    case Metric::kBlockRead:
      return take(bucket.block_read_bytes, 1, bucket.covered_ms);
    case Metric::kBlockWrite:
      return take(bucket.block_write_bytes, 1, bucket.covered_ms);
  }
}

void TopConsumers::AddClosed(Database& database, const Stretch& stretch) {
  auto rows = database.Prepared(RangeSql(stretch.tier));
  rows->bind(1, stretch.first);
  rows->bind(2, stretch.beyond);
  while (rows->executeStep()) {
    const SQLite::Column blob = rows->getColumn(1);
    ChunkReader chunk(static_cast<uint32_t>(rows->getColumn(0).getInt64()),
                      {static_cast<const char*>(blob.getBlob()), static_cast<size_t>(blob.getBytes())});
    Bucket bucket;
    while (chunk.Next() && chunk.Read(bucket, stretch.tier)) Add(chunk.container(), bucket);
  }
}

std::optional<double> TopConsumers::ValueOf(const Share& share) const {
  if (!share.known || share.weight == 0) return std::nullopt;
  const double each = share.amount / static_cast<double>(share.weight);
  if (query_.metric == Metric::kMemory) return each;
  return query_.metric == Metric::kCpu ? each / 10 : each * 1000;  // of a core, per cent; bytes a second
}

std::vector<Consumer> TopConsumers::Read(Database& database) {
  for (const Stretch& stretch : closed_) AddClosed(database, stretch);
  // Numbers until the greatest are known: a consumer with its name is four times as large.
  std::vector<std::pair<double, uint32_t>> values;
  values.reserve(shares_.size());
  for (const auto& [container, share] : shares_)
    if (const auto value = ValueOf(share)) values.emplace_back(*value, container);
  const auto less = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second > b.second;
  };
  std::make_heap(values.begin(), values.end(), less);
  std::vector<Consumer> greatest;
  while (!values.empty() && static_cast<int>(greatest.size()) < query_.limit) {
    std::pop_heap(values.begin(), values.end(), less);
    const auto [value, container] = values.back();
    values.pop_back();
    const auto revision = NewestRevision(database, container);
    if (!revision) continue;  // its identity was dropped to hold storage.max_size
    Consumer& consumer = greatest.emplace_back(Consumer{container, revision->name, value, {}});
    consumer.percent = PercentOf(consumer, *revision, query_);
  }
  return greatest;
}

}  // namespace plimsoll::rollup
