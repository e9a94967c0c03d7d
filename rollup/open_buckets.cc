#include "rollup/open_buckets.h"

#include <algorithm>

namespace plimsoll::rollup {

std::optional<Bucket> OpenBuckets::Of(Tier tier, uint32_t container, int64_t& number) const {
  const std::lock_guard lock(mutex_);
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
    const OneTier& open = tiers_[Index(tier)];
    copy.number = open.number;
    copy.containers.assign(open.containers.begin(), open.containers.end());
  }
  std::sort(copy.containers.begin(), copy.containers.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return copy;
}

void OpenBuckets::Begin(Tier tier, int64_t number, Containers known) {
  const std::lock_guard lock(mutex_);
  tiers_[Index(tier)] = OneTier{number, std::move(known)};
}

void OpenBuckets::Add(const Reading& reading) {
  const std::lock_guard lock(mutex_);
  Bucket one;
  one.Add(reading);
  for (OneTier& tier : tiers_) tier.containers[reading.container].Append(one);
}

void OpenBuckets::Drop() {
  const std::lock_guard lock(mutex_);
  tiers_ = {};
}

}  // namespace plimsoll::rollup
