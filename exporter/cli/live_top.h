#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "exporter/cli/top_reading.h"
#include "exporter/cli/top_table.h"
#include "model/result.h"

namespace plimsoll::cli {

struct LiveTop {
  std::string url;  // shown
  TopOrder order = TopOrder::kCpu;
  std::chrono::milliseconds interval{2000};
  // Called on a thread of its own, one call at a time; `interrupt` from another ends the call that runs.
  std::function<Result<TopReading>()> read;
  std::function<void()> interrupt;
  int in = 0, out = 1;  // the terminal
};

// Shows the table until the user leaves (0) or a signal says so (128 + its
// number, 0 for SIGINT), and gives the terminal back. ^Z and fg work. Fails when
// the terminal cannot be used. To be called before other threads are born: it
// blocks the signals that it takes, and leaves them blocked.
Result<int> ShowLiveTop(const LiveTop& order);

}  // namespace plimsoll::cli
