#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "alerting/engine/engine.h"

namespace plimsoll::alerting {

// A rule that says everything itself.
inline RuleConfig MakeRule(const std::string& name, AlertMetric metric, double threshold,
                           uint32_t breaches = 2, uint32_t recoveries = 2) {
  RuleConfig rule;
  rule.name = name;
  rule.metric = metric;
  rule.threshold = threshold;
  rule.breaches = breaches;
  rule.recoveries = recoveries;
  rule.repeat_interval = std::chrono::milliseconds(0);
  rule.match.host = IsHostMetric(metric);
  return rule;
}

inline EngineConfig MakeConfig(std::vector<RuleConfig> rules) {
  EngineConfig config;
  config.alerting.rules = std::move(rules);
  config.alerting.recreate_grace = std::chrono::seconds(30);
  config.instance = "host.example";
  config.container_labels = {"com.docker.compose.project"};
  return config;
}

// A host whose containers do what a test says, 10 seconds a tick.
class FakeTicks {
 public:
  struct Life {
    std::shared_ptr<const Container> who;
    std::optional<double> cpu, memory;  // percent; memory of 1000 bytes
    std::optional<uint64_t> oom_kills;
    uint64_t incarnation = 0;
    WallTime born{};  // epoch: unknown
    bool living = true;
  };

  static constexpr auto kInterval = std::chrono::seconds(10);

  // A container of that identity; its runtime calls it runtime-NAME unless said.
  Life& Run(uint32_t id, const std::string& name, Container who = {}) {
    who.runtime = RuntimeKind::kDocker;
    who.name = name;
    if (who.id.empty()) who.id = "runtime-" + name;
    who.cgroup = "/docker/" + who.id;
    Life& life = lives_[id];
    life = Life{};
    life.who = std::make_shared<Container>(who);
    life.cpu = 1;
    life.memory = 1;
    return life;
  }
  Life& operator[](uint32_t id) { return lives_.at(id); }

  // The same container, with something else about it.
  template <typename Change>
  void Alter(uint32_t id, const Change& change) {
    auto who = std::make_shared<Container>(*lives_.at(id).who);
    change(*who);
    lives_.at(id).who = who;
  }

  void Tell(ContainerEvent::Kind kind, std::shared_ptr<const Container> who, std::optional<int> code = {},
            uint64_t count = 1) {
    events_.push_back({kind, std::move(who), now_.wall, code, count});
  }

  // The next tick's set. Events are told once.
  const ReadingSet& Next() {
    now_.wall += kInterval;
    now_.mono += kInterval;
    auto set = std::make_shared<ContainerSet>();
    set->events = std::move(events_);
    events_.clear();
    for (const auto& [id, life] : lives_) {
      if (!life.living) continue;
      ContainerSample sample;
      sample.who = life.who;
      sample.incarnation = life.incarnation;
      sample.cgroup_created = life.born;
      sample.derived.cpu_limit_percent = 200;
      sample.derived.memory_limit = 1000;
      set->containers.push_back(std::move(sample));
    }
    auto frame = std::make_shared<Frame>();
    frame->host = host;
    set->wall = frame->wall = now_.wall;
    set->mono = frame->mono = now_.mono;
    readings_.containers.clear();
    size_t at = 0;
    for (const auto& [id, life] : lives_) {
      if (!life.living) continue;
      Reading reading;
      reading.container = id;
      reading.elapsed_ms = 10'000;
      if (life.cpu) reading.cpu_us = static_cast<uint64_t>(*life.cpu * 100'000);
      if (life.memory) reading.memory_bytes = static_cast<uint64_t>(*life.memory * 10);
      reading.oom_kills = life.oom_kills;
      readings_.containers.push_back({reading, &set->containers[at++]});
    }
    frame->set = std::move(set);
    readings_.frame = std::move(frame);
    return readings_;
  }

  TimePoint now() const { return now_; }
  void JumpWall(std::chrono::nanoseconds time) { now_.wall += time; }
  void NewBoot() { now_.mono = MonoTime(std::chrono::minutes(1)); }

  HostSample host;

 private:
  std::map<uint32_t, Life> lives_;
  std::vector<ContainerEvent> events_;
  ReadingSet readings_;
  TimePoint now_{WallTime(std::chrono::seconds(1'700'000'000)),
                 MonoTime(std::chrono::seconds(1000))};  // as ManualClock
};

// "fired CpuHigh web 95>=90; resolved(stopped) CpuHigh web 95>=90"
inline std::string Words(const std::vector<Transition>& transitions) {
  std::string words;
  for (const Transition& t : transitions) {
    if (!words.empty()) words += "; ";
    words += TransitionKindName(t.kind);
    if (t.reason != ResolveReason::kNone) words += std::string("(") + ResolveReasonName(t.reason) + ")";
    words += " " + t.rule + (t.name.empty() ? "" : " " + t.name);
    char figures[64];
    std::snprintf(figures, sizeof figures, " %g%s%g", t.value, CompareOpText(t.op), t.threshold);
    words += figures;
  }
  return words;
}

// "cpu alert 95/90, memory recovery 10/90"
inline std::string Words(const std::vector<CombinedNotice>& notices) {
  std::string words;
  for (const CombinedNotice& notice : notices) {
    if (!words.empty()) words += ", ";
    char figures[64];
    std::snprintf(figures, sizeof figures, " %g/%g", notice.change.figure.value,
                  notice.change.figure.threshold);
    words += PartName(notice.change.part);
    words += (notice.change.is_alert ? " alert" : " recovery") + std::string(figures);
  }
  return words;
}

}  // namespace plimsoll::alerting
