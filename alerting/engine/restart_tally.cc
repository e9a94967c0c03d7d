#include "alerting/engine/restart_tally.h"

#include <algorithm>

namespace plimsoll::alerting {

uint64_t RestartTally::Take(MonoTime now) {
  if (now - newest_ >= kLatestWord) owed_ = {};
  std::array<uint64_t, kWitnesses> news;
  for (size_t i = 0; i < kWitnesses; ++i) {
    const uint64_t known = std::min(told_[i], owed_[i]);
    news[i] = told_[i] - known;
    owed_[i] -= known;
  }
  told_ = {};
  const uint64_t starts = std::max(news[kStartEvent], news[kNewCgroup]);
  for (size_t i = 0; i < kWitnesses; ++i) owed_[i] += starts - std::min(starts, news[i]);
  if (starts > 0) newest_ = now;
  return std::max(starts, news[kRuntimeCount]);
}

}  // namespace plimsoll::alerting
