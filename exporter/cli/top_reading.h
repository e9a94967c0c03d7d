#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.h"

namespace plimsoll::cli {

// A running container as the API tells of it. Texts are shown text (shown_text.h);
// figures that cannot be known are absent.
struct TopRow {
  uint64_t id = 0;
  std::string name, state;                       // state: "running", or with its health "running (unhealthy)"
  std::optional<double> cpu_percent, cpu_limit;  // 100 = one core; limit: absent, too, when there is none
  std::optional<double> memory_used, memory_limit, memory_percent;
  std::optional<double> cpu_pressure, memory_pressure, io_pressure;  // percent of time stalled
  std::optional<double> receive, transmit, block_read, block_write;  // bytes a second
  std::string alert;  // "-", "cpu", "mem", "cpu+mem", or names of rules: "Hot", "Slow 2/3" while pending
  bool is_firing = false;
};

struct TopHost {
  std::optional<double> cpu_percent, memory_used, memory_total;
  std::optional<uint64_t> cores;
};

// What one look at the server gave.
struct TopReading {
  TopHost host;
  std::vector<TopRow> rows;
  uint64_t running = 0;  // more than rows where the list was cut
};

// Puts answers of /api/v1/containers?state=running, /api/v1/resources/summary
// and /api/v1/alerts together. Fails naming the answer that is not as described.
Result<TopReading> ParseTop(std::string_view containers, std::string_view summary, std::string_view alerts);

}  // namespace plimsoll::cli
