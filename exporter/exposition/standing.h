#pragma once

#include <cstdint>
#include <vector>

namespace plimsoll::exposition {

// How one container stands to its load lines, as whoever watches these says.
struct Standing {
  uint64_t incarnation = 0;  // ContainerSample::incarnation
  bool cpu_alert = false, memory_alert = false;
  uint32_t cpu_breaches = 0, memory_breaches = 0;  // consecutive ones
  friend bool operator==(const Standing&, const Standing&) = default;
};
using Standings = std::vector<Standing>;  // sorted by incarnation

}  // namespace plimsoll::exposition
