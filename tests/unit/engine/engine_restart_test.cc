// Across a restart of the program.

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "unit/engine/engine_fixture.h"

namespace plimsoll::alerting {
namespace {

using namespace std::chrono_literals;
using enum AlertMetric;
using testing::IsEmpty;

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

// The file says what the API was told before the container is seen.
TEST_F(EngineTest, ARuleThatALabelSwitchesOnIsNotTakenForSwitchedOffAfterARestart) {
  RuleConfig rule = kCpu;
  rule.enabled = false;
  Start({rule});
  ticks.Run(1, "web", {.labels = {{"plimsoll.alerts.cpuhigh.enabled", "true"}}}).cpu = 95;
  EXPECT_EQ(Ticks(2), "|fired CpuHigh web 95>=90");
  Restart();
  EXPECT_EQ(Put(1, {90, 90, true}), "");
  EXPECT_EQ(Reconfigure({rule}), "");
  EXPECT_EQ(Ticks(2), "|");
  ticks[1].cpu = 10;
  EXPECT_EQ(Ticks(2), "|resolved(recovered) CpuHigh web 10>=90");
}

TEST_F(EngineTest, ARuleThatIsSwitchedOffIsSoOnceTheContainerIsSeenAgain) {
  Start({kCpu});
  ticks.Run(1, "web").cpu = 95;
  Ticks(2);
  Restart();
  RuleConfig rule = kCpu;
  rule.enabled = false;
  EXPECT_EQ(Reconfigure({rule}), "");
  EXPECT_EQ(Tick(), "resolved(disabled) CpuHigh web 95>=90");
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

}  // namespace
}  // namespace plimsoll::alerting
