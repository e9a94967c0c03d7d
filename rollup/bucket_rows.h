#pragma once

#include <cstdint>
#include <vector>

#include "rollup/bucket.h"
#include "rollup/packed_buckets.h"

namespace plimsoll {
class Database;
}

namespace plimsoll::rollup {

// The tables of readings and buckets, in whole ticks and buckets. All throw
// SQLite::Exception; who writes holds a transaction.

// Inserts the snapshot of one tick; `readings` sorted by container.
void PutReadings(Database& database, int64_t tick, const std::vector<Reading>& readings, uint64_t tick_ms);

// Inserts one bucket of all its containers. What the table has of that number is replaced.
void PutBuckets(Database& database, int64_t bucket, const PackedBuckets& containers);
// One closed bucket of all its containers; empty when there is none.
PackedBuckets FindBuckets(Database& database, Tier tier, int64_t bucket);
void DeleteBuckets(Database& database, Tier tier, int64_t bucket);

// One bucket computed from the next finer resolution as the file has it: a
// minute from the readings, an hour from closed minutes, a day from closed hours.
PackedBuckets Aggregate(Database& database, Tier tier, int64_t bucket);

// Deletes the oldest before `before`, at most `ticks` or `buckets` of them; counts
// readings and buckets of one container each. 0: nothing is left to delete.
uint64_t DeleteReadingsBefore(Database& database, WallTime before, int ticks);
uint64_t DeleteBucketsBefore(Database& database, Tier tier, WallTime before, int buckets);
// Deletes ticks later than `after` that were written after one that is not, for
// then the clock was wrong meanwhile, and the buckets they went into. What was
// recorded before the clock went back has no such tick before it, and stays.
uint64_t DeleteReadingsAhead(Database& database, WallTime after, int ticks);

// The times of the oldest and newest rows; absent when there are none.
struct Extent {
  std::optional<WallTime> oldest, newest;
  uint64_t rows = 0;  // of one container each, estimated from the ends
};
Extent ExtentOf(Database& database, Tier tier);

}  // namespace plimsoll::rollup
