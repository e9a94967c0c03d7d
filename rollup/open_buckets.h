#pragma once

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rollup/bucket.h"
#include "rollup/packed_buckets.h"

namespace plimsoll::rollup {

// The buckets that are still open, one of each tier: every recorded reading of
// the current minute, hour and day (the hour holds the open minute too). A
// bucket is either here or in its table, never in both. Of a container that was
// not seen for a whole minute the longer ones are packed, so that a host on which
// containers come and go all day does not hold all of them. Thread-safe; only
// the writer changes it.
class OpenBuckets {
 public:
  // Nothing when the container has no reading in the open bucket. `number` is set to the bucket's either way.
  std::optional<Bucket> Of(Tier tier, uint32_t container, int64_t& number) const;
  // Every container's, in no order; nothing is recorded meanwhile.
  void ForEach(Tier tier, const std::function<void(uint32_t container, const Bucket&)>& see) const;
  int64_t number(Tier tier) const;  // of the bucket; means nothing while it is empty
  bool empty(Tier tier) const;

  // While it is held nothing is closed or recorded. A reader that wants the
  // file and the open buckets of one moment holds this around Database::BeginRead()
  // and what it takes from here, and for no longer.
  std::unique_lock<std::recursive_mutex> Hold() const { return std::unique_lock(mutex_); }

  // Writer only.
  // All containers of the bucket, packed for it. Valid until the writer's next Begin, Add or Drop: nobody
  // else changes it once it is folded.
  const PackedBuckets& Packed(Tier tier);
  // Begins another bucket of the tier that `known` is of, with what is already known of it.
  void Begin(int64_t number, PackedBuckets known);
  void Add(const Reading& reading);  // to all tiers
  void Drop();                       // everything

 private:
  using Containers = std::unordered_map<uint32_t, Bucket>;
  struct OneTier {
    explicit OneTier(Tier tier) : packed(tier) {}
    int64_t number = 0;
    Containers containers;
    PackedBuckets packed;  // of containers that are not in `containers`
  };
  void Fold() const;
  static void PackAllBut(const Containers& seen, OneTier& tier);
  static size_t Index(Tier tier) { return static_cast<size_t>(tier) - static_cast<size_t>(Tier::kMinute); }

  mutable std::recursive_mutex mutex_;
  mutable std::array<OneTier, 3> tiers_{OneTier(Tier::kMinute), OneTier(Tier::kHour), OneTier(Tier::kDay)};
  // Readings that the tiers do not hold yet: a tick adds to one bucket a
  // container, and whoever looks at the tiers folds them into all three.
  mutable Containers fresh_;
};

}  // namespace plimsoll::rollup
