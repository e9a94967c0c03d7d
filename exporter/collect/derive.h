#pragma once

#include <optional>

#include "model/clock.h"
#include "model/sample.h"

namespace plimsoll::collect {

// What must be remembered of a beat to make rates at the next one.
struct RateBasis {
  // When each was read: all of it less often than at every beat, and of a quiet cgroup all but its CPU time
  // (`whole`: block I/O and pressure) and its network least.
  struct Times {
    MonoTime cpu{}, network{}, whole{};
  };
  Times at;
  Figure cpu_usage_ns, net_rx_bytes, net_tx_bytes, block_read_bytes, block_write_bytes;
  Figure periods, throttled_periods;
  Figure cpu_stalled_us, memory_stalled_us, io_stalled_us;  // pressure "some"
};

RateBasis BasisOf(const ContainerSample& sample, const RateBasis::Times& at);

// Figures between two beats of the same incarnation. A counter that went back,
// a figure missing on either side, or no time between: absent, and the next
// beat starts anew from `now`. Rates of what was not read anew stay as they are.
void DeriveRates(const RateBasis& before, const RateBasis& now, DerivedSample& derived);

// The load line: the smallest limit on the path to the root. `parent` is the
// enclosing cgroup's, or the host's own (its cores and its memory) for the root.
struct LoadLine {
  double cpu_percent = 0;  // 100 = one core; 0: not even the host's is known
  bool cpu_limited = false;
  uint64_t memory_bytes = 0;  // MemorySample::kUnlimited: not even the host's is known
  bool memory_limited = false;
};
LoadLine Below(const LoadLine& parent, const CpuSample& cpu, const MemorySample& memory);

}  // namespace plimsoll::collect
