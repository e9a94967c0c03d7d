#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "alerting/engine/stored_state.h"
#include "alerting/engine/subject.h"
#include "alerting/engine/transition.h"
#include "model/reading.h"

namespace plimsoll::alerting {

struct EngineConfig {
  AlertingConfig alerting;
  std::vector<std::string> container_labels;  // the allowlist of the collector; "*" stands for all
  std::string instance;                       // the host's name
};

// What one call brought forth. It stays valid until the engine's next call.
struct Outcome {
  std::vector<Transition> transitions;  // in the order in which they must be told
  std::vector<CombinedNotice> combined;
  std::vector<StoredState>
      changed;  // rows to write or delete, in this order and in the same transaction as the transitions
  std::vector<std::string>
      faults;  // of containers' labels, each once: "container: label=value: what is wrong"
};

// How an alert stands, for people.
struct AlertView {
  std::string rule, severity;
  uint32_t container = 0;
  std::string name;
  Phase phase = Phase::kNormal;
  uint32_t count = 0, of = 0;  // pending and recovering: k of n
  double value = 0, threshold = 0;
  AlertMetric metric = AlertMetric::kCpuPercent;
  CompareOp op = CompareOp::kGreaterEqual;
  WallTime since{}, fired_at{}, last_alerted{};
  std::string alert;  // id; empty while pending
  TextPairs labels;   // empty while pending
  std::vector<std::string> receivers;
};

// A container's alerts in brief.
struct ContainerAlerts {
  CombinedState combined = CombinedState::kNormal;
  uint32_t cpu_breaches = 0, memory_breaches = 0;  // consecutive; stays at its rule's while the alert is open
  std::optional<WallTime> last_alerted;            // of CPU and memory
};

// What a rule was shown, and how it stands after that.
struct Judged {
  const RuleConfig& config;
  const Rule& rule;  // as it counts for this subject
  const AlertState& state;
  uint32_t container = 0;   // 0: the host, what is absent, or a name that never had an identity
  const std::string& name;  // of the container; empty for the first two
  std::optional<double> value;
};

// When a set was read, as history keeps it: the set's own times in whole
// milliseconds. Live steps go by it as replays do, so that a grace or repeat
// interval that ends right at a tick ends at the same tick for both.
TimePoint TimeOf(const ReadingSet& set);

// Every rule on every subject, in memory. No I/O, and no clock of its own. A
// step judges the containers whose figures changed or that have an alert or an
// event open; the others cost one comparison each. A step in which nothing
// happens allocates nothing. Not thread-safe.
class Engine {
 public:
  // `stored` is what earlier Outcomes left, newest row of each key. Containers
  // that do not come back within the grace time resolve as stopped.
  Engine(EngineConfig config, const std::vector<StoredState>& stored, TimePoint now);

  // Somebody asked for /metrics.
  void NoteScrape(MonoTime at) { last_scrape_ = at; }

  // Sees all that is judged from now on, before what comes of it is told. For replays.
  void Listen(std::function<void(const Judged&)> on_judged) { on_judged_ = std::move(on_judged); }

  // Judges one tick; `now` is TimeOf(set).
  const Outcome& Step(const ReadingSet& set, TimePoint now);

  // Takes a new configuration. Rules that did not change keep their states; of
  // changed ones open alerts stay open and counts begin anew; alerts of rules
  // that are gone, switched off or on another metric resolve. Receivers that a
  // rule names anew are told with the next tick of what fires already.
  const Outcome& Reconfigure(EngineConfig config, TimePoint now);

  // What the API says of a container from now on. An
  // open alert stays open and is judged by the new threshold at the next tick,
  // but resolves when it is switched off.
  const Outcome& SetApiSetting(uint32_t container, const AlertSetting& setting, TimePoint now);

  // Pending, firing and recovering ones.
  std::vector<AlertView> Alerts() const;
  // Nothing for a container that is not watched: it is gone, longer than the grace time.
  std::optional<ContainerAlerts> Of(uint32_t container) const;
  // What SetApiSetting() was last told of it; empty when nothing.
  AlertSetting ApiSettingOf(uint32_t container) const;
  LoadLines LinesOf(const ReadContainer& container) const;
  size_t subjects() const { return containers_.size() + nameless_.size(); }

 private:
  // A rule that has one subject: the host, or what is absent.
  struct Lone {
    Watch watch;
    size_t present = 0;       // absent: living containers that match
    MonoTime last_present{};  // absent
  };

  // engine.cc: one tick
  void SeeLiving(const ReadingSet& set, TimePoint now);
  void SeeContainer(const ReadContainer& seen, TimePoint now);
  void SeeEvents(const ContainerSet& set, TimePoint now);
  void CountHappenings(Subject& subject, TimePoint now);
  void JudgeLiving(Subject& subject, TimePoint now);
  bool JudgeGone(Subject& subject, TimePoint now);  // false: nothing is left of it
  void JudgeLone(const HostSample& host, TimePoint now);
  void Judge(Subject* subject, Watch& watch, std::optional<double> value, TimePoint now);
  std::optional<double> UnscrapedSeconds(const Rule& rule, TimePoint now) const;
  std::optional<double> EventValue(const Subject& subject, const Watch& watch, TimePoint now) const;
  void SetLiving(Subject& subject, bool living, TimePoint now);

  // engine_rules.cc: which rules are for whom
  void TakeConfig(EngineConfig config);
  void TakeStored(const std::vector<StoredState>& stored, TimePoint now);
  void BuildLone(TimePoint now);
  void Rebuild(Subject& subject, TimePoint now);
  Watch Inherit(Subject* subject, RuleEntryPtr entry, Rule rule, std::vector<Watch>& old);
  void Drop(Subject* subject, std::vector<Watch>& old, TimePoint now);
  ResolveReason WhyDropped(const Subject* subject, const Watch& watch) const;
  void Adopt(Subject& subject, TimePoint now);
  void CountAbsent(Subject& subject, bool count);

  // engine_outcome.cc: what is told
  void Begin(const ReadingSet* set);
  void Tell(Subject* subject, Watch& watch, TransitionKind kind, ResolveReason reason, TimePoint now);
  void TellLate(Subject* subject, Watch& watch, TimePoint now);
  void AddContext(const Subject* subject, Transition& transition);
  TextPairs AlertLabels(const Subject* subject, const Watch& watch) const;
  void AddContainerLabels(const Container& who, std::map<std::string, std::string>& labels) const;
  const std::vector<Consumer>& TopConsumers(AlertMetric metric);
  void Resolve(Subject* subject, Watch& watch, ResolveReason reason, TimePoint now);
  void Changed(const Subject* subject, const Watch& watch, bool gone);
  void UpdateCombined(Subject& subject, TimePoint now);

  EngineConfig config_;
  std::vector<RuleEntryPtr> entries_;
  std::unordered_map<uint32_t, Subject> containers_;
  std::map<std::string, Subject> nameless_;  // by name
  std::vector<Lone> lone_;
  std::unordered_map<uint32_t, AlertSetting> api_;
  std::chrono::milliseconds longest_window_{0};  // of the rules that count events
  MonoTime began_{};
  std::optional<MonoTime> last_scrape_;
  const ReadingSet* set_ = nullptr;                   // while a step runs
  std::map<AlertMetric, std::vector<Consumer>> top_;  // of the set, as far as they were asked for
  std::function<void(const Judged&)> on_judged_;      // may be empty
  Outcome outcome_;
};

}  // namespace plimsoll::alerting
