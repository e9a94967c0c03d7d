#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/clock.h"

namespace plimsoll::alerting {

// Events of one kind, as far back as somebody asks.
// Holds at most 64 moments; when there are more the oldest two become one, so
// that a count is never too small while they last.
class EventWindow {
 public:
  void Add(MonoTime at, uint64_t count);
  // Those within (now - window, now].
  uint64_t Count(MonoTime now, std::chrono::milliseconds window) const;
  // Forgets what no window reaches any more.
  void Forget(MonoTime now, std::chrono::milliseconds longest_window);
  bool empty() const { return moments_.empty(); }

 private:
  struct Moment {
    MonoTime at{};
    uint64_t count = 0;
  };
  std::vector<Moment> moments_;  // oldest first
};

// The last end of a container.
struct LastExit {
  MonoTime at{};
  int code = 0;
};

// What happened to one container, for the metrics that count events.
struct Happenings {
  EventWindow oom_kills, restarts;
  std::optional<LastExit> exit;
  void Forget(MonoTime now, std::chrono::milliseconds longest_window);
  bool empty() const { return oom_kills.empty() && restarts.empty() && !exit; }
};

}  // namespace plimsoll::alerting
