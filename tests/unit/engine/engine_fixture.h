#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "alerting/engine/engine.h"
#include "unit/engine/fake_ticks.h"

namespace plimsoll::alerting {

// An engine, its host, and the rows as a store would hold them.
class EngineTest : public testing::Test {
 protected:
  void Start(std::vector<RuleConfig> rules) { Start(MakeConfig(std::move(rules))); }
  void Start(EngineConfig config) {
    config_ = std::move(config);
    rows_.clear();
    engine_.emplace(config_, std::vector<StoredState>(), ticks.now());
  }

  // kill -9 and a start again.
  void Restart() {
    std::vector<StoredState> rows;
    for (const auto& [key, row] : rows_) rows.push_back(row);
    engine_.emplace(config_, rows, ticks.now());
  }

  std::string Tick() {
    const ReadingSet& set = ticks.Next();
    return Keep(engine_->Step(set, ticks.now()));
  }
  std::string Ticks(int n) {
    std::string words;
    for (int i = 0; i < n; ++i) words += (i == 0 ? "" : "|") + Tick();
    return words;
  }
  std::string Reconfigure(std::vector<RuleConfig> rules) {
    config_.alerting.rules = std::move(rules);
    return Keep(engine_->Reconfigure(config_, ticks.now()));
  }
  std::string Put(uint32_t container, const AlertSetting& setting) {
    return Keep(engine_->SetApiSetting(container, setting, ticks.now()));
  }

  std::string Keep(const Outcome& outcome) {
    for (const StoredState& row : outcome.changed) {
      const auto key = std::make_tuple(row.rule, row.container, row.subject);
      if (row.gone) {
        rows_.erase(key);
      } else {
        rows_[key] = row;
      }
    }
    last_ = outcome.transitions;
    combined_ = Words(outcome.combined);
    faults_ = outcome.faults;
    rows_written_ = outcome.changed.size();
    return Words(outcome.transitions);
  }

  std::map<std::string, std::string> Labels(size_t i = 0) {
    return {last_.at(i).labels.begin(), last_.at(i).labels.end()};
  }

  FakeTicks ticks;
  EngineConfig config_;
  std::optional<Engine> engine_;
  std::map<std::tuple<std::string, uint32_t, std::string>, StoredState> rows_;
  std::vector<Transition> last_;
  std::string combined_;
  std::vector<std::string> faults_;
  size_t rows_written_ = 0;
};

inline const RuleConfig kCpu = MakeRule("CpuHigh", AlertMetric::kCpuPercent, 90);
inline const RuleConfig kMemory = MakeRule("MemoryHigh", AlertMetric::kMemoryPercent, 80);

}  // namespace plimsoll::alerting
