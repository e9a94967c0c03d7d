#include "rollup/tiers.h"

#include "database/database.h"
#include "database/milliseconds.h"
#include "rollup/bucket_rows.h"

namespace plimsoll::rollup {

void Tiers::Restore(Database& database) {
  next_ = {};
  open_.Drop();
  const auto newest = database.Prepared("SELECT at_ms FROM tick ORDER BY id DESC LIMIT 1");
  if (!newest->executeStep()) return;
  const int64_t at_ms = newest->getColumn(0).getInt64();
  // Closed parts are in the tables; the open finer bucket is the rest.
  OpenBuckets::Containers finer;
  for (const Tier tier : kBucketTiers) {
    const int64_t number = BucketNumber(at_ms, TierMilliseconds(tier));
    OpenBuckets::Containers containers = Aggregate(database, tier, number);
    for (const auto& [id, bucket] : finer) containers[id].Append(bucket);
    finer = containers;
    open_.Begin(tier, number, std::move(containers));
  }
}

uint64_t Tiers::Close(Database& database, WallTime at) {
  uint64_t closed = 0;
  next_ = {};
  for (size_t i = 0; i < next_.size(); ++i) {
    const Tier tier = kBucketTiers[i];
    const int64_t number = BucketNumber(ToMs(at), TierMilliseconds(tier));
    if (number == open_.number(tier) && !open_.empty(tier)) continue;
    const OpenBuckets::Containers& containers = open_.containers(tier);
    if (!containers.empty()) {
      PutBuckets(database, tier, open_.number(tier), containers);
      closed += containers.size();
    }
    next_[i] = Next{true, number, FindBuckets(database, tier, number)};
    if (!next_[i].known.empty()) DeleteBuckets(database, tier, number);
  }
  return closed;
}

void Tiers::Recorded(const std::vector<Reading>& readings) {
  for (size_t i = 0; i < next_.size(); ++i)
    if (next_[i].begins) open_.Begin(kBucketTiers[i], next_[i].number, std::move(next_[i].known));
  next_ = {};
  for (const Reading& reading : readings) open_.Add(reading);
}

}  // namespace plimsoll::rollup
