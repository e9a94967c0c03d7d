#pragma once

#include <cstdint>
#include <vector>

#include "model/clock.h"
#include "rollup/open_buckets.h"

namespace plimsoll {
class Database;
}

namespace plimsoll::rollup {

// Closes buckets when their time has passed and opens the next. What is open
// is never in a table: a bucket that time comes back to (a clock that was set
// back) is taken out of its table again. Belongs to the store's thread.
class Tiers {
 public:
  explicit Tiers(OpenBuckets& open) : open_(open) {}

  // Puts the open buckets together as they were at the newest recorded tick.
  // Buckets whose time has passed since are closed by the next tick. Throws SQLite::Exception.
  void Restore(Database& database);

  // Within the tick's transaction: writes the buckets that end before `at`. Returns
  // how many of one container each. Throws SQLite::Exception.
  uint64_t Close(Database& database, WallTime at);
  // The transaction is on disk: `readings` are part of the buckets that are open now.
  void Recorded(const std::vector<Reading>& readings);

 private:
  // A bucket that begins with this tick.
  struct Next {
    int64_t number;
    PackedBuckets known;
  };

  OpenBuckets& open_;
  std::vector<Next> next_;  // at most one a tier
};

}  // namespace plimsoll::rollup
