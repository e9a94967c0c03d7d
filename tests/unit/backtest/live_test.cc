// Backtest = live: what an engine did beside the store while histories were
// recorded is what a replay of the file does.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "alerting/backtest/backtest.h"
#include "alerting/sidecar/alert_tables.h"
#include "rollup/replay.h"
#include "unit/rollup/rig.h"

namespace plimsoll::alerting {
namespace {

using namespace std::chrono_literals;

constexpr int kHistories = 100, kContainers = 10, kTicks = 100;
constexpr uint32_t kCores = 4;
constexpr uint64_t kHostMemory = 1'000'000 * 4096ULL;

RuleConfig RuleOf(const std::string& name, AlertMetric metric, CompareOp op, double threshold,
                  uint32_t breaches, uint32_t recoveries) {
  RuleConfig rule;
  rule.name = name;
  rule.metric = metric;
  rule.op = op;
  rule.threshold = threshold;
  rule.breaches = breaches;
  rule.recoveries = recoveries;
  rule.match.host = IsHostMetric(metric);
  return rule;
}

EngineConfig Config() {
  using enum CompareOp;
  EngineConfig config;
  config.instance = "host.example";
  config.container_labels = {"tier"};
  config.alerting.recreate_grace = 30s;  // of ticks every 10 s: always at an edge
  config.alerting.defaults.repeat_interval = 60s;
  std::vector<RuleConfig>& rules = config.alerting.rules;
  rules = {
      RuleOf("CpuHigh", AlertMetric::kCpuPercent, kGreaterEqual, 90, 3, 2),
      RuleOf("CpuOfLimit", AlertMetric::kCpuOfLimitPercent, kGreater, 50, 1, 1),
      RuleOf("CpuLow", AlertMetric::kCpuPercent, kLess, 5, 4, 2),
      RuleOf("MemoryHigh", AlertMetric::kMemoryPercent, kGreaterEqual, 75, 2, 3),
      RuleOf("MemoryLow", AlertMetric::kMemoryUsedBytes, kLessEqual, 4096.0 * 100, 2, 2),
      RuleOf("Receives", AlertMetric::kNetworkReceive, kGreaterEqual, 1e6, 2, 1),
      RuleOf("Throttled", AlertMetric::kThrottledPercent, kGreaterEqual, 25, 2, 2),
      RuleOf("Pressed", AlertMetric::kCpuPressure, kGreaterEqual, 12.34, 2, 2),
      RuleOf("OomKill", AlertMetric::kOomKills, kGreaterEqual, 2, 1, 1),
      RuleOf("WebAbsent", AlertMetric::kAbsent, kGreaterEqual, 1, 2, 2),
      RuleOf("HostCpu", AlertMetric::kHostCpuPercent, kGreaterEqual, 66.67, 2, 2),
      RuleOf("HostMemory", AlertMetric::kHostMemoryPercent, kGreater, 50, 3, 1),
  };
  rules[0].recover_threshold = 70;
  rules[8].window = 1min;
  rules[9].match.name = "c1";
  return config;
}

std::string Ms(WallTime time) { return std::to_string(ToMs(time)); }

// All that people are told of a transition.
std::string Words(const Transition& t) {
  char figures[120];
  std::snprintf(figures, sizeof figures, "%.17g %.17g limit %.17g", t.value, t.threshold,
                t.limit.value_or(-1));
  std::string text = Ms(t.at) + " " + TransitionKindName(t.kind) + " " + ResolveReasonName(t.reason) + " " +
                     t.rule + " " + std::to_string(t.container) + " " + t.name + " " + t.image + " " +
                     t.runtime_id + " " + figures + " since " + Ms(t.since) + " fired " + Ms(t.fired_at) +
                     " lasted " + std::to_string(t.lasted.count()) + " repeats " + std::to_string(t.repeats) +
                     " " + t.id + " " + t.severity;
  for (const auto& [name, value] : t.labels) text += " " + name + "=" + value;
  for (const Consumer& one : t.top_consumers) {
    std::snprintf(figures, sizeof figures, " %s:%.17g", one.name.c_str(), one.value);
    text += figures;
  }
  return text;
}

// What one tick told. Which container comes first is not promised, the order of each one's own is.
void Tell(const Outcome& outcome, std::vector<std::string>& told) {
  std::vector<const Transition*> transitions;
  for (const Transition& one : outcome.transitions) transitions.push_back(&one);
  std::stable_sort(transitions.begin(), transitions.end(),
                   [](const Transition* a, const Transition* b) { return a->container < b->container; });
  for (const Transition* const one : transitions) told.push_back(Words(*one));
}

// The live engine beside the store; its states survive in the store's file.
class Live final : public Companion {
 public:
  void Step(const ReadingSet& set) override {
    if (!engine_) engine_.emplace(Config(), stored_, TimeOf(set));
    const Outcome& outcome = engine_->Step(set, TimeOf(set));
    Tell(outcome, told_);
    changed_ = outcome.changed;
  }
  void Write(Database& database) override { WriteStates(database, changed_); }
  void Ended(bool written) override { EXPECT_TRUE(written); }

  void Restart(Database& database) {
    engine_.reset();
    stored_ = LoadAlerts(database).states;
  }
  const std::vector<std::string>& told() const { return told_; }

 private:
  std::optional<Engine> engine_;
  std::vector<StoredState> stored_, changed_;
  std::vector<std::string> told_;
};

// A host on which everything happens, and the store that records it.
class Scene {
 public:
  Scene(const std::string& path, uint64_t seed)
      : rig_(rollup::At(path), clock_), frames_(clock_), random_(seed) {
    frames_.host.cpu_count = kCores;
    frames_.host.memory_total = kHostMemory;
    EXPECT_TRUE(rig_.recorder->Open());
    rig_.recorder->Attach(live_);
    for (int i = 0; i < kContainers; ++i) lives_.push_back({"c" + std::to_string(i)});
  }

  void Run() {
    for (int tick = 0; tick < kTicks; ++tick) {
      if (OneIn(60)) Restart();
      // Beats come a little late, now and then one is missed.
      clock_.Pass(10s + std::chrono::nanoseconds(Below(9'000'000)) + (OneIn(40) ? 70s : 0s));
      if (OneIn(100)) clock_.JumpWall(15min);
      for (Life& life : lives_) LiveOn(life);
      Beat();
      is_first_ = false;
    }
    rig_.recorder->Close();
  }
  const std::vector<std::string>& told() const { return live_.told(); }

 private:
  struct Life {
    std::string name;
    ContainerSample* sample = nullptr;
    double cpu = 20;
    uint64_t pages = 200;
  };

  uint64_t Below(uint64_t n) { return std::uniform_int_distribution<uint64_t>(0, n - 1)(random_); }
  bool OneIn(uint64_t n) { return Below(n) == 0; }

  void Restart() {
    rig_.Restart();
    live_.Restart(rig_.database());
    rig_.recorder->Attach(live_);
    frames_.NewCollector();
    clock_.Pass(std::chrono::seconds(Below(120)));
    is_first_ = true;
  }

  void LiveOn(Life& life) {
    const bool is_born = life.sample == nullptr;
    if (is_born) {
      if (!OneIn(6)) return;
      life.sample = &frames_.Run(life.name, OneIn(2) ? "img:1" : "img:2");
      life.sample->net.push_back(NetOf("eth0", 0, 0));
      life.sample->cgroup_created -= 6s;  // what it uses till the beat took some time
    }
    Use(life);
    // What ended or was killed before a collector's first look, it never tells of.
    if (is_first_) return;
    // Of one that came and went within a tick history knows the name and number, not the image.
    if (OneIn(12) && !is_born) Kill(life);
    if (OneIn(40)) {
      frames_.Stop(*life.sample);
      life.sample = nullptr;
    } else if (OneIn(40)) {
      frames_.Restart(*life.sample);
      life.sample->net.push_back(NetOf("eth0", 0, 0));
    } else {
      Alter(life);
    }
  }

  void Use(Life& life) {
    ContainerSample& s = *life.sample;
    // Often right at a threshold: 10 s of 90 % are 9,000,000 us, and beats are not quite 10 s.
    if (OneIn(3)) life.cpu = static_cast<double>(std::array{0, 2, 30, 85, 90, 95, 150, 210}[Below(8)]);
    if (OneIn(3)) life.pages = std::array{50, 99, 100, 101, 700, 750, 751, 900}[Below(8)];
    s.cpu.usage_ns = s.cpu.usage_ns.value_or(0) + static_cast<uint64_t>(life.cpu * 1e8) + Below(5'000'000);
    if (OneIn(50)) s.cpu.usage_ns = Below(1'000'000'000);  // began anew
    s.memory.usage = life.pages * 4096 + 4096 * 7;
    s.memory.inactive_file = 4096 * 7;
    if (OneIn(20)) s.memory.usage.reset();
    s.cpu.periods = *s.cpu.periods + 100;
    s.cpu.throttled_periods = *s.cpu.throttled_periods + std::array{0, 10, 25, 60}[Below(4)];
    s.net_known = !OneIn(15);
    s.net[0].rx_bytes += Below(3) == 0 ? 30'000'000 : 1000;
    s.cpu_pressure.some_avg10 = OneIn(3) ? 12.34 : static_cast<double>(Below(3000)) / 107;
    s.pids.threads = 1 + Below(20);
  }

  void Kill(Life& life) {
    const uint64_t kills = 1 + Below(2);
    life.sample->memory.oom_kills = life.sample->memory.oom_kills.value_or(0) + kills;
    events_.push_back({ContainerEvent::Kind::kOom, life.sample->who, clock_.Wall(), std::nullopt, kills});
  }

  // Another image or label, or another limit, on the same container.
  void Alter(Life& life) {
    if (OneIn(30))
      frames_.Rename(*life.sample, [&](Container& who) { who.image = OneIn(2) ? "img:3" : "img:4"; });
    if (OneIn(30))
      frames_.Rename(*life.sample, [&](Container& who) {
        who.labels = {{"plimsoll.alerts.CpuHigh.threshold", OneIn(2) ? "80" : "140"}, {"tier", "web"}};
        if (OneIn(3)) who.labels = {{"plimsoll.alerts.MemoryHigh.enabled", "false"}};
      });
    DerivedSample& derived = life.sample->derived;
    if (OneIn(30)) derived.memory_limited = !derived.memory_limited;
    if (OneIn(30)) derived.cpu_limited = !derived.cpu_limited;
  }

  void Beat() {
    for (Life& life : lives_) {
      if (life.sample == nullptr) continue;
      DerivedSample& derived = life.sample->derived;
      derived.memory_limit = derived.memory_limited ? 1000 * 4096 : kHostMemory;
      derived.cpu_limit_percent = derived.cpu_limited ? 150.5 : kCores * 100.0;
    }
    frames_.host.cpu_percent = 66.67 + (static_cast<double>(Below(1000)) - 500) / 30'000;
    if (OneIn(30)) frames_.host.cpu_percent.reset();
    frames_.host.memory_used = kHostMemory / 100 * (45 + Below(10));
    const FramePtr seen = frames_.Beat();
    auto set = std::make_shared<ContainerSet>(*seen->set);
    set->events = std::move(events_);
    events_.clear();
    auto frame = std::make_shared<Frame>(*seen);
    frame->set = std::move(set);
    ASSERT_TRUE(rig_.Record(frame).written);
  }

  ManualClock clock_;
  rollup::Rig rig_;
  Live live_;
  FrameMaker frames_;
  std::mt19937_64 random_;
  std::vector<Life> lives_;
  std::vector<ContainerEvent> events_;
  bool is_first_ = true;  // tick of this run
};

std::vector<std::string> Replayed(const std::string& path) {
  std::vector<std::string> told;
  auto replay = rollup::Replay::Open({path, WallTime(), kCores});
  EXPECT_TRUE(replay) << replay.error().message;
  BacktestOrder order;
  order.config = Config();
  Backtest backtest(order);
  for (;;) {
    const auto tick = (*replay)->Next();
    EXPECT_TRUE(tick) << tick.error().message;
    if (*tick == nullptr) return told;
    Tell(backtest.Step((*tick)->set, (*tick)->begins_run), told);
  }
}

TEST(BacktestIsLive, AThousandRandomSeriesMakeTheSameTransitions) {
  std::map<std::string, size_t> kinds;
  for (uint64_t seed = 1; seed <= kHistories; ++seed) {
    const TempFolder folder;
    Scene scene(folder / "plimsoll.db", seed);
    scene.Run();
    const std::vector<std::string> replayed = Replayed(folder / "plimsoll.db");
    for (size_t i = 0; i < std::max(replayed.size(), scene.told().size()); ++i)
      ASSERT_EQ(i < replayed.size() ? replayed[i] : "", i < scene.told().size() ? scene.told()[i] : "")
          << "transition " << i << " of history " << seed;
    for (const std::string& told : scene.told()) {
      const size_t kind = told.find(' ') + 1;
      ++kinds[told.substr(kind, told.find(' ', told.find(' ', told.find(' ', kind) + 1) + 1) - kind)];
    }
  }
  // Every rule fired, was repeated and recovered, and containers took alerts with them.
  for (const RuleConfig& rule : Config().alerting.rules) {
    EXPECT_GT(kinds["fired  " + rule.name], 20u) << rule.name;
    EXPECT_GT(kinds["resolved recovered " + rule.name], 20u) << rule.name;
  }
  EXPECT_GT(kinds["repeated  CpuHigh"], 20u);
  EXPECT_GT(kinds["resolved stopped CpuHigh"], 20u);
  EXPECT_GT(kinds["resolved disabled MemoryHigh"], 5u);
}

}  // namespace
}  // namespace plimsoll::alerting
