#include "rollup/tiers.h"

#include "database/database.h"
#include "database/milliseconds.h"
#include "rollup/bucket_rows.h"

namespace plimsoll::rollup {

void Tiers::Restore(Database& database) {
  next_.clear();
  open_.Drop();
  const auto newest = database.Prepared("SELECT at_ms FROM tick ORDER BY id DESC LIMIT 1");
  if (!newest->executeStep()) return;
  const int64_t at_ms = newest->getColumn(0).getInt64();
  // Closed parts are in the tables; the open finer bucket is the rest.
  PackedBuckets finer(Tier::kRaw);
  for (const Tier tier : kBucketTiers) {
    const int64_t number = BucketNumber(at_ms, TierMilliseconds(tier));
    PackedBuckets buckets = Aggregate(database, tier, number);
    buckets.Append(finer);
    finer = buckets;
    open_.Begin(number, std::move(buckets));
  }
}

uint64_t Tiers::Close(Database& database, WallTime at) {
  uint64_t closed = 0;
  next_.clear();
  for (const Tier tier : kBucketTiers) {
    const int64_t number = BucketNumber(ToMs(at), TierMilliseconds(tier));
    if (number == open_.number(tier) && !open_.empty(tier)) continue;
    const PackedBuckets& buckets = open_.Packed(tier);
    PutBuckets(database, open_.number(tier), buckets);
    closed += buckets.size();
    next_.push_back({number, FindBuckets(database, tier, number)});
    if (!next_.back().known.empty()) DeleteBuckets(database, tier, number);
  }
  return closed;
}

void Tiers::Recorded(const std::vector<Reading>& readings) {
  for (Next& next : next_) open_.Begin(next.number, std::move(next.known));
  next_.clear();
  for (const Reading& reading : readings) open_.Add(reading);
}

}  // namespace plimsoll::rollup
