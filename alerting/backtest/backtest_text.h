#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "alerting/backtest/threshold_search.h"

namespace plimsoll::alerting {

// A stretch of history that was replayed at one resolution.
struct ReplayedStretch {
  bool is_minutes = false;  // of buckets; else of readings
  WallTime from{}, to{};
  uint64_t ticks = 0;
};

struct BacktestReport {
  std::string storage;                     // the file
  WallTime from{}, to{};                   // that was asked for
  std::vector<ReplayedStretch> stretches;  // oldest first
  uint64_t at_most = 0;
  uint32_t host_cores = 0;  // that containers without a CPU limit were measured against
  std::vector<PastRule> rules;
  std::vector<bool> quiet;                             // by rule: ThresholdSearch::quiet()
  std::vector<std::optional<Suggestion>> suggestions;  // by rule
  bool scrape_watch = false;                           // there is one, and it cannot be replayed
};

// For people, and for programs (one JSON object on one line). Both end with a line feed.
std::string TableText(const BacktestReport& report);
std::string JsonText(const BacktestReport& report);

}  // namespace plimsoll::alerting
