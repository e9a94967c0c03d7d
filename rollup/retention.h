#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "config/config.h"
#include "database/database.h"
#include "model/clock.h"

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
    uint64_t dropped = 0;  // of these, the ones that went before their time for want of room
  };
  // Works for ten milliseconds, or fifty while it is behind; longer only where the
  // size is at its bound. `lives`: whether a container's identity is in use.
  Work Step(Database& database, WallTime now, const std::function<bool(uint32_t)>& lives);

  // Bounds the WAL: copies it into the file once it holds so much, and makes it
  // short when readers kept it growing.
  void BoundWal(Database& database);

 private:
  bool Expire(Database& database, WallTime now, MonoTime deadline, Work& work);
  void HoldBound(Database& database, WallTime now, Work& work);
  void DropOldest(Database& database, WallTime now, uint64_t target, MonoTime deadline, Work& work);
  void GiveBack(Database& database, uint64_t above_bytes, MonoTime deadline);
  void Sweep(Database& database, WallTime now, const std::function<bool(uint32_t)>& lives);

  const Clock& clock_;
  StorageConfig::Retention kept_;
  uint64_t max_bytes_;
  bool behind_ = false;
  std::optional<MonoTime> bound_held_at_;     // when rows were dropped last
  std::array<WallTime, 4> emptied_before_{};  // by tier: nothing older than this is left

  // The walk over all identities, some at a time, once an hour.
  int64_t sweep_hour_ = -1;
  uint32_t sweep_after_ = UINT32_MAX;  // the walk is over
  int64_t sweep_before_ms_ = 0, sweep_tick_ = 0;
};

}  // namespace plimsoll::rollup
