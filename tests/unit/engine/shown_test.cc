#include "alerting/engine/shown.h"

#include <gtest/gtest.h>

#include <random>

#include "unit/engine/fake_ticks.h"

namespace plimsoll::alerting {
namespace {

Reading Sleeping(uint64_t elapsed_ms) {
  Reading reading;
  reading.container = 1;
  reading.elapsed_ms = elapsed_ms;
  reading.cpu_us = 0;
  reading.memory_bytes = 1000;
  return reading;
}

TEST(ShownTest, OfWhatStandsStillItDoesNotMatterForHowLong) {
  const ContainerSample sample;
  EXPECT_EQ(ShownBy(Sleeping(999), sample), ShownBy(Sleeping(1002), sample));
  EXPECT_NE(ShownBy(Sleeping(0), sample), ShownBy(Sleeping(1), sample)) << "no time, no rate";
  Reading first = Sleeping(1);
  first.elapsed_ms.reset();
  EXPECT_NE(ShownBy(first, sample), ShownBy(Sleeping(1), sample));
}

TEST(ShownTest, TheSameWorkInLongerTimeIsLess) {
  const ContainerSample sample;
  for (Figure Reading::*increase : {&Reading::cpu_us, &Reading::net_rx_bytes, &Reading::net_tx_bytes,
                                    &Reading::block_read_bytes, &Reading::block_write_bytes}) {
    Reading slow = Sleeping(2000), quick = Sleeping(1000);
    slow.*increase = quick.*increase = 5;
    EXPECT_NE(ShownBy(slow, sample), ShownBy(quick, sample));
  }
}

TEST(ShownTest, LimitsAreAmongWhatIsShown) {
  const auto differs = [](const auto& change) {
    ContainerSample sample;
    change(sample);
    return ShownBy(Sleeping(1), sample) != ShownBy(Sleeping(1), ContainerSample());
  };
  EXPECT_TRUE(differs([](ContainerSample& sample) { sample.derived.cpu_limit_percent = 50; }));
  EXPECT_TRUE(differs([](ContainerSample& sample) { sample.derived.memory_limit = 50; }));
  EXPECT_TRUE(differs([](ContainerSample& sample) { sample.pids.threads_max = 50; }));
}

TEST(ShownTest, AWindowThatIsEmptyAgainIsSeenAlthoughNothingElseChanges) {
  RuleConfig rule = MakeRule("NoRestart", AlertMetric::kRestarts, 1, 1, 1);
  rule.op = CompareOp::kLess;
  rule.window = std::chrono::seconds(50);
  FakeTicks ticks;
  Engine engine(MakeConfig({rule}), {}, ticks.now());
  FakeTicks::Life& life = ticks.Run(1, "web");
  const auto step = [&] { return Words(engine.Step(ticks.Next(), ticks.now()).transitions); };
  EXPECT_EQ(step(), "fired NoRestart web 0<1");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(step(), "") << "until a window has been seen whole";
  ticks.Tell(ContainerEvent::Kind::kStart, life.who);
  EXPECT_EQ(step(), "resolved(recovered) NoRestart web 1<1");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(step(), "");
  EXPECT_EQ(step(), "fired NoRestart web 0<1");
}

TEST(ShownTest, WhatHappenedWhileItWasAwayEndsAfterItsReturn) {
  RuleConfig rule = MakeRule("Oom", AlertMetric::kOomKills, 1, 1, 3);
  rule.window = std::chrono::seconds(45);
  FakeTicks ticks;
  Engine engine(MakeConfig({rule}), {}, ticks.now());
  FakeTicks::Life& life = ticks.Run(1, "web");
  const auto step = [&] { return Words(engine.Step(ticks.Next(), ticks.now()).transitions); };
  for (int i = 0; i < 8; ++i) EXPECT_EQ(step(), "");
  life.living = false;
  ticks.Tell(ContainerEvent::Kind::kOom, life.who);
  EXPECT_EQ(step(), "fired Oom web 1>=1");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(step(), "") << "the last of them is the first good one";
  life.living = true;
  EXPECT_EQ(step(), "");
  EXPECT_EQ(step(), "resolved(recovered) Oom web 0>=1");
}

// What came of a step: who was told what, and which rows are to be written.
std::string All(const Outcome& outcome) {
  std::string words = Words(outcome.transitions) + " | " + Words(outcome.combined) + " |";
  for (const StoredState& row : outcome.changed)
    words += " " + row.rule + std::to_string(row.container) + row.subject + PhaseName(row.phase) +
             std::to_string(row.count) + (row.gone ? "gone" : "");
  return words;
}

// An engine that is listened to judges every container at every tick.
TEST(ShownTest, WhoRestsIsToldTheSameAsWhoIsJudgedEachTime) {
  std::vector<RuleConfig> rules = {MakeRule("Cpu", AlertMetric::kCpuPercent, 90, 2, 2),
                                   MakeRule("Idle", AlertMetric::kCpuPercent, 1, 3, 1),
                                   MakeRule("Memory", AlertMetric::kMemoryPercent, 50, 1, 2),
                                   MakeRule("Oom", AlertMetric::kOomKills, 1, 1, 3),
                                   MakeRule("Restarts", AlertMetric::kRestarts, 2, 1, 1),
                                   MakeRule("Health", AlertMetric::kUnhealthy, 1, 1, 1)};
  rules[1].op = CompareOp::kLess;
  rules[3].window = std::chrono::seconds(45);
  rules[4].window = std::chrono::seconds(95);
  rules[0].repeat_interval = std::chrono::seconds(40);
  size_t told = 0;
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    std::mt19937 dice(seed);
    const auto one_in = [&](uint32_t n) { return dice() % n == 0; };
    FakeTicks ticks;
    Engine resting(MakeConfig(rules), {}, ticks.now()), listened(MakeConfig(rules), {}, ticks.now());
    listened.Listen([](const Judged&) {});
    for (uint32_t id = 1; id <= 4; ++id) ticks.Run(id, "c" + std::to_string(id));
    for (int i = 0; i < 150; ++i) {
      for (uint32_t id = 1; id <= 4; ++id) {
        FakeTicks::Life& life = ticks[id];
        life.oom_kills = one_in(30) ? 1 : 0;
        if (one_in(12)) life.cpu = one_in(4) ? std::nullopt : std::optional<double>(dice() % 3 * 47.5);
        if (one_in(12)) life.memory = dice() % 3 * 30;
        if (one_in(25)) life.living = !life.living;
        if (one_in(40)) ++life.incarnation;
        if (one_in(25)) ticks.Tell(ContainerEvent::Kind::kStart, life.who);
        if (one_in(30))
          ticks.Alter(id, [&](Container& who) {
            who.health = one_in(2) ? ContainerHealth::kUnhealthy : ContainerHealth::kHealthy;
          });
        if (one_in(60))
          ticks.Alter(id, [&](Container& who) {
            who.labels = {{"plimsoll.alerts.Cpu.threshold", one_in(2) ? "40" : "95"}};
          });
      }
      if (one_in(50)) {
        const AlertSetting setting{.cpu_threshold = 1.0 + dice() % 99};
        EXPECT_EQ(All(resting.SetApiSetting(1, setting, ticks.now())),
                  All(listened.SetApiSetting(1, setting, ticks.now())));
      }
      const ReadingSet& set = ticks.Next();
      const std::string expected = All(listened.Step(set, ticks.now()));
      ASSERT_EQ(All(resting.Step(set, ticks.now())), expected) << "seed " << seed << ", tick " << i;
      told += expected.size() > 5 ? 1 : 0;
    }
  }
  EXPECT_GT(told, 1000U) << "there was something to compare";
}

}  // namespace
}  // namespace plimsoll::alerting
