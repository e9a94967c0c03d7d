#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "model/frame.h"
#include "rollup/counters.h"
#include "rollup/register.h"

namespace plimsoll {
class Database;
}

namespace plimsoll::rollup {

// Turns what the kernel showed into what was added since. Keeps each living
// container's counters of the newest set, and what the disk has not taken yet.
// Belongs to the store's thread.
class Ledger {
 public:
  // Where recording ended before this run began: each container's newest meter
  // and what was recorded since. Once a run, also when sets were read already
  // because the file could not be opened. Throws SQLite::Exception.
  void Restore(Database& database);

  // Reads a set; `roll` is the set's. Answers hold until the next call.
  void Read(const Frame& frame, const Roll& roll);

  // Increases since the set before, in the set's order; without plain cgroups (container 0).
  const std::vector<Reading>& living() const { return living_; }
  // What is to be recorded now, one a container, sorted: the above, last words
  // of the ended, and increases of the sets that the disk refused.
  const std::vector<Reading>& due() const { return due_; }
  // By the monotonic clock since the last recorded set of this run; 0 for the first.
  int64_t tick_ms() const { return tick_ms_; }

  // Writes the meters that are due, within the tick's transaction. Throws SQLite::Exception.
  void WriteMeters(Database& database, int64_t tick);
  // Everybody's meter is due: another file.
  void MeterAll();

  void Recorded();  // the disk has due()
  void Refused();   // it has not; the next due() tells of it

 private:
  struct First {
    Meter meter;
    WallTime wall{};
  };
  struct Entry {
    Counters counters;
    uint64_t incarnation = 0;
    WallTime born{};
    size_t cgroup_hash = 0;
    MonoTime mono{};
    uint64_t beat = 0;
    bool meter_due = true;
    // What it was seen with first, where that gave no increase for want of the file.
    std::unique_ptr<First> first;
  };
  struct Basis {  // from before this run
    Meter meter;
    std::optional<int64_t> born_ms;
    int64_t at_ms = 0;
  };

  Reading ReadOne(const ContainerSample& sample, uint32_t id, MonoTime mono, WallTime wall);
  void Begin(Entry& entry, const ContainerSample& sample, uint32_t id, MonoTime mono, WallTime wall,
             Reading& reading);
  bool Continue(Entry& entry, const ContainerSample& sample, uint32_t id, WallTime wall, Reading& reading);
  void Resume(Entry& entry, uint32_t id, Reading& reading);
  bool FromZero(Entry& entry, const ContainerSample& sample, MonoTime mono, WallTime wall, Reading& reading);
  void TakeTime(const Frame& frame);
  void Move(const std::vector<std::pair<uint32_t, uint32_t>>& moved);
  std::map<uint32_t, Reading> LastWords(const Roll& roll);
  void CollectDue(const std::map<uint32_t, Reading>& last_words);

  std::unordered_map<uint32_t, Entry> entries_;
  std::unordered_map<uint32_t, Basis> before_us_;
  std::map<uint32_t, Reading> refused_;
  std::vector<Reading> living_, due_;
  uint64_t beat_ = 0;
  uint32_t cpu_count_ = 0;

  // Of the newest set, or of the last recorded tick before this run.
  std::optional<WallTime> last_wall_;
  std::optional<MonoTime> last_mono_, begun_, recorded_mono_;
  std::optional<WallTime> known_since_;  // what is born later is born in our sight
  MonoTime now_mono_{};
  bool meters_due_ = false, is_restored_ = false;
  int64_t tick_ms_ = 0;
  int64_t metered_hour_ = INT64_MIN, hour_ = INT64_MIN;
};

}  // namespace plimsoll::rollup
