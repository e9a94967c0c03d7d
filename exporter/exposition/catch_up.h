#pragma once

#include <prometheus/counter.h>

#include <cstdint>

namespace plimsoll::exposition {

// Brings a counter to a total that is kept elsewhere.
inline void CatchUp(prometheus::Counter& counter, uint64_t total) {
  const double more = static_cast<double>(total) - counter.Value();
  if (more > 0) counter.Increment(more);
}

}  // namespace plimsoll::exposition
