#include "rollup/retention.h"

#include <algorithm>
#include <optional>

#include "database/milliseconds.h"
#include "model/log.h"
#include "rollup/bucket_rows.h"
#include "rollup/identity_rows.h"

namespace plimsoll::rollup {
namespace {

using std::chrono::milliseconds;

constexpr auto kBudget = milliseconds(10);
constexpr auto kBudgetBehind = milliseconds(50);
constexpr auto kLongestHold = std::chrono::seconds(60);
constexpr int kBatch = 32;             // ticks or buckets a transaction
constexpr int kVacuumPages = 64;       // a transaction
constexpr uint64_t kSparePages = 128;  // free pages that the next rows fill again
constexpr int kTicksRecalled = 7200;   // more than an hour of them, however short the interval
constexpr auto kAhead = std::chrono::hours(24);
constexpr uint32_t kSweep = 200;  // identities a step
constexpr uint64_t kPage = 4096;

// Of the tier that is made from this one's rows; the last one goes by whole buckets.
int64_t NextLength(Tier tier) {
  switch (tier) {
    case Tier::kRaw:
      return TierMilliseconds(Tier::kMinute);
    case Tier::kMinute:
      return TierMilliseconds(Tier::kHour);
    case Tier::kHour:
    case Tier::kDay:
      break;
  }
  return TierMilliseconds(Tier::kDay);
}

void Lengthen(std::chrono::seconds& kept, Tier tier) {
  const std::chrono::seconds least(2 * NextLength(tier) / 1000);
  if (kept >= least) return;
  log::Warn("storage: a retention is shorter than two buckets of the next resolution; lengthened",
            {{"tier", TierName(tier)}, {"seconds", std::to_string(least.count())}});
  kept = least;
}

}  // namespace

StorageConfig::Retention Clamped(StorageConfig::Retention retention) {
  Lengthen(retention.raw, Tier::kRaw);
  Lengthen(retention.minute, Tier::kMinute);
  Lengthen(retention.hour, Tier::kHour);
  return retention;
}

Retention::Retention(const StorageConfig& config, const Clock& clock) : clock_(clock) { Configure(config); }

// The beginning of the next tier's bucket in which `time` lies.
WallTime Retention::WholeNext(Tier tier, WallTime time) {
  const int64_t length = NextLength(tier);
  return FromMs(BucketNumber(ToMs(time), length) * length);
}

std::chrono::seconds Retention::KeptOf(Tier tier) const {
  switch (tier) {
    case Tier::kRaw:
      return kept_.raw;
    case Tier::kMinute:
      return kept_.minute;
    case Tier::kHour:
      return kept_.hour;
    case Tier::kDay:
      break;
  }
  return kept_.day;
}

uint64_t Retention::DeleteBatch(Database& database, Tier tier, WallTime before) {
  SQLite::Transaction transaction(database.connection(), SQLite::TransactionBehavior::IMMEDIATE);
  const uint64_t deleted = tier == Tier::kRaw ? DeleteReadingsBefore(database, before, kBatch)
                                              : DeleteBucketsBefore(database, tier, before, kBatch);
  if (deleted > 0) transaction.commit();
  return deleted;
}

void Retention::Configure(const StorageConfig& config) {
  kept_ = Clamped(config.retention);
  max_bytes_ = config.max_size_bytes;
  emptied_before_.fill(WallTime::min());
  unmet_until_ = MonoTime::min();
}

Retention::Work Retention::Step(Database& database, WallTime wall, const Lives& lives) {
  Work work;
  const WallTime now = Now(database, wall);
  const MonoTime deadline = clock_.Mono() + (behind_ ? kBudgetBehind : kBudget);
  behind_ = !Expire(database, now, deadline, work) || !DeleteFuture(database, now, deadline, work);
  Sweep(database, now, lives);
  if (!behind_) GiveBack(database, kSparePages * kPage, deadline);
  if (database.Measure().total() > max_bytes_ / 16 * 15) HoldBound(database, now, lives, work);
  return work;
}

// What the wall has shown before this run is in the file.
WallTime Retention::Now(Database& database, WallTime wall) {
  const MonoTime mono = clock_.Mono();
  if (!followed_at_) {
    const auto ticks = database.Prepared(
        "SELECT at_ms, elapsed_ms FROM tick WHERE id > (SELECT max(id) FROM tick) - ? ORDER BY id");
    ticks->bind(1, kTicksRecalled);
    while (ticks->executeStep())
      time_.Follow(FromMs(ticks->getColumn(0).getInt64()), milliseconds(ticks->getColumn(1).getInt64()));
  }
  time_.Follow(wall, followed_at_ ? mono - *followed_at_ : MonoTime::duration(0));
  followed_at_ = mono;
  return time_.now();
}

// False when time ran out before everything was deleted.
bool Retention::Expire(Database& database, WallTime now, MonoTime deadline, Work& work) {
  for (const Tier tier : kAllTiers) {
    const WallTime before = WholeNext(tier, now - KeptOf(tier));
    WallTime& emptied = emptied_before_[static_cast<size_t>(tier)];
    if (emptied == before) continue;
    while (const uint64_t deleted = DeleteBatch(database, tier, before)) {
      work.deleted += deleted;
      if (clock_.Mono() >= deadline) return false;
      BoundWal(database);
    }
    emptied = before;
  }
  return true;
}

// Once an hour: ticks that a wrong clock dated to a time that has not come. Only
// when the time is right again for an hour. False when time ran out.
bool Retention::DeleteFuture(Database& database, WallTime now, MonoTime deadline, Work& work) {
  const int64_t hour = BucketNumber(ToMs(now), 3'600'000);
  if (!time_.calm() || hour == future_hour_) return true;
  for (uint64_t deleted = 1; deleted > 0;) {
    SQLite::Transaction transaction(database.connection(), SQLite::TransactionBehavior::IMMEDIATE);
    deleted = DeleteReadingsAhead(database, now + kAhead, kBatch);
    if (deleted == 0) break;
    transaction.commit();
    work.deleted += deleted;
    if (clock_.Mono() >= deadline) return false;
    BoundWal(database);
  }
  future_hour_ = hour;
  return true;
}

// Gives free pages above so many bytes to the file system. They leave the file at the next checkpoint.
void Retention::GiveBack(Database& database, uint64_t above_bytes, MonoTime deadline) {
  uint64_t free = database.FreeBytes();
  while (free > above_bytes) {
    const uint64_t pages = std::min<uint64_t>(kVacuumPages, (free - above_bytes + kPage - 1) / kPage);
    database.Run(("PRAGMA incremental_vacuum(" + std::to_string(pages) + ")").c_str());
    BoundWal(database);
    const uint64_t left = database.FreeBytes();
    if (left >= free || clock_.Mono() >= deadline) return;
    free = left;
  }
}

void Retention::BoundWal(Database& database) {
  const uint64_t most = std::clamp<uint64_t>(max_bytes_ / 32 / kPage, 32, kWalFrames);
  const auto frames = static_cast<uint64_t>(database.wal_frames());
  if (frames < most) return;
  // All copied: the next commit begins the WAL anew, unless a reader still needs it.
  if (frames >= 4 * most)
    Shorten(database);
  else
    database.Checkpoint(false);
}

// Each attempt waits for readers and may cost a tick 200 ms: the longer they
// stay, the rarer it is made.
bool Retention::Shorten(Database& database) {
  const MonoTime now = clock_.Mono();
  if (now < shorten_after_) {
    database.Checkpoint(false);
    return false;
  }
  if (database.Checkpoint(true)) {
    held_for_ = {};
    return true;
  }
  const bool long_before = held_for_ == kLongestHold;
  held_for_ = std::clamp<std::chrono::seconds>(2 * held_for_, std::chrono::seconds(2), kLongestHold);
  shorten_after_ = now + held_for_;
  if (held_for_ == kLongestHold && !long_before)
    log::Warn(
        "storage: a reader has kept the file's -wal from being emptied for a minute; until it ends, the -wal "
        "grows and storage.max_size may be exceeded",
        {{"wal_bytes", std::to_string(database.Measure().wal_bytes)}});
  return false;
}

void Retention::Sweep(Database& database, WallTime now, const Lives& lives) {
  const int64_t hour = BucketNumber(ToMs(now), 3'600'000);
  if (sweep_after_ == UINT32_MAX) {
    if (hour == sweep_hour_) return;
    sweep_hour_ = hour;
    std::optional<WallTime> oldest;
    for (const Tier tier : kAllTiers)
      if (const auto extent = ExtentOf(database, tier); extent.oldest)
        oldest = std::min(oldest.value_or(*extent.oldest), *extent.oldest);
    if (!oldest) return;
    sweep_before_ms_ = ToMs(*oldest);
    sweep_tick_ = database.Number("SELECT id FROM tick ORDER BY id LIMIT 1");
    sweep_after_ = 0;
  }
  const std::vector<KnownIdentity> some = IdentitiesAfter(database, sweep_after_, kSweep);
  if (!some.empty()) {
    SQLite::Transaction transaction(database.connection(), SQLite::TransactionBehavior::IMMEDIATE);
    for (const KnownIdentity& one : some) {
      if (one.last_seen_ms + 60'000 < sweep_before_ms_ && !one.needed && !lives(one.id))
        DeleteIdentity(database, one.id);
      else
        DeleteOutlived(database, one.id, sweep_tick_, sweep_before_ms_);
    }
    transaction.commit();
  }
  sweep_after_ = some.size() < kSweep ? UINT32_MAX : some.back().id;
}

}  // namespace plimsoll::rollup
