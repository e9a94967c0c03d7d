#include "alerting/backtest/threshold_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "unit/backtest/scripted_ticks.h"

namespace plimsoll::alerting {
namespace {

TEST(BreachRunTest, IsTheLeastOfTheNewestValues) {
  std::mt19937 random(1);
  for (const uint32_t breaches : {1u, 2u, 3u, 17u, 100u}) {
    BreachRun run;
    std::vector<int32_t> all;
    for (int i = 0; i < 2000; ++i) {
      all.push_back(static_cast<int32_t>(random() % 50));
      int32_t least = -1;
      if (all.size() >= breaches) least = *std::min_element(all.end() - breaches, all.end());
      ASSERT_EQ(run.Next(all.back(), breaches), least) << i << " of " << breaches;
    }
  }
}

TEST(CrossingsTest, AThresholdIsThreeDigitsAndBreachedFromItsPlaceOn) {
  for (const CompareOp op : {CompareOp::kGreaterEqual, CompareOp::kLessEqual}) {
    const Crossings crossings(op);
    std::mt19937_64 random(2);
    for (int i = 0; i < 20'000; ++i) {
      const double value = std::pow(10, std::uniform_real_distribution<double>(-2.9, 15)(random));
      const int32_t place = crossings.PlaceOf(value);
      const double breached = crossings.ThresholdAt(place), next = crossings.ThresholdAt(place + 1);
      if (op == CompareOp::kGreaterEqual) {
        ASSERT_LE(breached, value);
        ASSERT_GT(next, value);
        ASSERT_LE(next, breached * 1.0101);
      } else {
        ASSERT_GE(breached, value);
        ASSERT_LT(next, value);
      }
    }
  }
  const Crossings above(CompareOp::kGreater);
  EXPECT_EQ(above.ThresholdAt(above.PlaceOf(93.1)), 93.1);
  EXPECT_EQ(above.ThresholdAt(above.PlaceOf(0.005)), 0.005);
  EXPECT_EQ(above.ThresholdAt(above.PlaceOf(1530000000)), 1530000000);
  EXPECT_EQ(above.ThresholdAt(above.PlaceOf(0)), 0);
}

TEST(CrossingsTest, CountsRisesThroughEachThreshold) {
  Crossings crossings(CompareOp::kGreaterEqual);
  const auto at = [&](double value) { return crossings.PlaceOf(value); };
  int32_t place = -1;
  for (const double value : {10.0, 50.0, 10.0, 70.0, 10.0, 90.0, 10.0, 10.0, 10.0, 10.0}) {
    crossings.Add(place, at(value));
    place = at(value);
  }
  const auto least = [&](uint64_t most, uint64_t most_runs) {
    return crossings.ThresholdAt(*crossings.EagerestAtMost(most, most_runs));
  };
  EXPECT_EQ(least(0, 100), 90.1);
  EXPECT_EQ(least(1, 100), 70.1);
  EXPECT_EQ(least(2, 100), 50.1);
  EXPECT_EQ(least(3, 100), 0) << "from the beginning on is once";
  EXPECT_EQ(least(3, 5), 10.1) << "which is nearly all the time";
  EXPECT_FALSE(Crossings(CompareOp::kGreater).EagerestAtMost(1, 1));
}

// Two containers whose values wander, with peaks.
template <typename Step>
uint64_t Play(uint64_t seed, Step step) {
  std::mt19937_64 random(seed);
  ScriptedTicks ticks;
  ticks.living = {{1, {"web", 20, 1e8, {}}}, {2, {"db", 30, 2e8, {}}}};
  for (int i = 0; i < 2000; ++i) {
    for (auto& [id, use] : ticks.living) {
      const double peak = random() % 50 == 0 ? 60 : 0;
      use.cpu = std::max(0.0, *use.cpu * 0.8 + std::uniform_real_distribution<double>(0, 10)(random) + peak);
      use.memory = std::max(1e6, *use.memory + std::normal_distribution<double>(0, 2e6)(random));
      use.oom_kills = random() % 300 == 0 ? 1 + random() % 3 : 0;
    }
    step(ticks.Next(), i == 0);
  }
  return ticks.ticks();
}

TEST(ThresholdSearchTest, WhatIsSuggestedFiresAsOftenAsItSays) {
  RuleConfig cpu = MakeRule("Cpu", AlertMetric::kCpuPercent, 50, 3, 2);
  cpu.recover_threshold = 40;
  RuleConfig low = MakeRule("MemoryLow", AlertMetric::kMemoryUsedBytes, 1e8, 2, 2);
  low.op = CompareOp::kLess;
  RuleConfig oom = MakeRule("Oom", AlertMetric::kOomKills, 1, 1, 1);
  const std::vector<RuleConfig> rules = {cpu, low, oom};
  for (uint64_t seed = 1; seed <= 10; ++seed)
    for (const uint64_t at_most : {1u, 5u, 20u}) {
      Backtest seen(OrderOf(rules));
      const uint64_t ticks = Play(seed, [&](const ReadingSet& set, bool begins) { seen.Step(set, begins); });
      ThresholdSearch search(OrderOf(rules), seen, ticks, at_most);
      Play(seed, [&](const ReadingSet& set, bool begins) { search.Step(set, begins); });
      const auto found = search.Found();
      std::vector<RuleConfig> suggested = rules;
      for (size_t i = 0; i < rules.size(); ++i) {
        ASSERT_NE(found[i].has_value(), search.quiet()[i]) << rules[i].name;
        if (!found[i]) continue;
        EXPECT_LE(found[i]->fired, at_most);
        suggested[i].threshold = found[i]->threshold;
        suggested[i].recover_threshold = found[i]->recover_threshold;
      }
      ASSERT_TRUE(found[0]);
      EXPECT_LT(found[0]->recover_threshold, found[0]->threshold);
      if (found[2]) {
        EXPECT_EQ(found[2]->threshold, std::floor(found[2]->threshold))
            << "of what is counted a whole number";
      }
      Backtest again(OrderOf(suggested));
      Play(seed, [&](const ReadingSet& set, bool begins) { again.Step(set, begins); });
      for (size_t i = 0; i < rules.size(); ++i)
        EXPECT_EQ(again.Rules()[i].fired, found[i] ? found[i]->fired : seen.Rules()[i].fired);
      if (at_most < 20) continue;
      // A tenth more eager, and it is told more often.
      suggested[0].threshold *= 0.9;
      suggested[0].recover_threshold = *suggested[0].recover_threshold * 0.9;
      Backtest eager(OrderOf(suggested));
      Play(seed, [&](const ReadingSet& set, bool begins) { eager.Step(set, begins); });
      EXPECT_GT(eager.Rules()[0].fired, at_most);
    }
}

TEST(ThresholdSearchTest, NothingIsSuggestedBeyondWhatAPercentCanBe) {
  const std::vector<RuleConfig> rules = {MakeRule("Host", AlertMetric::kHostCpuPercent, 90, 1, 1)};
  const auto play = [](const auto& step) {
    ScriptedTicks ticks;
    for (int i = 0; i < 100; ++i) {
      ticks.host_cpu = i % 4 == 0 ? 100 : 20;
      step(ticks.Next(), i == 0);
    }
  };
  Backtest seen(OrderOf(rules));
  play([&](const ReadingSet& set, bool begins) { seen.Step(set, begins); });
  ThresholdSearch search(OrderOf(rules), seen, 100, 1);
  play([&](const ReadingSet& set, bool begins) { search.Step(set, begins); });
  EXPECT_FALSE(search.Found()[0]);
}

TEST(ThresholdSearchTest, NothingIsSuggestedForARuleThatIsQuietEnough) {
  // One that never fires, one that fires as often as it may, one more often, and one that is always on.
  const std::vector<RuleConfig> rules = {MakeRule("Never", AlertMetric::kCpuPercent, 90, 1, 1),
                                         MakeRule("Twice", AlertMetric::kCpuPercent, 30, 1, 1),
                                         MakeRule("Often", AlertMetric::kCpuPercent, 10, 1, 1),
                                         MakeRule("Always", AlertMetric::kCpuPercent, 1, 1, 1)};
  const auto play = [](const auto& step) {
    ScriptedTicks ticks;
    for (int i = 0; i < 100; ++i) {
      ticks.living[1] = {"web", i % 40 == 39 ? 40 : i % 20 == 19 ? 20 : 4, {}, {}};
      step(ticks.Next(), i == 0);
    }
  };
  Backtest seen(OrderOf(rules));
  play([&](const ReadingSet& set, bool begins) { seen.Step(set, begins); });
  ThresholdSearch search(OrderOf(rules), seen, 100, 2);
  play([&](const ReadingSet& set, bool begins) { search.Step(set, begins); });
  EXPECT_EQ(search.quiet(), (std::vector<bool>{true, true, false, false}));
  const auto found = search.Found();
  EXPECT_FALSE(found[0]) << found[0]->threshold;
  EXPECT_FALSE(found[1]) << found[1]->threshold;
  ASSERT_TRUE(found[2]);
  EXPECT_EQ(found[2]->threshold, 20.1);
  EXPECT_TRUE(found[3]) << "it fired once, and all the time";
}

TEST(ThresholdSearchTest, ContainersWithAThresholdOfTheirOwnKeepIt) {
  BacktestOrder order = OrderOf({MakeRule("Cpu", AlertMetric::kCpuPercent, 50, 1, 1)});
  order.settings = {{1, AlertSetting{.cpu_threshold = 10}}};
  const auto play = [](const auto& step) {
    ScriptedTicks ticks;
    for (int i = 0; i < 100; ++i) {
      ticks.living = {{1, {"web", i % 20 == 0 ? 15 : 5, {}, {}}}, {2, {"db", i % 20 == 0 ? 60 : 5, {}, {}}}};
      step(ticks.Next(), i == 0);
    }
  };
  Backtest seen(order);
  play([&](const ReadingSet& set, bool begins) { seen.Step(set, begins); });
  EXPECT_EQ(seen.Rules()[0].fired, 10u);
  ThresholdSearch few(order, seen, 100, 4);
  play([&](const ReadingSet& set, bool begins) { few.Step(set, begins); });
  EXPECT_FALSE(few.Found()[0]) << "the one of its own fires five times whatever the rule says";
  ThresholdSearch more(order, seen, 100, 5);
  play([&](const ReadingSet& set, bool begins) { more.Step(set, begins); });
  ASSERT_TRUE(more.Found()[0]);
  EXPECT_GT(more.Found()[0]->threshold, 60);
}

}  // namespace
}  // namespace plimsoll::alerting
