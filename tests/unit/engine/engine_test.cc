#include "alerting/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "unit/engine/fake_ticks.h"

namespace plimsoll::alerting {
namespace {

using namespace std::chrono_literals;
using enum AlertMetric;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using EventKind = ContainerEvent::Kind;

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
  std::string Put(uint32_t container, const ApiSetting& setting) {
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

const RuleConfig kCpu = MakeRule("CpuHigh", kCpuPercent, 90);
const RuleConfig kMemory = MakeRule("MemoryHigh", kMemoryPercent, 80);

TEST_F(EngineTest, FiresAfterExactlyNSamplesAndRecoversAfterM) {
  Start({MakeRule("CpuHigh", kCpuPercent, 90, 3, 2)});
  ticks.Run(1, "web").cpu = 95;
  EXPECT_EQ(Ticks(4), "||fired CpuHigh web 95>=90|");
  ticks[1].cpu = 10;
  EXPECT_EQ(Ticks(3), "|resolved(recovered) CpuHigh web 10>=90|");
}

TEST_F(EngineTest, ContainersAreJudgedEachForItself) {
  Start({kCpu});
  ticks.Run(1, "web").cpu = 95;
  ticks.Run(2, "db");
  EXPECT_EQ(Ticks(2), "|fired CpuHigh web 95>=90");
  ticks[2].cpu = 99;
  EXPECT_EQ(Ticks(2), "|fired CpuHigh db 99>=90");
}

TEST_F(EngineTest, ARuleIsForThoseThatItMatches) {
  RuleConfig rule = kCpu;
  rule.match.name = "web-*";
  Start({rule});
  ticks.Run(1, "web-1").cpu = 95;
  ticks.Run(2, "db").cpu = 95;
  EXPECT_EQ(Ticks(2), "|fired CpuHigh web-1 95>=90");
}

TEST_F(EngineTest, AMissingSampleNeitherBreachesNorRecovers) {
  Start({kCpu});
  ticks.Run(1, "web").cpu = 95;
  Tick();
  ticks[1].cpu.reset();
  EXPECT_EQ(Ticks(3), "||");
  ticks[1].cpu = 95;
  EXPECT_EQ(Tick(), "fired CpuHigh web 95>=90");
  ticks[1].cpu.reset();
  EXPECT_EQ(Ticks(5), "||||");
}

// Each state is reached by figures of CPU and memory alone; from each to each other.
TEST_F(EngineTest, AllTwelveChangesOfTheCombinedStateTellThePartThatChanged) {
  struct State {
    CombinedState state;
    double cpu, memory;
  };
  const State states[] = {{CombinedState::kNormal, 10, 20},
                          {CombinedState::kCpuAlert, 95, 20},
                          {CombinedState::kMemAlert, 10, 85},
                          {CombinedState::kBothAlert, 95, 85}};
  const std::map<std::pair<int, int>, std::string> expected = {
      {{0, 1}, "cpu alert 95/90"},
      {{0, 2}, "memory alert 85/80"},
      {{0, 3}, "cpu alert 95/90, memory alert 85/80"},
      {{1, 0}, "cpu recovery 10/90"},
      {{1, 2}, "cpu recovery 10/90, memory alert 85/80"},
      {{1, 3}, "memory alert 85/80"},
      {{2, 0}, "memory recovery 20/80"},
      {{2, 1}, "memory recovery 20/80, cpu alert 95/90"},
      {{2, 3}, "cpu alert 95/90"},
      {{3, 0}, "cpu recovery 10/90, memory recovery 20/80"},
      {{3, 1}, "memory recovery 20/80"},
      {{3, 2}, "cpu recovery 10/90"},
  };
  for (const auto& [change, told] : expected) {
    SCOPED_TRACE(std::to_string(change.first) + " to " + std::to_string(change.second));
    Start({kCpu, kMemory});
    ticks = FakeTicks();
    FakeTicks::Life& life = ticks.Run(1, "web");
    const auto go = [&](int to) {
      life.cpu = states[to].cpu;
      life.memory = states[to].memory;
      Tick();
      EXPECT_EQ(combined_, "");  // the first sample only counts
      Tick();
      EXPECT_EQ(engine_->Of(1)->combined, states[to].state);
    };
    go(change.first);
    go(change.second);
    EXPECT_EQ(combined_, told);
  }
}

TEST_F(EngineTest, OfTwoRulesOnOnePartTheLastToEndTellsTheRecovery) {
  Start({MakeRule("CpuWarn", kCpuPercent, 70, 1, 1), MakeRule("CpuCritical", kCpuPercent, 90, 1, 1)});
  ticks.Run(1, "web").cpu = 95;
  Tick();
  EXPECT_THAT(combined_, testing::StartsWith("cpu alert 95/"));
  ticks[1].cpu = 80;
  EXPECT_EQ(Tick(), "resolved(recovered) CpuCritical web 80>=90");
  EXPECT_EQ(combined_, "");
  ticks[1].cpu = 10;
  Tick();
  EXPECT_EQ(combined_, "cpu recovery 10/70");
}

TEST_F(EngineTest, AContainerThatStopsResolvesAfterTheGraceTime) {
  Start({kCpu, kMemory});
  ticks.Run(1, "web").cpu = 95;
  Ticks(2);
  ticks[1].living = false;
  EXPECT_EQ(Ticks(2), "|");
  EXPECT_EQ(Tick(), "resolved(stopped) CpuHigh web 95>=90");
  EXPECT_EQ(combined_, "cpu recovery 95/90");
  EXPECT_THAT(rows_, IsEmpty());
  EXPECT_EQ(engine_->subjects(), 0U) << "nothing is left of it";
}

TEST_F(EngineTest, ACountThatRunsWhenAContainerStopsIsForgottenSilently) {
  Start({kCpu});
  ticks.Run(1, "web").cpu = 95;
  Tick();
  EXPECT_THAT(rows_, SizeIs(1));
  ticks[1].living = false;
  EXPECT_EQ(Ticks(5), "||||");
  EXPECT_THAT(rows_, IsEmpty());
}

TEST_F(EngineTest, ARecreationWithinTheGraceTimeIsNoOutage) {
  RuleConfig absent = MakeRule("Gone", kAbsent, 1, 1, 1);
  absent.match.name = "web";
  Start({kCpu, absent});
  ticks.Run(1, "web").cpu = 95;
  Ticks(2);
  ticks[1].living = false;
  Ticks(2);
  ticks.Run(1, "web", {.id = "another"}).cpu = 95;
  EXPECT_EQ(Ticks(3), "||") << "neither resolved nor fired again";
  ticks[1].cpu = 10;
  EXPECT_EQ(Ticks(2), "|resolved(recovered) CpuHigh web 10>=90");
}

TEST_F(EngineTest, ARestartBetweenTwoTicksLosesNothing) {
  Start({kCpu});
  ticks.Run(1, "web").cpu = 95;
  Tick();
  ticks[1].incarnation = 1;
  ticks[1].cpu.reset();  // no increase is known of the first sample
  EXPECT_EQ(Tick(), "");
  ticks[1].cpu = 95;
  EXPECT_EQ(Tick(), "fired CpuHigh web 95>=90");
}

TEST_F(EngineTest, AnOpenAlertKeepsTheLabelsItFiredWith) {
  Start({kCpu});
  ticks.Run(1, "web", {.image = "nginx:1.25"}).cpu = 95;
  Ticks(2);
  const TextPairs fired = last_.at(0).labels;
  ticks.Run(1, "web", {.id = "another", .image = "nginx:1.26"});
  Ticks(2);
  EXPECT_EQ(last_.at(0).kind, TransitionKind::kResolved);
  EXPECT_EQ(last_.at(0).labels, fired);
  EXPECT_EQ(last_.at(0).image, "nginx:1.26") << "the context is of now";
}

// What a changed configuration does to an open alert.

TEST_F(EngineTest, RulesThatDidNotChangeKeepTheirStates) {
  Start({kCpu, kMemory});
  ticks.Run(1, "web").cpu = 95;
  Tick();
  RuleConfig memory = kMemory;
  memory.threshold = 70;
  EXPECT_EQ(Reconfigure({memory, kCpu}), "");
  EXPECT_EQ(Tick(), "fired CpuHigh web 95>=90");
}

TEST_F(EngineTest, AnEditedRuleCountsAnewAndKeepsItsOpenAlert) {
  Start({kCpu});
  ticks.Run(1, "web").cpu = 95;
  Tick();
  RuleConfig edited = kCpu;
  edited.threshold = 92;
  EXPECT_EQ(Reconfigure({edited}), "");
  EXPECT_EQ(Ticks(2), "|fired CpuHigh web 95>=92");
  edited.threshold = 96;
  EXPECT_EQ(Reconfigure({edited}), "");
  EXPECT_EQ(Ticks(2), "|resolved(recovered) CpuHigh web 95>=96");
}

TEST_F(EngineTest, ARuleThatIsRemovedDisabledOrOfAnotherMetricResolvesItsAlerts) {
  RuleConfig disabled = kCpu;
  disabled.enabled = false;
  RuleConfig other = kCpu;
  other.metric = kCpuPressure;
  RuleConfig unmatched = kCpu;
  unmatched.match.name = "db";
  const std::pair<std::vector<RuleConfig>, std::string> cases[] = {
      {{}, "removed"}, {{disabled}, "disabled"}, {{other}, "changed"}, {{unmatched}, "unmatched"}};
  for (const auto& [rules, reason] : cases) {
    Start({kCpu});
    ticks = FakeTicks();
    ticks.Run(1, "web").cpu = 95;
    Ticks(2);
    EXPECT_EQ(Reconfigure(rules), "resolved(" + reason + ") CpuHigh web 95>=90");
    EXPECT_EQ(combined_, "cpu recovery 95/90");
    EXPECT_THAT(rows_, IsEmpty()) << reason;
    EXPECT_EQ(Ticks(3), "||");
  }
}

TEST_F(EngineTest, APutWhileItFiresIsJudgedWithTheNextSample) {
  Start({kCpu});
  ticks.Run(1, "web").cpu = 95;
  Ticks(2);
  EXPECT_EQ(Put(1, {200, 90, true}), "") << "not resolved by the PUT itself";
  EXPECT_EQ(Ticks(2), "|resolved(recovered) CpuHigh web 95>=200");
  EXPECT_EQ(Put(1, {50, 90, true}), "");
  EXPECT_EQ(Ticks(2), "|fired CpuHigh web 95>=50");
}

TEST_F(EngineTest, DisablingAContainerWhileItFiresResolves) {
  Start({kCpu, kMemory});
  FakeTicks::Life& life = ticks.Run(1, "web");
  life.cpu = 95;
  life.memory = 85;
  ticks.Run(2, "db").cpu = 95;
  Ticks(2);
  EXPECT_EQ(Put(1, {90, 80, false}),
            "resolved(disabled) CpuHigh web 95>=90; resolved(disabled) MemoryHigh web 85>=80");
  EXPECT_EQ(engine_->Of(1)->combined, CombinedState::kNormal);
  EXPECT_EQ(engine_->Of(2)->combined, CombinedState::kCpuAlert);
  EXPECT_EQ(Ticks(2), "|");
}

TEST_F(EngineTest, LabelsOverrideTheRuleAndFaultyOnesAreToldOnce) {
  Start({kCpu});
  ticks
      .Run(1, "web",
           {.labels = {{"plimsoll.alerts.CpuHigh.breaches", "1"},
                       {"plimsoll.alerts.CpuHigh.threshold", "50%"}}})
      .cpu = 91;
  EXPECT_EQ(Tick(), "fired CpuHigh web 91>=90");
  EXPECT_THAT(faults_, ElementsAre("web: plimsoll.alerts.CpuHigh.threshold=50%: must be a number"));
  ticks.Alter(1, [](Container& who) { who.labels.emplace_back("z", "1"); });
  Tick();
  EXPECT_THAT(faults_, IsEmpty());
}

// Events beyond thresholds.

TEST_F(EngineTest, AnOomKillIsOneAlertThoughItsContainerIsGone) {
  Start({MakeRule("OomKill", kOomKills, 1, 1, 1)});
  const auto who = ticks.Run(1, "web").who;
  Tick();
  ticks[1].living = false;
  ticks.Tell(EventKind::kOom, who);
  ticks.Tell(EventKind::kStop, who, 137);
  EXPECT_EQ(Tick(), "fired OomKill web 1>=1");
  EXPECT_EQ(last_.at(0).container, 1U);
  std::string words;
  int ticks_until_end = 0;
  while (words.empty() && ticks_until_end < 1000) words = Tick(), ++ticks_until_end;
  EXPECT_EQ(words, "resolved(recovered) OomKill web 0>=1");
  EXPECT_EQ(ticks_until_end, 60) << "after the window of ten minutes";
  EXPECT_EQ(engine_->subjects(), 0U);
}

TEST_F(EngineTest, AnOomKillOfOneThatLivedForLessThanATickIsToldByName) {
  Start({MakeRule("OomKill", kOomKills, 1, 1, 1)});
  auto who = std::make_shared<Container>();
  who->name = "job";
  who->id = "abc";
  ticks.Tell(EventKind::kStart, who);
  ticks.Tell(EventKind::kOom, who, {}, 2);
  ticks.Tell(EventKind::kStop, who, 137);
  EXPECT_EQ(Tick(), "fired OomKill job 2>=1");
  EXPECT_EQ(last_.at(0).container, 0U);
  EXPECT_THAT(Labels(), Contains(Pair("name", "job")));
  EXPECT_THAT(Labels(), testing::Not(Contains(testing::Key("container_id"))));
  ticks.Run(7, "job");
  EXPECT_EQ(Tick(), "") << "it has an identity now; its alert goes on";
  EXPECT_EQ(engine_->Alerts().at(0).container, 7U);
  Ticks(62);
  EXPECT_THAT(engine_->Alerts(), IsEmpty());
  EXPECT_EQ(rows_.count({"OomKill", 0, "job"}), 0U);
}

TEST_F(EngineTest, AKillThatReadingAndEventBothTellIsOneKill) {
  Start({MakeRule("OomKill", kOomKills, 2, 1, 1)});
  ticks.Run(1, "web").oom_kills = 1;
  ticks.Tell(EventKind::kOom, ticks[1].who);
  EXPECT_EQ(Tick(), "");
  EXPECT_EQ(Tick(), "fired OomKill web 2>=2");
}

TEST_F(EngineTest, ARestartLoopIsNRestartsWithinTheWindow) {
  Start({MakeRule("Loop", kRestarts, 3, 1, 1)});
  const auto who = ticks.Run(1, "web").who;
  ticks.Tell(EventKind::kStart, who);
  EXPECT_EQ(Tick(), "") << "the first start is no restart";
  for (int i = 0; i < 2; ++i) {
    ticks.Tell(EventKind::kStop, who, 1);
    ticks.Tell(EventKind::kStart, who);
    EXPECT_EQ(Tick(), "");
  }
  ticks.Tell(EventKind::kStart, who);
  EXPECT_EQ(Tick(), "fired Loop web 3>=3");
}

TEST_F(EngineTest, RestartsAreSeenWithoutEventsToo) {
  Start({MakeRule("Loop", kRestarts, 3, 1, 1)});
  ticks.Run(1, "web");
  ticks.Alter(1, [](Container& who) { who.restart_count = 4; });
  EXPECT_EQ(Tick(), "") << "from before this program began";
  ticks.Alter(1, [](Container& who) { who.restart_count = 6; });
  EXPECT_EQ(Tick(), "");
  ticks[1].incarnation = 1;
  EXPECT_EQ(Tick(), "fired Loop web 3>=3");
}

TEST_F(EngineTest, AnExitCodeIsJudgedForTheWindow) {
  RuleConfig rule = MakeRule("Crash", kExitCode, 0, 1, 1);
  rule.op = CompareOp::kGreater;
  rule.window = 1min;
  Start({rule});
  const auto who = ticks.Run(1, "web").who;
  Tick();
  ticks[1].living = false;
  ticks.Tell(EventKind::kStop, who, 0);
  EXPECT_EQ(Tick(), "") << "a good end";
  ticks.Tell(EventKind::kStop, who, 3);
  EXPECT_EQ(Tick(), "fired Crash web 3>0");
  EXPECT_EQ(Ticks(6), "|||||resolved(recovered) Crash web 0>0");
}

TEST_F(EngineTest, UnhealthyIsAlertedAndEnds) {
  Start({MakeRule("Unhealthy", kUnhealthy, 1)});
  ticks.Run(1, "web", {.health = ContainerHealth::kUnhealthy});
  EXPECT_EQ(Ticks(2), "|fired Unhealthy web 1>=1");
  ticks.Alter(1, [](Container& who) { who.health = ContainerHealth::kHealthy; });
  EXPECT_EQ(Ticks(2), "|resolved(recovered) Unhealthy web 0>=1");
}

TEST_F(EngineTest, ANameThatShouldRunAndDoesNotIsAbsent) {
  RuleConfig rule = MakeRule("DbGone", kAbsent, 1, 1, 1);
  rule.match.name = "db";
  Start({rule});
  ticks.Run(1, "web");
  EXPECT_EQ(Ticks(2), "|") << "within the grace time after the start";
  EXPECT_EQ(Tick(), "fired DbGone 1>=1");
  EXPECT_THAT(Labels(), Contains(Pair("name", "db")));
  auto who = std::make_shared<Container>();
  who->name = "db";
  ticks.Tell(EventKind::kStart, who);
  ticks.Tell(EventKind::kStop, who, 1);
  EXPECT_EQ(Tick(), "") << "it died between two ticks and is still absent";
  ticks.Run(2, "db");
  EXPECT_EQ(Tick(), "resolved(recovered) DbGone 0>=1");
  ticks[2].living = false;
  EXPECT_EQ(Ticks(4), "||fired DbGone 1>=1|");
}

TEST_F(EngineTest, OneOfManyIsEnoughNotToBeAbsent) {
  RuleConfig rule = MakeRule("WebGone", kAbsent, 1, 1, 1);
  rule.match.name = "web-*";
  Start({rule});
  ticks.Run(1, "web-1");
  ticks.Run(2, "web-2");
  Ticks(2);
  ticks[1].living = false;
  EXPECT_EQ(Ticks(6), "|||||");
  ticks.Alter(2, [](Container& who) { who.name = "renamed"; });
  EXPECT_EQ(Ticks(4), "||fired WebGone 1>=1|");
}

TEST_F(EngineTest, TheHostIsJudgedToo) {
  Start({MakeRule("HostCpu", kHostCpuPercent, 90), MakeRule("HostMemory", kHostMemoryPercent, 90)});
  ticks.host.cpu_percent = 99;
  EXPECT_EQ(Ticks(2), "|fired HostCpu 99>=90");
  EXPECT_THAT(Labels(), ElementsAre(Pair("alertname", "HostCpu"), Pair("instance", "host.example"),
                                    Pair("severity", "warning")));
  ticks.host.cpu_percent.reset();
  EXPECT_EQ(Ticks(3), "||");
  EXPECT_EQ(Reconfigure({}), "resolved(removed) HostCpu 99>=90");
}

TEST_F(EngineTest, NobodyScrapingIsAnAlertUntilSomebodyDoes) {
  EngineConfig config = MakeConfig({});
  config.alerting.scrape_watch = {1min, "critical", std::vector<std::string>{"ops"}};
  Start(config);
  EXPECT_EQ(Ticks(6), "|||||fired PlimsollNotScraped 60>=60");
  EXPECT_THAT(Labels(), Contains(Pair("severity", "critical")));
  EXPECT_THAT(last_.at(0).receivers, ElementsAre("ops"));
  Restart();
  EXPECT_EQ(Ticks(3), "||") << "a start is no scrape";
  engine_->NoteScrape(ticks.now().mono);
  EXPECT_EQ(Tick(), "resolved(recovered) PlimsollNotScraped 10>=60");
  for (int i = 0; i < 20; ++i) {
    engine_->NoteScrape(ticks.now().mono);
    EXPECT_EQ(Tick(), "");
  }
}

TEST_F(EngineTest, TheScrapeWatchIsOffUnlessItHasATime) {
  Start(MakeConfig({}));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Tick(), "");
}

// What a notification needs.

TEST_F(EngineTest, ReceiversThatWereToldOfAnAlertAreToldOfItsEnd) {
  RuleConfig rule = kCpu;
  rule.repeat_interval = 10s;
  rule.receivers = {{"a", "b"}};
  Start({rule});
  ticks.Run(1, "web").cpu = 95;
  Ticks(2);
  rule.receivers = {{"b", "c"}};
  Reconfigure({rule});
  Restart();
  EXPECT_EQ(Tick(), "repeated CpuHigh web 95>=90");
  EXPECT_THAT(last_.at(0).receivers, ElementsAre("b", "c"));
  Restart();
  ticks[1].cpu = 10;
  EXPECT_EQ(Ticks(2), "|resolved(recovered) CpuHigh web 10>=90");
  EXPECT_THAT(last_.at(0).receivers, ElementsAre("a", "b", "c"));
  ticks[1].cpu = 95;
  Ticks(2);
  ticks[1].cpu = 10;
  EXPECT_EQ(Ticks(2), "|resolved(recovered) CpuHigh web 10>=90");
  EXPECT_THAT(last_.at(0).receivers, ElementsAre("b", "c")) << "of another alert they know nothing";
}

TEST_F(EngineTest, ATransitionCarriesEverythingThatANotificationNeeds) {
  RuleConfig rule = kMemory;
  rule.labels = {{"team", "shop"}};
  rule.annotations = {{"summary", "{{name}}"}};
  rule.receivers = {{"ops", "night"}};
  rule.severity = "critical";
  Start({rule});
  Container who;
  who.id = "abc";
  who.image = "nginx:1.25";
  who.labels = {{"com.docker.compose.project", "shop"}, {"secret", "x"}};
  who.kube_namespace = "prod";
  who.kube_pod = "web-0";
  who.kube_container = "nginx";
  ticks.Run(1, "web", who).memory = 85;
  ticks.Run(2, "a").memory = 50;
  ticks.Run(3, "b").memory = 60;
  ticks.Run(4, "c").memory = 40;
  ticks.Run(5, "d").memory.reset();
  Tick();
  const WallTime since = ticks.now().wall;
  Tick();
  ASSERT_THAT(last_, SizeIs(1));
  const Transition& told = last_[0];
  EXPECT_THAT(
      told.labels,
      ElementsAre(Pair("alertname", "MemoryHigh"), Pair("container", "nginx"), Pair("container_id", "1"),
                  Pair("container_label_com_docker_compose_project", "shop"), Pair("image", "nginx:1.25"),
                  Pair("instance", "host.example"), Pair("name", "web"), Pair("namespace", "prod"),
                  Pair("pod", "web-0"), Pair("severity", "critical"), Pair("team", "shop")));
  EXPECT_EQ(told.annotations, rule.annotations);
  EXPECT_THAT(told.receivers, ElementsAre("ops", "night"));
  EXPECT_EQ(told.since, since);
  EXPECT_EQ(told.fired_at, ticks.now().wall);
  EXPECT_EQ(told.lasted, 10s);
  EXPECT_EQ(told.limit, 1000);
  EXPECT_EQ(told.image, "nginx:1.25");
  EXPECT_EQ(told.runtime_id, "abc");
  EXPECT_EQ(told.compose_project, "shop");
  EXPECT_EQ(told.consumed, kMemoryUsedBytes);
  std::string top;
  for (const Consumer& c : told.top_consumers)
    top += c.name + "=" + std::to_string(static_cast<int>(c.value)) + " ";
  EXPECT_EQ(top, "web=850 b=600 a=500 ");
}

TEST_F(EngineTest, LabelsThatAreNotUtf8AreMadeSo) {
  EngineConfig config = MakeConfig({kCpu});
  config.container_labels = {"*"};
  Start(config);
  ticks.Run(1, "web", {.labels = {{"a.b", "x\xff"}, {"a-b", "second"}}}).cpu = 95;
  Ticks(2);
  EXPECT_THAT(Labels(), Contains(Pair("container_label_a_b", "x\xef\xbf\xbd"))) << "of two the first";
}

TEST_F(EngineTest, AnIdIsTheSameForTheSameTransitionAndForNoOther) {
  RuleConfig rule = kCpu;
  rule.repeat_interval = 10s;
  const auto ids = [&] {
    Start({rule});
    ticks = FakeTicks();
    ticks.Run(1, "web").cpu = 95;
    ticks.Run(2, "db").cpu = 95;
    std::vector<std::string> all;
    for (int i = 0; i < 6; ++i) {
      if (i == 4) ticks[1].cpu = 10;
      Tick();
      for (const Transition& told : last_) all.push_back(told.id);
    }
    return all;
  };
  const std::vector<std::string> first = ids(), second = ids();
  EXPECT_EQ(first, second);
  EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), first.size());
  EXPECT_EQ(first.size(), 2U + 2 + 2 + 1 + 2) << "fired, three repeats of db, two and the end of web";
}

// Across a restart of the program.

TEST_F(EngineTest, NothingFiresTwiceAndNoRecoveryIsLostAcrossARestart) {
  Start({MakeRule("CpuHigh", kCpuPercent, 90, 3, 2)});
  ticks.Run(1, "web").cpu = 95;
  Ticks(2);
  Restart();
  EXPECT_EQ(Tick(), "fired CpuHigh web 95>=90") << "the count goes on";
  const std::string alert = last_.at(0).alert;
  const TextPairs labels = last_.at(0).labels;
  Restart();
  ticks.NewBoot();
  EXPECT_EQ(Ticks(2), "|");
  EXPECT_EQ(combined_, "") << "the combined state was told before";
  EXPECT_EQ(engine_->Of(1)->combined, CombinedState::kCpuAlert);
  ticks[1].cpu = 10;
  Tick();
  Restart();
  EXPECT_EQ(Tick(), "resolved(recovered) CpuHigh web 10>=90");
  EXPECT_EQ(combined_, "cpu recovery 10/90");
  EXPECT_EQ(last_.at(0).alert, alert);
  EXPECT_EQ(last_.at(0).labels, labels);
}

TEST_F(EngineTest, AContainerThatDoesNotComeBackAfterARestartResolvesAsStopped) {
  Start({kCpu});
  ticks.Run(1, "web").cpu = 95;
  Ticks(2);
  Restart();
  ticks[1].living = false;
  EXPECT_EQ(Ticks(3), "||resolved(stopped) CpuHigh web 95>=90");
  EXPECT_THAT(rows_, IsEmpty());
}

TEST_F(EngineTest, ARuleThatIsGoneAfterARestartResolves) {
  Start({kCpu, MakeRule("HostCpu", kHostCpuPercent, 90)});
  ticks.Run(1, "web").cpu = 95;
  ticks.host.cpu_percent = 99;
  Ticks(2);
  config_.alerting.rules.clear();
  Restart();
  EXPECT_EQ(Tick(), "resolved(removed) CpuHigh web 95>=0; resolved(removed) HostCpu 99>=0");
  EXPECT_THAT(rows_, IsEmpty());
}

TEST_F(EngineTest, AnEventAlertOutlivesARestartUntilItsWindowIsWhole) {
  Start({MakeRule("OomKill", kOomKills, 1, 1, 1)});
  ticks.Run(1, "web").oom_kills = 1;
  Tick();
  ticks[1].oom_kills = 0;
  Restart();
  for (int i = 0; i < 59; ++i) ASSERT_EQ(Tick(), "") << i;
  EXPECT_EQ(Tick(), "resolved(recovered) OomKill web 0>=1");
}

TEST_F(EngineTest, SettingsOfTheApiThatAreGivenAfterARestartDoNotResetCounts) {
  Start({kCpu});
  Put(1, {50, 90, true});
  ticks.Run(1, "web").cpu = 60;
  Tick();
  Restart();
  Put(1, {50, 90, true});
  EXPECT_EQ(Tick(), "fired CpuHigh web 60>=50");
}

// One that is killed after every tick tells what one that never was tells.
TEST_F(EngineTest, ARestartAfterEveryTickChangesNothingThatIsTold) {
  RuleConfig memory = MakeRule("MemoryHigh", kMemoryPercent, 80, 3, 2);
  memory.recover_threshold = 60;
  memory.repeat_interval = 40s;
  int told = 0;
  for (unsigned seed = 0; seed < 50; ++seed) {
    const auto run = [&](bool restarts) {
      std::mt19937 random(seed);
      ticks = FakeTicks();
      Start({kCpu, memory, MakeRule("HostCpu", kHostCpuPercent, 50, 2, 2)});
      for (uint32_t id = 1; id <= 3; ++id)
        ticks.Run(id, "web-" + std::to_string(id), {.labels = {{"plimsoll.alerts.cpuhigh.threshold", "70"}}});
      const auto sample = [&]() -> std::optional<double> {
        const unsigned percent = random() % 110;
        return percent < 100 ? std::optional<double>(percent) : std::nullopt;
      };
      std::string all;
      for (int i = 0; i < 60; ++i) {
        for (uint32_t id = 1; id <= 3; ++id) {
          // Levels that last, so that all phases occur.
          if (random() % 3 == 0) ticks[id].cpu = sample();
          if (random() % 5 == 0) ticks[id].memory = sample();
        }
        if (random() % 2 == 0) ticks.host.cpu_percent = sample();
        Tick();
        std::vector<std::string> lines;
        for (const Transition& t : last_) {
          lines.push_back(Words({t}) + " " + t.id + " " + std::to_string(t.lasted.count()));
          ++told;
        }
        std::sort(lines.begin(), lines.end());  // of one tick, in any order
        for (const std::string& line : lines) all += std::to_string(i) + " " + line + "\n";
        if (restarts) Restart();
      }
      return all;
    };
    ASSERT_EQ(run(false), run(true)) << seed;
  }
  EXPECT_GT(told, 1000);
}

TEST_F(EngineTest, RowsAreWrittenOnlyWhenAStateChanges) {
  Start({kCpu});
  ticks.Run(1, "web");
  Tick();
  EXPECT_EQ(rows_written_, 0U);
  ticks[1].cpu = 95;
  Tick();
  EXPECT_EQ(rows_written_, 1U) << "pending";
  Tick();
  EXPECT_EQ(rows_written_, 1U) << "fired";
  for (const double cpu : {96, 97, 98}) {
    ticks[1].cpu = cpu;
    Tick();
    EXPECT_EQ(rows_written_, 0U);
  }
}

// Clocks.

TEST_F(EngineTest, AClockThatJumpsChangesNeitherCountsNorGraceNorLength) {
  Start({kCpu});
  ticks.Run(1, "web").cpu = 95;
  Tick();
  ticks.JumpWall(-24h);
  EXPECT_EQ(Tick(), "fired CpuHigh web 95>=90");
  EXPECT_EQ(last_.at(0).lasted, 10s);
  ticks.JumpWall(72h);
  ticks[1].living = false;
  EXPECT_EQ(Ticks(3), "||resolved(stopped) CpuHigh web 95>=90");
  EXPECT_EQ(last_.at(0).lasted, 40s);
}

TEST_F(EngineTest, ViewsShowHowAlertsStand) {
  Start({MakeRule("CpuHigh", kCpuPercent, 90, 3, 2), kMemory});
  ticks.Run(1, "web").cpu = 95;
  ticks[1].memory = 85;
  Ticks(2);
  ASSERT_THAT(engine_->Alerts(), SizeIs(2));
  const AlertView pending = engine_->Alerts().at(0);
  EXPECT_EQ(pending.phase, Phase::kPending);
  EXPECT_EQ(pending.count, 2U);
  EXPECT_EQ(pending.of, 3U);
  EXPECT_EQ(engine_->Alerts().at(1).phase, Phase::kFiring);
  const ContainerAlerts alerts = engine_->Of(1).value();
  EXPECT_EQ(alerts.combined, CombinedState::kMemAlert);
  EXPECT_EQ(alerts.cpu_breaches, 2U);
  EXPECT_EQ(alerts.memory_breaches, 2U);
  EXPECT_EQ(alerts.last_alerted, ticks.now().wall);
  EXPECT_FALSE(engine_->Of(9));
}

}  // namespace
}  // namespace plimsoll::alerting
