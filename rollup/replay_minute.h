#pragma once

#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

#include "rollup/bucket.h"

namespace plimsoll::rollup {

// One minute's buckets, played as the readings they may have been made of; replay.h says how.
class ReplayMinute {
 public:
  // The next minute. A container with fewer readings than others was there at
  // its beginning when the minute right before had it, else at its end.
  void Take(int64_t number, std::vector<std::pair<uint32_t, Bucket>> containers);

  int64_t number() const { return number_; }
  uint32_t ticks() const { return ticks_; }  // readings of the container that has most
  // Those of tick 0 .. ticks() - 1, sorted by container as taken.
  std::vector<Reading> ReadingsOf(uint32_t tick) const;

 private:
  struct Part {
    uint32_t container = 0;
    Bucket bucket;
    uint32_t first = 0;  // tick
  };

  int64_t number_ = 0;
  uint32_t ticks_ = 0;
  std::vector<Part> parts_;
};

}  // namespace plimsoll::rollup
