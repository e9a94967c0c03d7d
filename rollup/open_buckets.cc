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

OpenBuckets::Open OpenBuckets::Snapshot(Tier tier) const {
  Open copy;
  {
    const std::lock_guard lock(mutex_);
    Fold();
    const OneTier& open = tiers_[Index(tier)];
    copy.number = open.number;
    copy.containers.assign(open.containers.begin(), open.containers.end());
    open.packed.ForEach([&](uint32_t id, const Bucket& bucket) { copy.containers.emplace_back(id, bucket); });
  }
  std::sort(copy.containers.begin(), copy.containers.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return copy;
}

bool OpenBuckets::empty(Tier tier) const {
  const std::lock_guard lock(mutex_);
  const OneTier& open = tiers_[Index(tier)];
  return fresh_.empty() && open.containers.empty() && open.packed.empty();
}

const OpenBuckets::Containers& OpenBuckets::containers(Tier tier) const {
  const std::lock_guard lock(mutex_);
  Fold();
  OneTier& open = tiers_[Index(tier)];
  open.packed.ForEach([&](uint32_t id, const Bucket& bucket) { open.containers.emplace(id, bucket); });
  open.packed.clear();
  return open.containers;
}

void OpenBuckets::Begin(Tier tier, int64_t number, Containers known) {
  const std::lock_guard lock(mutex_);
  Fold();
  OneTier& open = tiers_[Index(tier)];
  if (tier == Tier::kMinute) PackAllBut(open.containers);
  open.number = number;
  open.containers = std::move(known);
  open.packed.clear();
}

void OpenBuckets::PackAllBut(const Containers& seen) {
  for (OneTier& tier : tiers_) {
    if (&tier == &tiers_[Index(Tier::kMinute)]) continue;
    for (auto at = tier.containers.begin(); at != tier.containers.end();) {
      if (seen.contains(at->first)) {
        ++at;
        continue;
      }
      tier.packed.Put(at->first, at->second);
      at = tier.containers.erase(at);
    }
  }
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
