#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/frame.h"

namespace plimsoll {

// What one tick adds to a container's history: gauges as they stood, counters
// as their true increase since the reading before. It is what the store keeps
// and what alert rules judge, so that a replay of the one is the other.
struct Reading {
  // The identity's number: stays the same across restarts of Plimsoll and when
  // the container is recreated under the same name. 1 and up.
  uint32_t container = 0;

  // How long the increases took, by the monotonic clock while Plimsoll ran.
  // Absent: no increase is known (the first sight of a container older than that).
  std::optional<uint64_t> elapsed_ms;

  // Increases. A counter that began anew counts from 0.
  Figure cpu_us, net_rx_bytes, net_tx_bytes, block_read_bytes, block_write_bytes;
  Figure periods, throttled_periods;  // CFS bandwidth control
  Figure oom_kills;

  // Gauges. The pressures are "some avg10" in hundredths of a percent.
  Figure memory_bytes;         // working set: usage minus inactive file
  Figure inactive_file_bytes;  // usage is the sum of both
  Figure threads;
  Figure cpu_pressure, memory_pressure, io_pressure;

  // It lives no longer: only the increases up to its end are known. Such a
  // reading is recorded, but never part of a ReadingSet.
  bool ended = false;

  // 100 = one core.
  Ratio CpuPercent() const {
    if (!cpu_us || !elapsed_ms || *elapsed_ms == 0) return std::nullopt;
    return static_cast<double>(*cpu_us) / static_cast<double>(*elapsed_ms) / 10;
  }
  // Bytes per second of one of the increases above.
  Ratio PerSecond(const Figure& increase) const {
    if (!increase || !elapsed_ms || *elapsed_ms == 0) return std::nullopt;
    return static_cast<double>(*increase) * 1000 / static_cast<double>(*elapsed_ms);
  }

  friend bool operator==(const Reading&, const Reading&) = default;
};

// A container of the frame, together with its reading.
struct ReadContainer {
  Reading reading;
  const ContainerSample* sample = nullptr;  // inside the frame's set; never null
  // The identity's key, "compose:shop/web/1"; null when whoever made the set does not know it.
  std::shared_ptr<const std::string> key;
};

// One tick, read: what the store recorded (or would have, had the disk let it).
struct ReadingSet {
  FramePtr frame;                         // keeps the samples alive
  std::vector<ReadContainer> containers;  // the living containers; plain cgroups are not among them
};

}  // namespace plimsoll
