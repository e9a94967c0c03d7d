#include "exporter/interval.h"

#include "config/duration.h"

namespace plimsoll {

Result<std::chrono::milliseconds> ParseInterval(const std::string& text) {
  Result<std::chrono::milliseconds> parsed = ParseDuration(text);
  if (parsed && (*parsed < std::chrono::seconds(1) || *parsed > std::chrono::minutes(5)))
    return Fail("--collector.interval: " + text + " is not between 1s and 5m");
  return parsed ? parsed : tl::unexpected(parsed.error().In("--collector.interval"));
}

}  // namespace plimsoll
