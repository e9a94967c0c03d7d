#include "exporter/runtime/timestamp.h"

#include <cstdint>

namespace plimsoll::runtime {

std::optional<WallTime> FromUnixSeconds(int64_t seconds) {
  constexpr int64_t kLast = 9'000'000'000;  // year 2255
  if (seconds <= 0 || seconds > kLast) return std::nullopt;
  return WallTime(std::chrono::seconds(seconds));
}

}  // namespace plimsoll::runtime
