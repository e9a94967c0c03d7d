#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>

#include "model/sample.h"
#include "rollup/history.h"

namespace plimsoll {
class Database;
}

namespace plimsoll::rollup {

// Who the containers of a replay were, tick by tick. Forgets those that have
// been away for an hour, and asks the file again should they come back.
class ReplayKnown {
 public:
  explicit ReplayKnown(uint32_t host_cores) : host_cores_(host_cores) {}

  // What a container without a limit is measured against from now on.
  void SetHostMemory(uint64_t bytes) { host_memory_ = bytes; }

  // The container's identity and limits as of `at_ms`; valid until Forget().
  // Null when the file has no revision of it. Throws SQLite::Exception.
  const ContainerSample* SampleOf(Database& database, uint32_t container, int64_t at_ms);
  void Forget(int64_t at_ms);

 private:
  struct Known {
    std::deque<Revision> to_come;  // oldest first
    ContainerSample sample;        // its `who` is null when there is no revision
    Figure memory_limit;
    int64_t met_ms = 0;
  };
  void TakeNext(Known& known) const;

  const uint32_t host_cores_;
  uint64_t host_memory_ = 0;
  int64_t forgot_ms_ = INT64_MIN;
  std::unordered_map<uint32_t, Known> known_;
};

}  // namespace plimsoll::rollup
