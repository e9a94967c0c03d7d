#include "exporter/moment.h"

#include "config/duration.h"
#include "model/timestamp.h"

namespace plimsoll {

Result<WallTime> ParseMoment(const char* flag, const std::string& text, WallTime now) {
  if (const auto at = ParseTimestamp(text)) return *at;
  if (const auto back = ParseDuration(text)) return now - *back;
  return Fail(std::string(flag) + ": \"" + text +
              "\" is neither a time such as 2026-11-23T08:00:00Z nor a duration back from now such as 1h30m");
}

}  // namespace plimsoll
