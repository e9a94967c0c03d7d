// One rule on one container, tick by tick.

#include <gmock/gmock.h>

#include "unit/engine/engine_fixture.h"

namespace plimsoll::alerting {
namespace {

using namespace std::chrono_literals;
using enum AlertMetric;
using testing::IsEmpty;
using testing::SizeIs;

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
  EXPECT_EQ(pending.op, CompareOp::kGreaterEqual);
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

TEST_F(EngineTest, ALoadEventIsOfALoadLineAndHasItsUnit) {
  RuleConfig idle = MakeRule("Idle", AlertMetric::kCpuPercent, 5, 1, 1);
  idle.op = CompareOp::kLess;
  Start({idle, MakeRule("Large", AlertMetric::kMemoryUsedBytes, 500, 1, 1)});
  ticks.Run(1, "web").memory = 60;
  const ReadingSet& set = ticks.Next();
  const Outcome& outcome = engine_->Step(set, ticks.now());
  EXPECT_EQ(Words(outcome.transitions), "fired Idle web 1<5; fired Large web 600>=500");
  EXPECT_EQ(Words(outcome.combined), "memory alert 600/500") << "too little is no load";
  ASSERT_EQ(outcome.combined.size(), 1U);
  EXPECT_EQ(outcome.combined[0].change.figure.metric, AlertMetric::kMemoryUsedBytes);
  EXPECT_EQ(engine_->Of(1)->combined, CombinedState::kMemAlert);
}

}  // namespace
}  // namespace plimsoll::alerting
