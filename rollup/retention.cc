#include "rollup/retention.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "database/milliseconds.h"
#include "model/log.h"
#include "rollup/bucket_rows.h"

namespace plimsoll::rollup {
namespace {

using std::chrono::milliseconds;

constexpr auto kBudget = milliseconds(10);
constexpr auto kBudgetBehind = milliseconds(50);
constexpr auto kBudgetAtBound = milliseconds(200);
constexpr int kBatch = 32;             // ticks or buckets a transaction
constexpr int kVacuumPages = 64;       // a transaction
constexpr uint64_t kSparePages = 128;  // free pages that the next rows fill again
constexpr uint64_t kWalFrames = 512;   // 2 MiB
constexpr uint32_t kSweep = 200;       // identities a step
constexpr auto kCalm = std::chrono::hours(1);
constexpr uint64_t kPage = 4096;

constexpr Tier kTiers[] = {Tier::kRaw, Tier::kMinute, Tier::kHour, Tier::kDay};

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

// The beginning of the next tier's bucket in which `time` lies.
WallTime WholeNext(Tier tier, WallTime time) {
  const int64_t length = NextLength(tier);
  return FromMs(BucketNumber(ToMs(time), length) * length);
}

std::chrono::seconds KeptOf(const StorageConfig::Retention& kept, Tier tier) {
  switch (tier) {
    case Tier::kRaw:
      return kept.raw;
    case Tier::kMinute:
      return kept.minute;
    case Tier::kHour:
      return kept.hour;
    case Tier::kDay:
      break;
  }
  return kept.day;
}

uint64_t DeleteBatch(Database& database, Tier tier, WallTime before) {
  SQLite::Transaction transaction(database.connection(), SQLite::TransactionBehavior::IMMEDIATE);
  const uint64_t deleted = tier == Tier::kRaw ? DeleteReadingsBefore(database, before, kBatch)
                                              : DeleteBucketsBefore(database, tier, before, kBatch);
  if (deleted > 0) transaction.commit();
  return deleted;
}

void Lengthen(std::chrono::seconds& kept, Tier tier) {
  const std::chrono::seconds least(2 * NextLength(tier) / 1000);
  if (kept >= least) return;
  log::Warn("storage: a retention is shorter than two buckets of the next resolution; lengthened",
            {{"tier", TierName(tier)}, {"seconds", std::to_string(least.count())}});
  kept = least;
}

void DeleteIdentity(Database& database, uint32_t id) {
  for (const char* sql :
       {"DELETE FROM revision WHERE container = ?", "DELETE FROM meter WHERE container = ?",
        "DELETE FROM alert_setting WHERE container = ?", "DELETE FROM container WHERE id = ?"}) {
    const auto remove = database.Prepared(sql);
    remove->bind(1, id);
    remove->exec();
  }
}

// Meters before the oldest tick, and revisions that were over before the oldest row.
void DeleteOutlived(Database& database, uint32_t id, int64_t oldest_tick, int64_t oldest_ms) {
  const auto meters = database.Prepared("DELETE FROM meter WHERE container = ? AND tick < ?");
  meters->bind(1, id);
  meters->bind(2, oldest_tick);
  meters->exec();
  const auto revisions = database.Prepared(
      "DELETE FROM revision WHERE container = ?1 AND since_ms < "
      "(SELECT max(since_ms) FROM revision WHERE container = ?1 AND since_ms <= ?2)");
  revisions->bind(1, id);
  revisions->bind(2, oldest_ms);
  revisions->exec();
}

}  // namespace

StorageConfig::Retention Clamped(StorageConfig::Retention retention) {
  Lengthen(retention.raw, Tier::kRaw);
  Lengthen(retention.minute, Tier::kMinute);
  Lengthen(retention.hour, Tier::kHour);
  return retention;
}

Retention::Retention(const StorageConfig& config, const Clock& clock) : clock_(clock) { Configure(config); }

void Retention::Configure(const StorageConfig& config) {
  kept_ = Clamped(config.retention);
  max_bytes_ = config.max_size_bytes;
  emptied_before_.fill(WallTime::min());
}

Retention::Work Retention::Step(Database& database, WallTime now,
                                const std::function<bool(uint32_t)>& lives) {
  Work work;
  const MonoTime deadline = clock_.Mono() + (behind_ ? kBudgetBehind : kBudget);
  behind_ = !Expire(database, now, deadline, work);
  Sweep(database, now, lives);
  if (!behind_) GiveBack(database, kSparePages * kPage, deadline);
  if (database.Measure().total() > max_bytes_ / 16 * 15) HoldBound(database, now, work);
  return work;
}

// False when time ran out before everything was deleted.
bool Retention::Expire(Database& database, WallTime now, MonoTime deadline, Work& work) {
  for (const Tier tier : kTiers) {
    const WallTime before = WholeNext(tier, now - KeptOf(kept_, tier));
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

void Retention::HoldBound(Database& database, WallTime now, Work& work) {
  const MonoTime begin = clock_.Mono();
  database.Checkpoint(true);
  const uint64_t for_wal = std::min<uint64_t>(kWalFrames * kPage, max_bytes_ / 8);
  const uint64_t target = max_bytes_ / 16 * 14 - for_wal;
  const uint64_t before = work.dropped;
  DropOldest(database, now, target, begin + kBudgetAtBound, work);
  if (database.Measure().file_bytes > target) {
    GiveBack(database, 0, begin + 2 * kBudgetAtBound);
    database.Checkpoint(true);
  }
  if (work.dropped == before) return;
  // One line an episode; it ends when nothing had to be dropped for an hour.
  const bool goes_on = bound_held_at_ && begin - *bound_held_at_ <= kCalm;
  bound_held_at_ = begin;
  if (goes_on) return;
  log::Warn("storage.max_size is reached; the oldest rows are dropped before their time",
            {{"max_size_bytes", std::to_string(max_bytes_)}});
}

// The finest resolution first, which holds nearly all bytes and whose times the
// coarser ones tell of still; never what an open bucket is made from.
void Retention::DropOldest(Database& database, WallTime now, uint64_t target, MonoTime deadline, Work& work) {
  for (const Tier tier : kTiers) {
    while (database.Measure().used() > target) {
      const uint64_t deleted = DeleteBatch(database, tier, WholeNext(tier, now));
      if (deleted == 0) break;
      work.deleted += deleted;
      work.dropped += deleted;
      BoundWal(database);
      if (clock_.Mono() >= deadline) return;
    }
  }
}

void Retention::BoundWal(Database& database) {
  const uint64_t most = std::clamp<uint64_t>(max_bytes_ / 32 / kPage, 32, kWalFrames);
  const auto frames = static_cast<uint64_t>(database.wal_frames());
  if (frames < most) return;
  // All copied: the next commit begins the WAL anew, unless a reader still needs it.
  database.Checkpoint(frames >= 4 * most);
}

void Retention::Sweep(Database& database, WallTime now, const std::function<bool(uint32_t)>& lives) {
  const int64_t hour = BucketNumber(ToMs(now), 3'600'000);
  if (sweep_after_ == UINT32_MAX) {
    if (hour == sweep_hour_) return;
    sweep_hour_ = hour;
    std::optional<WallTime> oldest;
    for (const Tier tier : kTiers)
      if (const auto extent = ExtentOf(database, tier); extent.oldest)
        oldest = std::min(oldest.value_or(*extent.oldest), *extent.oldest);
    if (!oldest) return;
    sweep_before_ms_ = ToMs(*oldest);
    sweep_tick_ = database.Number("SELECT id FROM tick ORDER BY id LIMIT 1");
    sweep_after_ = 0;
  }
  std::vector<std::pair<uint32_t, int64_t>> some;
  {
    const auto find =
        database.Prepared("SELECT id, last_seen_ms FROM container WHERE id > ? ORDER BY id LIMIT ?");
    find->bind(1, sweep_after_);
    find->bind(2, kSweep);
    while (find->executeStep())
      some.emplace_back(find->getColumn(0).getUInt(), find->getColumn(1).getInt64());
  }
  if (!some.empty()) {
    SQLite::Transaction transaction(database.connection(), SQLite::TransactionBehavior::IMMEDIATE);
    for (const auto& [id, last_seen_ms] : some) {
      if (last_seen_ms + 60'000 < sweep_before_ms_ && !lives(id))
        DeleteIdentity(database, id);
      else
        DeleteOutlived(database, id, sweep_tick_, sweep_before_ms_);
    }
    transaction.commit();
  }
  sweep_after_ = some.size() < kSweep ? UINT32_MAX : some.back().first;
}

}  // namespace plimsoll::rollup
