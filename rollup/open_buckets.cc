#include "rollup/open_buckets.h"

#include <algorithm>

namespace plimsoll::rollup {

void OpenBuckets::Fold() const {
  for (auto at = fresh_.begin(); at != fresh_.end();) {
    auto& [container, bucket] = *at;
    if (bucket.empty()) {  // not seen since the last time
      at = fresh_.erase(at);
      continue;
    }
    for (OneTier& tier : tiers_) {
      const auto [at_tier, is_new] = tier.containers.try_emplace(container);
      if (is_new && !tier.packed.empty()) at_tier->second = tier.packed.Take(container).value_or(Bucket());
      at_tier->second.Append(bucket);
    }
    bucket = {};
    ++at;
  }
}

std::optional<Bucket> OpenBuckets::Of(Tier tier, uint32_t container, int64_t& number) const {
  const std::lock_guard lock(mutex_);
  Fold();
  const OneTier& open = tiers_[Index(tier)];
  number = open.number;
  const auto found = open.containers.find(container);
  return found == open.containers.end() ? open.packed.Find(container) : found->second;
}

void OpenBuckets::ForEach(Tier tier,
                          const std::function<void(uint32_t container, const Bucket&)>& see) const {
  const std::lock_guard lock(mutex_);
  Fold();
  const OneTier& open = tiers_[Index(tier)];
  for (const auto& [container, bucket] : open.containers) see(container, bucket);
  open.packed.ForEach(see);
}

int64_t OpenBuckets::number(Tier tier) const {
  const std::lock_guard lock(mutex_);
  return tiers_[Index(tier)].number;
}

bool OpenBuckets::empty(Tier tier) const {
  const std::lock_guard lock(mutex_);
  const OneTier& open = tiers_[Index(tier)];
  return fresh_.empty() && open.containers.empty() && open.packed.empty();
}

const PackedBuckets& OpenBuckets::Packed(Tier tier) {
  const std::lock_guard lock(mutex_);
  Fold();
  OneTier& open = tiers_[Index(tier)];
  PackAllBut({}, open);
  return open.packed;
}

void OpenBuckets::Begin(int64_t number, PackedBuckets known) {
  const std::lock_guard lock(mutex_);
  Fold();
  OneTier& open = tiers_[Index(known.tier())];
  if (known.tier() == Tier::kMinute)
    for (const Tier longer : {Tier::kHour, Tier::kDay}) PackAllBut(open.containers, tiers_[Index(longer)]);
  open.number = number;
  open.containers.clear();
  open.packed = std::move(known);
}

void OpenBuckets::PackAllBut(const Containers& seen, OneTier& tier) {
  std::vector<std::pair<uint32_t, const Bucket*>> resting;
  for (const auto& [container, bucket] : tier.containers)
    if (!seen.contains(container)) resting.emplace_back(container, &bucket);
  std::sort(resting.begin(), resting.end());
  tier.packed.Append(resting);
  for (const auto& [container, bucket] : resting) tier.containers.erase(container);
}

void OpenBuckets::Add(const Reading& reading) {
  const std::lock_guard lock(mutex_);
  fresh_[reading.container].Add(reading);
}

void OpenBuckets::Drop() {
  const std::lock_guard lock(mutex_);
  for (OneTier& tier : tiers_) {
    tier.number = 0;
    tier.containers.clear();
    tier.packed.clear();
  }
  fresh_.clear();
}

}  // namespace plimsoll::rollup
