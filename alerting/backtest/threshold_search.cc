#include "alerting/backtest/threshold_search.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace plimsoll::alerting {
namespace {

// The count of crossings is the most that a rule may have fired on subjects that
// have no threshold of their own. So it may well have been quiet enough where
// that is many times too much, and what the others fired is in nobody's hand.
std::array<uint64_t, 7> CrossingsToTry(uint64_t at_most) {
  return {0, at_most / 2, at_most, at_most * 2, at_most * 4, at_most * 8, at_most * 32};
}
constexpr uint64_t kBusyShare = 10;

bool IsAbove(CompareOp op) { return op == CompareOp::kGreaterEqual || op == CompareOp::kGreater; }

// Of what comes in whole numbers a whole number.
double Fitting(const RuleConfig& rule, double threshold) {
  if (!IsEventMetric(rule.metric)) return threshold;
  return IsAbove(rule.op) ? std::ceil(threshold) : std::floor(threshold);
}

bool IsAllowed(const RuleConfig& rule, double threshold) {
  return !IsBoundedPercent(rule.metric) || threshold <= 100;
}

std::optional<double> ScaledRecovery(const RuleConfig& rule, double threshold) {
  if (!rule.recover_threshold || rule.threshold == 0) return std::nullopt;
  const double scaled = threshold * (*rule.recover_threshold / rule.threshold);
  // Three digits are enough, on the safe side of the threshold.
  if (scaled <= 0) return scaled;
  const double unit = std::pow(10, std::floor(std::log10(scaled)) - 2);
  const double rounded =
      unit >= 1 ? std::round(scaled / unit) * unit : std::round(scaled / unit) / std::round(1 / unit);
  return IsAbove(rule.op) ? std::min(rounded, threshold) : std::max(rounded, threshold);
}

}  // namespace

ThresholdSearch::ThresholdSearch(const BacktestOrder& order, const Backtest& seen, uint64_t ticks,
                                 uint64_t at_most)
    : order_(order), at_most_(at_most) {
  const std::vector<RuleConfig>& rules = order_.config.alerting.rules;
  const std::vector<PastRule> past = seen.Rules();
  size_t most = 0;
  for (size_t i = 0; i < rules.size(); ++i) {
    places_[rules[i].name] = i;
    std::vector<Suggestion>& tried = candidates_.emplace_back().tried;
    const Crossings& crossings = seen.CrossingsOf(i);
    quiet_.push_back(past[i].fired <= at_most &&
                     crossings.IsRarelyBreached(rules[i].threshold, ticks / kBusyShare));
    if (quiet_.back() || IsYesNoMetric(rules[i].metric)) continue;
    for (const uint64_t crossed : CrossingsToTry(at_most)) {
      const auto place = crossings.EagerestAtMost(crossed, ticks / kBusyShare);
      if (!place) break;
      const double threshold = Fitting(rules[i], crossings.ThresholdAt(*place));
      if (!IsAllowed(rules[i], threshold) || (!tried.empty() && tried.back().threshold == threshold))
        continue;
      tried.push_back({threshold, ScaledRecovery(rules[i], threshold), 0});
    }
    most = std::max(most, tried.size());
  }
  for (size_t n = 0; n < most; ++n) {
    EngineConfig config = order_.config;
    config.alerting.scrape_watch.after = std::chrono::milliseconds(0);
    std::vector<RuleConfig>& with = config.alerting.rules;
    with.clear();
    for (size_t i = 0; i < rules.size(); ++i) {
      if (n >= candidates_[i].tried.size()) continue;
      with.push_back(rules[i]);
      with.back().threshold = candidates_[i].tried[n].threshold;
      with.back().recover_threshold = candidates_[i].tried[n].recover_threshold;
    }
    engines_.emplace_back(std::move(config), order_.settings);
  }
}

void ThresholdSearch::Step(const ReadingSet& set, bool begins_run) {
  for (size_t n = 0; n < engines_.size(); ++n)
    for (const Transition& told : engines_[n].Step(set, begins_run).transitions) {
      if (told.kind != TransitionKind::kFired) continue;
      const size_t rule = places_.at(told.rule);
      const bool is_host = IsHostMetric(order_.config.alerting.rules[rule].metric);
      if (is_host || !order_.wants || order_.wants(told.name)) ++candidates_[rule].tried[n].fired;
    }
}

std::vector<std::optional<Suggestion>> ThresholdSearch::Found() const {
  std::vector<std::optional<Suggestion>> found;
  for (const Candidates& candidates : candidates_) {
    std::optional<Suggestion>& best = found.emplace_back();
    for (const Suggestion& one : candidates.tried) {
      if (one.fired > at_most_) break;  // what is more eager still may only look quiet, being always on
      best = one;
    }
  }
  return found;
}

}  // namespace plimsoll::alerting
