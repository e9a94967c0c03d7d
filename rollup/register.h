#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/frame.h"
#include "rollup/history.h"

namespace plimsoll {
class Database;
}

namespace plimsoll::rollup {

// Which number each container of a set has.
struct Roll {
  std::vector<uint32_t> living;  // in the set's order; 0: a plain cgroup, not stored
  // Ended since the set before, each told once.
  std::vector<std::pair<const EndedContainer*, uint32_t>> ended;
  // Living containers that have another number than at the set before (a rename).
  std::vector<std::pair<uint32_t, uint32_t>> moved;
  // Ended while the disk refuses, and so many have since that these are no longer remembered.
  std::vector<uint32_t> forgotten;
};

// The containers' identities: gives each a number that lasts. Holds the living
// and whatever the file does not have yet; asks the file for newcomers only.
// Belongs to the store's thread.
class Register {
 public:
  // The file behind `database` is the one from now on. `made`: it was empty, so
  // the numbers of the living stay and are written anew; else the file's count.
  void Adopt(Database& database, bool made);

  // Never fails: with `database` null or unreadable newcomers get the next
  // number, and the file's own for their key as soon as it can be read.
  // The roll is valid until the next call.
  const Roll& Call(const ContainerSet& set, Database* database);

  // Writes new identities, revisions and, once a minute, who was seen; within
  // the tick's transaction. Throws SQLite::Exception. Nothing is forgotten before Written().
  void Write(Database& database, const ContainerSet& set);
  void Written();

  size_t living() const { return living_.size(); }
  bool lives(uint32_t id) const { return by_id_.count(id) > 0; }

 private:
  struct Entry {
    uint32_t id = 0;
    std::string key;
    std::shared_ptr<const Container> who;
    uint64_t beat = 0;              // of the last set it was in
    WallTime first_seen{}, born{};  // born: its cgroup
    bool unknown_to_file = true;    // its number was given without asking the file
    bool row_due = false;
    std::optional<Revision> due;  // a revision to write

    // What the newest revision says beyond `who`.
    int64_t revised_ms = INT64_MIN;
    Figure memory_limit;
    Ratio cpu_limit;
    ShortText<16> interface;
    ShortText<32> device;
  };
  struct Departed {
    Entry entry;
    WallTime last_seen;
  };

  bool StillItself(const Entry& entry, const Container& who) const;
  bool Stale(const Entry& entry, const ContainerSample& sample) const;
  void Revise(Entry& entry, const ContainerSample& sample, WallTime now, const Revision* newest);
  bool HeldByYounger(const ContainerSample& sample) const;
  std::optional<uint32_t> Waiting(const std::string& key) const;
  void Ask(Entry& entry, Database& database, bool may_share);
  void Find(Entry& entry, Database* database, bool may_share);
  void Correct(Entry& entry, uint64_t incarnation, Database& database);
  void Release(const ContainerSet& set);
  void Welcome(const ContainerSet& set, std::vector<size_t>& newcomers, Database* database);
  void TakeEnds(const ContainerSet& set, Database* database);
  void Leave(Entry entry, WallTime last_seen);
  void WriteEntry(Database& database, const Entry& entry, WallTime last_seen);

  std::unordered_map<uint64_t, Entry> living_;  // by incarnation
  std::unordered_map<std::string, uint32_t> by_key_;
  std::unordered_map<uint32_t, uint64_t> by_id_;  // living; to the incarnation
  // Incarnations that left with the newest set: who they were.
  std::unordered_map<uint64_t, std::pair<uint32_t, std::shared_ptr<const Container>>> left_;
  std::deque<Departed> departed_;                     // not written yet
  std::set<std::pair<int64_t, uint64_t>> ends_told_;  // (ended_at, incarnation) of the newest set's ended
  Roll roll_;
  bool due_ = false;  // some living container has a row or a revision to write
  uint64_t beat_ = 0;
  uint32_t newest_id_ = 0;
  int64_t seen_minute_ = -1;     // last_seen_ms was written for everyone in this minute
  int64_t writing_minute_ = -1;  // in the transaction that is under way
};

}  // namespace plimsoll::rollup
