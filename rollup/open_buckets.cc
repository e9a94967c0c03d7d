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
    for (OneTier& tier : tiers_) tier.containers[container].Append(bucket);
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
  if (found == open.containers.end()) return std::nullopt;
  return found->second;
}

OpenBuckets::Open OpenBuckets::Snapshot(Tier tier) const {
  Open copy;
  {
    const std::lock_guard lock(mutex_);
    Fold();
    const OneTier& open = tiers_[Index(tier)];
    copy.number = open.number;
    copy.containers.assign(open.containers.begin(), open.containers.end());
  }
  std::sort(copy.containers.begin(), copy.containers.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return copy;
}

bool OpenBuckets::empty(Tier tier) const {
  const std::lock_guard lock(mutex_);
  return fresh_.empty() && tiers_[Index(tier)].containers.empty();
}

const OpenBuckets::Containers& OpenBuckets::containers(Tier tier) const {
  const std::lock_guard lock(mutex_);
  Fold();
  return tiers_[Index(tier)].containers;
}

void OpenBuckets::Begin(Tier tier, int64_t number, Containers known) {
  const std::lock_guard lock(mutex_);
  Fold();
  tiers_[Index(tier)] = OneTier{number, std::move(known)};
}

void OpenBuckets::Add(const Reading& reading) {
  const std::lock_guard lock(mutex_);
  fresh_[reading.container].Add(reading);
}

void OpenBuckets::Drop() {
  const std::lock_guard lock(mutex_);
  tiers_ = {};
  fresh_.clear();
}

}  // namespace plimsoll::rollup
