#pragma once

#include <cstdint>
#include <string>

#include "exporter/api/object_text.h"
#include "model/reading.h"

namespace plimsoll::api {

// A container's figures at one moment, as the API names them. Of a living one
// net_* and block_* count from its start; of a recorded one they are not known.
struct CurrentFigures {
  uint32_t container = 0;
  WallTime at{};
  Ratio cpu_percent, cpu_limit_percent;  // 100 = one core; limit absent: none but the host's cores
  Ratio throttled_percent;
  Figure mem_used, mem_limit;
  Ratio mem_percent;
  Figure net_rx_bytes, net_tx_bytes, block_read_bytes, block_write_bytes;
  Ratio net_rx_bytes_per_second, net_tx_bytes_per_second;
  Ratio block_read_bytes_per_second, block_write_bytes_per_second;
  Ratio cpu_pressure_percent, mem_pressure_percent, io_pressure_percent;
};

CurrentFigures FiguresOf(const ReadContainer& container, WallTime at);
// All fields, without the braces around them.
void PutFigures(ObjectText& object, const CurrentFigures& figures);

// 0..100 and beyond; absent when either is unknown or the whole is 0.
Ratio PercentOf(const Figure& part, const Figure& whole);

// The name people know it by; of a nameless one the beginning of its id.
std::string ShownName(const std::string& name, const std::string& runtime_id);

// The container of this id in the set; null when it does not live.
const ReadContainer* FindLiving(const ReadingSet& set, uint32_t id);

}  // namespace plimsoll::api
