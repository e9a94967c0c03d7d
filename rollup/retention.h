#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "config/config.h"
#include "database/database.h"
#include "model/clock.h"
#include "model/retention_clock.h"
#include "rollup/bucket.h"

namespace plimsoll::rollup {

// The times as they are kept, each at least two buckets of the next resolution,
// so that no bucket is ever made from half-deleted rows. Warns of what it lengthens.
StorageConfig::Retention Clamped(StorageConfig::Retention retention);

// Deletes what has had its time, gives the space back and holds the file under
// its greatest size: some of it after every tick, in short transactions.
// Belongs to the store's thread; methods throw SQLite::Exception.
class Retention {
 public:
  Retention(const StorageConfig& config, const Clock& clock);
  void Configure(const StorageConfig& config);

  struct Work {
    uint64_t deleted = 0;  // readings and buckets of one container each
    // Went before their time for want of room: of these, and identities.
    uint64_t dropped = 0;
    bool bound_unmet = false;  // all was dropped that may be, and the file is too large still
  };
  using Lives = std::function<bool(uint32_t)>;
  // Works for ten milliseconds, or fifty while it is behind; longer only where the
  // size is at its bound. `wall`: of the newest set. `lives`: whether a container's
  // identity is in use. An identity with an alert setting or an open alert never goes.
  Work Step(Database& database, WallTime wall, const Lives& lives);

  // Bounds the WAL: copies it into the file once it holds so much, and makes it
  // short when readers kept it growing.
  void BoundWal(Database& database);

 private:
  static constexpr Tier kAllTiers[] = {Tier::kRaw, Tier::kMinute, Tier::kHour, Tier::kDay};
  static constexpr uint64_t kWalFrames = 512;  // 2 MiB

  static WallTime WholeNext(Tier tier, WallTime time);
  static uint64_t DeleteBatch(Database& database, Tier tier, WallTime before);
  std::chrono::seconds KeptOf(Tier tier) const;

  WallTime Now(Database& database, WallTime wall);
  bool Expire(Database& database, WallTime now, MonoTime deadline, Work& work);
  bool DeleteFuture(Database& database, WallTime now, MonoTime deadline, Work& work);
  void GiveBack(Database& database, uint64_t above_bytes, MonoTime deadline);
  bool Shorten(Database& database);
  void Sweep(Database& database, WallTime now, const Lives& lives);

  void HoldBound(Database& database, WallTime now, const Lives& lives, Work& work);
  bool DropIdentities(Database& database, uint64_t target, const Lives& lives, MonoTime deadline, Work& work);
  void DropOldest(Database& database, WallTime now, uint64_t target, MonoTime deadline, Work& work);

  const Clock& clock_;
  StorageConfig::Retention kept_;
  uint64_t max_bytes_;
  RetentionClock time_;
  std::optional<MonoTime> followed_at_;
  bool behind_ = false;
  std::optional<MonoTime> bound_held_at_;     // when rows were dropped last
  MonoTime unmet_until_ = MonoTime::min();    // the bound cannot be held; tried again then
  std::array<WallTime, 4> emptied_before_{};  // by tier: nothing older than this is left
  int64_t future_hour_ = -1;

  // Readers keep the WAL from being shortened: for how long that is left alone, and until when.
  std::chrono::seconds held_for_{0};
  MonoTime shorten_after_ = MonoTime::min();

  // The walk over all identities, some at a time, once an hour.
  int64_t sweep_hour_ = -1;
  uint32_t sweep_after_ = UINT32_MAX;  // the walk is over
  int64_t sweep_before_ms_ = 0, sweep_tick_ = 0;
};

}  // namespace plimsoll::rollup
