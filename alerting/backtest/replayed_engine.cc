#include "alerting/backtest/replayed_engine.h"

namespace plimsoll::alerting {

const Outcome& ReplayedEngine::Step(const ReadingSet& set, bool begins_run) {
  const TimePoint now = TimeOf(set);
  if (begins_run || !engine_) BeginRun(now);
  const Outcome& outcome = engine_->Step(set, now);
  Keep(outcome.changed);
  return outcome;
}

void ReplayedEngine::BeginRun(TimePoint now) {
  std::vector<StoredState> stored;
  for (const auto& [key, state] : stored_) stored.push_back(state);
  engine_.emplace(config_, stored, now);
  for (const auto& [container, setting] : settings_)
    Keep(engine_->SetApiSetting(container, setting, now).changed);
  engine_->Listen(on_judged_);
}

void ReplayedEngine::Keep(const std::vector<StoredState>& changed) {
  for (const StoredState& state : changed) {
    const auto key = std::tuple(state.rule, state.container, state.subject);
    if (state.gone)
      stored_.erase(key);
    else
      stored_[key] = state;
  }
}

}  // namespace plimsoll::alerting
