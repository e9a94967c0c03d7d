#include "rollup/register.h"

#include <algorithm>
#include <cstring>

#include "database/database.h"
#include "database/milliseconds.h"
#include "rollup/identity_key.h"
#include "rollup/revision.h"

namespace plimsoll::rollup {
namespace {

constexpr size_t kMostDeparted = 4096;  // that wait for a disk which refuses

std::string Qualified(const Container& who) { return IdentityKey(who) + "#" + who.id; }

bool SameContainer(const Container& a, const Container& b) {
  return &a == &b || (a.id == b.id && a.cgroup == b.cgroup && a.runtime == b.runtime);
}

template <size_t N>
bool Same(const ShortText<N>& a, const ShortText<N>& b) {
  return std::strcmp(a.c_str(), b.c_str()) == 0;
}

// The only one's name; nothing where there are several or none.
template <typename T>
auto OnlyName(const std::vector<T>& parts, const decltype(T::name)& none) {
  return parts.size() == 1 ? parts.front().name : none;
}

ShortText<32> OnlyDevice(const std::vector<BlockIo>& block) {
  return block.size() == 1 ? block.front().device : ShortText<32>();
}

std::optional<uint32_t> LookUp(Database& database, const std::string& key) {
  const auto find = database.Prepared("SELECT id FROM container WHERE key = ?");
  find->bind(1, key);
  if (!find->executeStep()) return std::nullopt;
  return find->getColumn(0).getUInt();
}

bool HasNumber(Database& database, uint32_t id) {
  const auto find = database.Prepared("SELECT 1 FROM container WHERE id = ?");
  find->bind(1, id);
  return find->executeStep();
}

}  // namespace

void Register::Adopt(Database& database, bool made) {
  if (!made) {
    const int64_t given =
        std::max(database.Number("SELECT seq FROM sqlite_sequence WHERE name = 'container'"),
                 database.Number("SELECT max(id) FROM container"));
    newest_id_ = std::max(newest_id_, static_cast<uint32_t>(given));
  }
  for (auto& [incarnation, entry] : living_) {
    entry.unknown_to_file = !made;
    entry.row_due = true;
    entry.due.reset();
    entry.revised_ms = INT64_MIN;
  }
  due_ = true;
}

const Roll& Register::Call(const ContainerSet& set, Database* database) {
  ++beat_;
  left_.clear();
  roll_.living.assign(set.containers.size(), 0);
  roll_.ended.clear();
  roll_.moved.clear();
  roll_.forgotten.clear();
  std::vector<size_t> newcomers;
  size_t present = 0;
  for (size_t i = 0; i < set.containers.size(); ++i) {
    const ContainerSample& sample = set.containers[i];
    if (sample.who->runtime == RuntimeKind::kCgroup) continue;
    const auto found = living_.find(sample.incarnation);
    if (found == living_.end() || !StillItself(found->second, *sample.who)) {
      newcomers.push_back(i);
      continue;
    }
    Entry& entry = found->second;
    entry.beat = beat_;
    ++present;
    if (entry.unknown_to_file && database) Correct(entry, sample.incarnation, *database);
    if (entry.who != sample.who || Stale(entry, sample)) Revise(entry, sample, set.wall, nullptr);
    roll_.living[i] = entry.id;
  }
  if (present < living_.size()) Release(set);
  if (!newcomers.empty()) Welcome(set, newcomers, database);
  TakeEnds(set, database);
  return roll_;
}

// Still the container of that entry, under the same key.
bool Register::StillItself(const Entry& entry, const Container& who) const {
  if (entry.who.get() == &who) return true;
  if (!SameContainer(*entry.who, who)) return false;
  return entry.key == IdentityKey(who) || entry.key == Qualified(who);
}

bool Register::Stale(const Entry& entry, const ContainerSample& sample) const {
  const DerivedSample& derived = sample.derived;
  if (entry.revised_ms == INT64_MIN) return true;
  if (entry.memory_limit != (derived.memory_limited ? Figure(derived.memory_limit) : std::nullopt))
    return true;
  if (entry.cpu_limit != (derived.cpu_limited ? Ratio(derived.cpu_limit_percent) : std::nullopt)) return true;
  if (sample.net_known && !Same(entry.interface, OnlyName(sample.net, {}))) return true;
  return sample.block_known && !Same(entry.device, OnlyDevice(sample.block));
}

// Makes a revision due when it would tell something new. `newest`: the file's, at first sight.
void Register::Revise(Entry& entry, const ContainerSample& sample, WallTime now, const Revision* newest) {
  const bool first = entry.revised_ms == INT64_MIN;
  if (!first && !Stale(entry, sample) && TellsTheSame(*entry.who, *sample.who)) {
    entry.who = sample.who;
    return;
  }
  Revision before;
  if (newest) {
    before = *newest;
  } else {
    before.interface = entry.interface.c_str();
    before.block_device = entry.device.c_str();
  }
  Revision revision = RevisionOf(sample, now, &before);
  before.since = revision.since;
  entry.who = sample.who;
  entry.memory_limit = revision.memory_limit_bytes;
  entry.cpu_limit = revision.cpu_limit_percent;
  entry.interface.Set(revision.interface);
  entry.device.Set(revision.block_device);
  const int64_t newest_ms = newest ? ToMs(newest->since) : entry.revised_ms;
  if (newest && before == revision) {
    entry.revised_ms = newest_ms;
    return;
  }
  // The newest is the one with the greatest time, also after the clock went back.
  entry.revised_ms = std::max(ToMs(now), newest_ms == INT64_MIN ? newest_ms : newest_ms + 1);
  revision.since = FromMs(entry.revised_ms);
  entry.due = std::move(revision);
  due_ = true;
}

// The living container of that key came after this one: they were never there at once.
bool Register::HeldByYounger(const ContainerSample& sample) const {
  const auto held = by_key_.find(IdentityKey(*sample.who));
  if (held == by_key_.end()) return true;
  const auto living = by_id_.find(held->second);
  return living != by_id_.end() && living_.at(living->second).born >= sample.cgroup_created;
}

std::optional<uint32_t> Register::Waiting(const std::string& key) const {
  for (const Departed& departed : departed_)
    if (departed.entry.row_due && departed.entry.key == key) return departed.entry.id;
  return std::nullopt;
}

// Sets key and number. `may_share`: the number of a living container of the same key will do.
void Register::Ask(Entry& entry, Database& database, bool may_share) {
  const std::string plain = IdentityKey(*entry.who), qualified = Qualified(*entry.who);
  const auto held = by_key_.find(plain);
  const bool free = may_share || held == by_key_.end() || held->second == entry.id;
  std::optional<uint32_t> known = LookUp(database, qualified);
  entry.key = known || !free ? qualified : plain;
  if (!known && may_share && held != by_key_.end()) known = held->second;
  if (!known) known = Waiting(entry.key);
  if (!known && entry.key == plain) known = LookUp(database, plain);
  entry.unknown_to_file = false;
  entry.row_due = !known;
  if (known)
    entry.id = *known;
  else if (entry.id == 0 || HasNumber(database, entry.id))
    entry.id = ++newest_id_;
}

void Register::Find(Entry& entry, Database* database, bool may_share) {
  try {
    if (database) return Ask(entry, *database, may_share);
  } catch (const SQLite::Exception&) {
    // The tick's transaction meets the same failure, and tells it.
  }
  const std::string plain = IdentityKey(*entry.who);
  const auto held = by_key_.find(plain);
  entry.key = held == by_key_.end() || may_share ? plain : Qualified(*entry.who);
  std::optional<uint32_t> known = Waiting(entry.key);
  if (!known && may_share && held != by_key_.end()) known = held->second;
  entry.id = known ? *known : ++newest_id_;
  entry.row_due = true;
  entry.unknown_to_file = true;
}

// The file can be read now: it may know this container by another number.
void Register::Correct(Entry& entry, uint64_t incarnation, Database& database) {
  const uint32_t before = entry.id;
  const std::string key_before = entry.key;
  try {
    Ask(entry, database, false);
  } catch (const SQLite::Exception&) {
    entry.unknown_to_file = true;
    return;
  }
  entry.due.reset();
  entry.revised_ms = INT64_MIN;  // tells it anew, under the number it has now
  due_ = true;
  if (entry.id == before && entry.key == key_before) return;
  const auto holder = by_id_.find(before);
  if (holder != by_id_.end() && holder->second == incarnation) by_id_.erase(holder);
  const auto named = by_key_.find(key_before);
  if (named != by_key_.end() && named->second == before) by_key_.erase(named);
  by_id_[entry.id] = incarnation;
  by_key_[entry.key] = entry.id;
  if (entry.id != before) roll_.moved.emplace_back(before, entry.id);
}

// Lets go of all that are not in the set, or not under the same key.
void Register::Release(const ContainerSet& set) {
  for (auto it = living_.begin(); it != living_.end();) {
    Entry& entry = it->second;
    if (entry.beat == beat_) {
      ++it;
      continue;
    }
    left_[it->first] = {entry.id, entry.who};
    by_key_.erase(entry.key);
    by_id_.erase(entry.id);
    Leave(std::move(entry), set.wall);
    it = living_.erase(it);
  }
}

void Register::Welcome(const ContainerSet& set, std::vector<size_t>& newcomers, Database* database) {
  // Of several with one key the eldest has it.
  std::sort(newcomers.begin(), newcomers.end(), [&](size_t a, size_t b) {
    const ContainerSample &x = set.containers[a], &y = set.containers[b];
    return std::tie(x.cgroup_created, x.who->id) < std::tie(y.cgroup_created, y.who->id);
  });
  for (const size_t i : newcomers) {
    const ContainerSample& sample = set.containers[i];
    Entry entry;
    entry.who = sample.who;
    entry.first_seen = set.wall;
    entry.born = sample.cgroup_created;
    entry.beat = beat_;
    Find(entry, database, false);
    std::optional<Revision> newest;
    try {
      if (database && !entry.row_due) newest = NewestRevision(*database, entry.id);
    } catch (const SQLite::Exception&) {
      // Told by the tick's transaction; one revision too many does no harm.
    }
    Revise(entry, sample, set.wall, newest ? &*newest : nullptr);
    due_ = due_ || entry.row_due;
    const auto left = left_.find(sample.incarnation);
    if (left != left_.end() && left->second.first != entry.id &&
        SameContainer(*left->second.second, *sample.who))
      roll_.moved.emplace_back(left->second.first, entry.id);
    roll_.living[i] = entry.id;
    by_key_[entry.key] = entry.id;
    by_id_[entry.id] = sample.incarnation;
    living_[sample.incarnation] = std::move(entry);
  }
}

void Register::TakeEnds(const ContainerSet& set, Database* database) {
  std::set<std::pair<int64_t, uint64_t>> present;
  for (const auto& ended : set.ended) {
    const ContainerSample& last = ended->last;
    const std::pair key(ended->ended_at.time_since_epoch().count(), last.incarnation);
    present.insert(key);
    if (ends_told_.count(key) > 0 || last.who->runtime == RuntimeKind::kCgroup) continue;
    const auto left = left_.find(last.incarnation);
    if (left != left_.end() && left->second.second->id == last.who->id) {
      roll_.ended.emplace_back(ended.get(), left->second.first);
      continue;
    }
    Entry entry;  // it came and went between two sets
    entry.who = last.who;
    entry.first_seen = last.first_seen;
    Find(entry, database, HeldByYounger(last));
    roll_.ended.emplace_back(ended.get(), entry.id);
    if (entry.row_due && !by_id_.count(entry.id)) {
      Revise(entry, last, last.first_seen, nullptr);
      Leave(std::move(entry), ended->last_seen);
    }
  }
  ends_told_ = std::move(present);
}

void Register::Leave(Entry entry, WallTime last_seen) {
  if (departed_.size() >= kMostDeparted) {
    roll_.forgotten.push_back(departed_.front().entry.id);
    departed_.pop_front();
  }
  departed_.push_back({std::move(entry), last_seen});
}

}  // namespace plimsoll::rollup
