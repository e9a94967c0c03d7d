// The half of retention that holds the file under its greatest size.

#include <algorithm>
#include <vector>

#include "model/log.h"
#include "rollup/identity_rows.h"
#include "rollup/retention.h"

namespace plimsoll::rollup {
namespace {

using std::chrono::milliseconds;

constexpr auto kBudget = milliseconds(200);
constexpr auto kCalm = std::chrono::hours(1);
constexpr auto kTryAgain = std::chrono::minutes(1);
constexpr uint32_t kCandidates = 4096;
constexpr size_t kBatch = 64;  // identities a transaction
// What is kept of each resolution's time where no dropping would be enough.
constexpr int kFloor = 16;

}  // namespace

void Retention::HoldBound(Database& database, WallTime now, const Lives& lives, Work& work) {
  const MonoTime begin = clock_.Mono();
  if (begin < unmet_until_) {
    work.bound_unmet = true;
    return;
  }
  // While a reader holds the WAL nothing that is dropped makes the file smaller.
  if (!Shorten(database)) return;
  const uint64_t for_wal = std::min<uint64_t>(kWalFrames * 4096, max_bytes_ / 8);
  const uint64_t target = max_bytes_ / 16 * 14 - for_wal;
  const uint64_t before = work.dropped;
  const MonoTime deadline = begin + kBudget;
  if (database.Measure().used() > target && DropIdentities(database, target, lives, deadline, work))
    DropOldest(database, now, target, deadline, work);
  if (database.Measure().file_bytes > target) {
    GiveBack(database, 0, begin + 2 * kBudget);
    Shorten(database);
  }
  if (work.bound_unmet) unmet_until_ = begin + kTryAgain;
  if (work.dropped == before) return;
  sweep_hour_ = -1;  // more may have outlived its rows
  // One line an episode; it ends when nothing had to be dropped for an hour.
  const bool goes_on = bound_held_at_ && begin - *bound_held_at_ <= kCalm;
  bound_held_at_ = begin;
  if (goes_on) return;
  log::Warn("storage.max_size is reached; the oldest rows are dropped before their time",
            {{"max_size_bytes", std::to_string(max_bytes_)}});
}

// Containers that ended may take half of the room with their names and labels;
// beyond that the longest unseen go, for dropping readings would not help.
// False when time ran out.
bool Retention::DropIdentities(Database& database, uint64_t target, const Lives& lives, MonoTime deadline,
                               Work& work) {
  const uint64_t taken = IdentityBytes(database);
  if (taken <= target / 2) return true;
  uint64_t used = database.Measure().used();
  const uint64_t enough = std::max(target, used - std::min(used, taken - target / 2));
  std::vector<uint32_t> ids = LongestUnseen(database, kCandidates);
  std::erase_if(ids, lives);
  for (size_t at = 0; at < ids.size() && used > enough; used = database.Measure().used()) {
    SQLite::Transaction transaction(database.connection(), SQLite::TransactionBehavior::IMMEDIATE);
    for (const size_t end = std::min(ids.size(), at + kBatch); at < end; ++at, ++work.dropped)
      DeleteIdentity(database, ids[at]);
    transaction.commit();
    BoundWal(database);
    if (clock_.Mono() >= deadline) return false;
  }
  return ids.size() < kCandidates || used <= enough;
}

// The finest resolution first, which holds nearly all other bytes and whose times
// the coarser ones tell of still; never what an open bucket is made from.
void Retention::DropOldest(Database& database, WallTime now, uint64_t target, MonoTime deadline, Work& work) {
  if (database.Measure().used() <= target) return;
  // What cannot be dropped is too much already: some of each is kept, rather than all dropped for nothing.
  const bool in_vain = IdentityBytes(database) >= target;
  for (const Tier tier : kAllTiers) {
    const WallTime before = WholeNext(tier, in_vain ? now - KeptOf(tier) / kFloor : now);
    while (database.Measure().used() > target) {
      const uint64_t deleted = DeleteBatch(database, tier, before);
      if (deleted == 0) break;
      work.deleted += deleted;
      work.dropped += deleted;
      BoundWal(database);
      if (clock_.Mono() >= deadline) return;
    }
  }
  work.bound_unmet = database.Measure().used() > target;
}

}  // namespace plimsoll::rollup
