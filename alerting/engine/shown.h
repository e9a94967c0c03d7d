#pragma once

#include "model/reading.h"

namespace plimsoll::alerting {

// What one tick shows the rules on a living container, but for what happened to
// it (Happenings) and what is said of it (Container). Two that are equal give
// every rule the same value, and with that nothing to do where all is well.
struct Shown {
  Reading reading;  // of something that stands still only whether time went by, not how much
  double cpu_limit_percent = 0;
  uint64_t memory_limit = 0;
  Figure threads_max;

  friend bool operator==(const Shown&, const Shown&) = default;
};

Shown ShownBy(const Reading& reading, const ContainerSample& sample);

}  // namespace plimsoll::alerting
