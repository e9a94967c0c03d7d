#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/reading.h"
#include "model/sample.h"

namespace plimsoll::rollup {

// The counters of one container as the kernel showed them. What was not known
// at a look stays as it was known last, so that its increase is told whole when it is known again.
struct Counters {
  struct Port {
    ShortText<16> name;
    uint64_t rx_bytes = 0, tx_bytes = 0;
  };
  struct Disk {
    uint32_t major = 0, minor = 0;
    Figure read_bytes, write_bytes;
    bool counted_elsewhere = false;  // its bytes are those of another device above or below it
  };

  Figure cpu_us, periods, throttled_periods, oom_kills;
  bool net_known = false, block_known = false;
  std::vector<Port> net;
  std::vector<Disk> block;

  // All known, and 0: how a cgroup begins.
  static Counters Zero();

  // Takes over what `sample` shows and puts the increases into `reading`. Each
  // interface and each device counts for itself: a vanished one takes nothing
  // away, a new one and one that went back count from 0. Without a basis here,
  // or without a figure there, the increase is absent. True when a counter went
  // back or an interface or device vanished, so that the sums say less than they did.
  bool Advance(const ContainerSample& sample, Reading& reading);
};

// The same as sums, as the table `meter` has them.
struct Meter {
  Figure cpu_us, net_rx_bytes, net_tx_bytes, block_read_bytes, block_write_bytes;
  Figure periods, throttled_periods, oom_kills;

  static Meter Of(const Counters& counters);
  void Add(const Reading& increases);
  // The increases from here to `now`, absent where something went back (an interface is gone).
  void Increases(const Meter& now, Reading& reading) const;
};

// Calls fn(figure of a, figure of b) for each counter; works on Reading, Meter and Bucket alike.
template <typename A, typename B, typename Fn>
void EachCounter(A& a, B& b, Fn fn) {
  fn(a.cpu_us, b.cpu_us);
  fn(a.net_rx_bytes, b.net_rx_bytes);
  fn(a.net_tx_bytes, b.net_tx_bytes);
  fn(a.block_read_bytes, b.block_read_bytes);
  fn(a.block_write_bytes, b.block_write_bytes);
  fn(a.periods, b.periods);
  fn(a.throttled_periods, b.throttled_periods);
  fn(a.oom_kills, b.oom_kills);
}

}  // namespace plimsoll::rollup
