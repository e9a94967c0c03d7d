#include "alerting/engine/event_window.h"

#include <algorithm>

namespace plimsoll::alerting {
namespace {

constexpr size_t kMostMoments = 64;

}  // namespace

void EventWindow::Add(MonoTime at, uint64_t count) {
  if (count == 0) return;
  if (moments_.size() == kMostMoments) {
    moments_[1].count += moments_[0].count;
    moments_.erase(moments_.begin());
  }
  moments_.push_back({at, count});
}

uint64_t EventWindow::Count(MonoTime now, std::chrono::milliseconds window) const {
  uint64_t count = 0;
  for (auto moment = moments_.rbegin(); moment != moments_.rend() && now - moment->at < window; ++moment)
    count += moment->count;
  return count;
}

void EventWindow::Forget(MonoTime now, std::chrono::milliseconds longest_window) {
  const auto kept = std::find_if(moments_.begin(), moments_.end(),
                                 [&](const Moment& moment) { return now - moment.at < longest_window; });
  moments_.erase(moments_.begin(), kept);
}

void Happenings::Forget(MonoTime now, std::chrono::milliseconds longest_window) {
  oom_kills.Forget(now, longest_window);
  restarts.Forget(now, longest_window);
  if (exit && now - exit->at >= longest_window) exit.reset();
}

}  // namespace plimsoll::alerting
