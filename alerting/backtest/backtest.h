#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "alerting/backtest/crossings.h"
#include "alerting/backtest/replayed_engine.h"

namespace plimsoll::alerting {

// What history holds of a metric.
enum class Held {
  kWhole,
  kReadingsOnly,  // not in the buckets that readings become
  kNot,
};
Held HeldOf(AlertMetric metric);
// Of one that is not held: "no health of containers". Empty for the others.
const char* MissingOf(AlertMetric metric);

// What is tried on the past.
struct BacktestOrder {
  EngineConfig config;  // with the rules to try; those that history knows nothing of are passed over
  std::vector<std::pair<uint32_t, AlertSetting>> settings;
  // Whether a container of that name is reported; empty: all are. The host and what is absent always are.
  std::function<bool(const std::string& name)> wants;
};

// One alert that would have been.
struct PastAlert {
  WallTime since{}, fired_at{};      // the first breach; the alert
  std::optional<WallTime> ended_at;  // absent: open at the end
  ResolveReason reason = ResolveReason::kNone;
  std::chrono::milliseconds lasted{0};  // from fired_at
  double extreme = 0;                   // the greatest value, or the least where rules watch for too little
  uint32_t repeats = 0;                 // how often it would have been told again
};
// Alerts kept of each rule and subject; more are counted only.
constexpr size_t kKeptPastAlerts = 100;

// One rule on one subject that it fired on.
struct PastSubject {
  uint32_t container = 0;  // 0: the host, what is absent, or a name that never had an identity
  std::string name;        // empty for the first two
  uint64_t fired = 0;
  std::chrono::milliseconds lasted{0};  // all alerts together
  double extreme = 0;
  std::vector<PastAlert> alerts;  // oldest first
};

// What one rule would have done.
struct PastRule {
  RuleConfig config;
  Rule rule;  // as it counts where nothing overrides it
  uint64_t fired = 0;
  std::chrono::milliseconds lasted{0};
  size_t judged = 0;                  // subjects of which a value was known
  std::optional<double> extreme;      // of all values, alert or not
  std::vector<PastSubject> subjects;  // by name; those that it fired on
};

// Steps the live engine through history and notes what would have fired. Memory
// grows with rules, containers and what is kept of their alerts, not with time.
class Backtest {
 public:
  explicit Backtest(BacktestOrder order);
  Backtest(const Backtest&) = delete;

  // The next tick; `begins_run`: Plimsoll was started anew before it. The outcome is valid until the next
  // call.
  const Outcome& Step(const ReadingSet& set, bool begins_run);

  // In the configuration's order; open alerts last until the newest tick.
  std::vector<PastRule> Rules() const;
  // How often values crossed each threshold, of the subjects whose threshold is the rule's own.
  const Crossings& CrossingsOf(size_t rule) const { return tried_[rule].crossings; }

 private:
  // One rule on one subject.
  struct Track {
    bool wanted = true, judged = false;
    BreachRun run;
    int32_t place = -1;
    double extreme = 0;  // since the first breach
    PastSubject past;
    std::optional<PastAlert> open;
    MonoTime fired{};
  };
  struct Tried {
    RuleConfig config;
    Crossings crossings;
    std::optional<double> extreme;
    std::unordered_map<uint32_t, Track> containers;
    std::map<std::string, Track> nameless;
  };

  void Note(const Judged& judged);
  void Take(const Transition& told);
  size_t PlaceOfRule(const std::string& name) const;
  Track& TrackOf(Tried& tried, uint32_t container, const std::string& name);
  static void Close(Track& track, std::chrono::milliseconds lasted);

  const AlertDefaults defaults_;
  const std::function<bool(const std::string&)> wants_;
  std::vector<Tried> tried_;
  std::unordered_map<const RuleConfig*, size_t> places_;  // of the engine's own rules
  ReplayedEngine engine_;
  TimePoint now_;
};

}  // namespace plimsoll::alerting
