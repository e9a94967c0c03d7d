#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "alerting/backtest/backtest.h"

namespace plimsoll::alerting {

// Another threshold for a rule, and how often it would have fired with it.
struct Suggestion {
  double threshold = 0;
  std::optional<double> recover_threshold;  // in the same ratio; absent where the rule has none
  uint64_t fired = 0;
};

// Finds each rule's most eager threshold that would have fired at most so many
// times, and not been breached for more than a tenth of the time. Candidates
// come from what a Backtest saw; each is then tried on the same history by an
// engine of its own, so that what is suggested was seen.
class ThresholdSearch {
 public:
  // `order` as the Backtest had it; `ticks`: how many it was shown.
  ThresholdSearch(const BacktestOrder& order, const Backtest& seen, uint64_t ticks, uint64_t at_most);

  // Whether there is anything to try: else Step() need not be called.
  bool HasCandidates() const { return !engines_.empty(); }
  // The same ticks once more.
  void Step(const ReadingSet& set, bool begins_run);

  // By rule: whether it is quiet enough with the threshold it has. Then no other is suggested: the most
  // eager one that is quiet, too, may be far from what anybody wants to be told of.
  const std::vector<bool>& quiet() const { return quiet_; }

  // In the order of the rules. Nothing for a rule that is quiet() or whose values are not known or
  // only yes and no, and where no threshold is quiet enough.
  std::vector<std::optional<Suggestion>> Found() const;

 private:
  // Most eager last.
  struct Candidates {
    std::vector<Suggestion> tried;
  };

  const BacktestOrder order_;
  const uint64_t at_most_;
  std::vector<bool> quiet_;             // by rule
  std::vector<Candidates> candidates_;  // by rule
  std::unordered_map<std::string, size_t> places_;
  std::vector<ReplayedEngine> engines_;  // the n-th has each rule's n-th candidate
};

}  // namespace plimsoll::alerting
