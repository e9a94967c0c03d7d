#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/reading.h"
#include "model/result.h"
#include "rollup/bucket.h"
#include "rollup/store.h"

namespace plimsoll::rollup {

// Which history is played again.
struct ReplayOrder {
  std::string path;  // of the store's file; may be in use
  WallTime from{};
  // What a container without a CPU limit is measured against: history keeps no count of cores.
  uint32_t host_cores = 0;
};

// One tick, as whoever stood beside the store saw it. Its set holds the living
// containers with identities and limits as of then; health, counts of restarts
// and limits of threads are unknown, of events there are only OOM kills of
// containers that ended.
struct ReplayTick {
  Tier tier = Tier::kRaw;   // kRaw: as recorded. kMinute: see Replay
  bool begins_run = false;  // Plimsoll was started anew before it, or this is the first
  ReadingSet set;
};

// A stretch of time that was played from one tier.
struct ReplayStretch {
  Tier tier = Tier::kRaw;
  WallTime from{}, to{};  // of its first and last tick
  uint64_t ticks = 0;
};

// Plays history in the order in which it was recorded, up to the newest tick at
// the time of opening. Where readings are gone, each minute's bucket is played
// as the readings that it was made of: the least, then what the average leaves
// for the others, then the greatest; of rates, which a bucket knows the average
// of alone, that. So a peak counts as one reading, a full minute beyond a
// threshold as a full minute, and the sum is what was used. Figures that only
// readings hold (pressures, the host's) are unknown there.
//
// The file is read some ticks at a time, each time in a transaction of its own:
// memory does not grow with the time played, and a running Plimsoll goes on
// tidying its file. Not thread-safe.
class Replay {
 public:
  static Result<std::unique_ptr<Replay>> Open(const ReplayOrder& order);
  virtual ~Replay() = default;

  // The next tick, valid until the next call; null at the end.
  virtual Result<const ReplayTick*> Next() = 0;

  // Of what has been played, oldest first: at most one of each tier.
  virtual const std::vector<ReplayStretch>& stretches() const = 0;
  virtual double progress() const = 0;  // 0 to 1
  // What the API was told to watch, as the file has it now.
  virtual const std::vector<std::pair<uint32_t, AlertSetting>>& settings() const = 0;
};

}  // namespace plimsoll::rollup
