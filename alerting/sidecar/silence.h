#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "alerting/sidecar/label_matchers.h"
#include "alerting/sidecar/time_zone.h"

namespace plimsoll::alerting {

// A while during which nobody is told of alerts that match.
struct Silence {
  int64_t id = 0;  // 1 and up
  std::vector<LabelMatcher> matchers;
  WallTime starts_at{}, ends_at{};  // [starts_at, ends_at)
  std::string comment, created_by;
  WallTime created_at{};
  friend bool operator==(const Silence&, const Silence&) = default;
};

// Whether the moment lies in the window, by the clocks of its place: a time of
// day that clocks skip does not come that day, one that comes twice counts twice.
bool IsOpen(const MaintenanceWindow& window, const TimeZone& zone, WallTime at);

// Every silence and maintenance window. Not thread-safe.
class Silences {
 public:
  // A silence stays in the list so long after its end.
  static constexpr auto kKept = std::chrono::hours(24 * 5);

  // Windows whose time zone or matchers cannot be used are left out; answers
  // with one line for each of these.
  std::vector<std::string> Configure(const std::vector<MaintenanceWindow>& windows);

  // In place of the one with that id. Fails for matchers that cannot be used.
  Result<void> Put(Silence silence);
  bool Remove(int64_t id);           // false: there is none
  std::vector<Silence> All() const;  // by id
  // Forgets what ended longer ago than kKept; answers with the ids.
  std::vector<int64_t> Forget(WallTime now);

  // What keeps these labels silent: "silence 3", "maintenance nightly"; "" when nothing does.
  std::string SilencedBy(const TextPairs& labels, WallTime now) const;

 private:
  struct Window {
    MaintenanceWindow config;
    TimeZone zone;
    LabelMatchers matchers;
  };
  std::vector<Window> windows_;
  std::map<int64_t, std::pair<Silence, LabelMatchers>> silences_;
};

}  // namespace plimsoll::alerting
