#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "alerting/backtest/backtest_text.h"
#include "golden.h"
#include "unit/backtest/scripted_ticks.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Shows the values to a rule on the CPU of one container, one a tick.
PastRule RuleAfter(RuleConfig rule, const std::vector<std::optional<double>>& values) {
  Backtest backtest(OrderOf({std::move(rule)}));
  ScriptedTicks ticks;
  ticks.living[1].name = "web";
  bool is_first = true;
  for (const std::optional<double>& value : values) {
    ticks.living[1].cpu = value;
    backtest.Step(ticks.Next(), std::exchange(is_first, false));
  }
  return backtest.Rules().front();
}

TEST(BacktestTest, AnAlertLastsFromItsFiringToItsEndAndHasItsGreatestValue) {
  const PastRule rule = RuleAfter(MakeRule("Cpu", AlertMetric::kCpuPercent, 90, 2, 2),
                                  {99, 10, 91, 92, 97, 93, 95, 10, 11, 99, 10});
  EXPECT_EQ(rule.fired, 1u);
  EXPECT_EQ(rule.judged, 1u);
  EXPECT_EQ(rule.extreme, 99) << "of all values";
  ASSERT_EQ(rule.subjects.size(), 1u);
  ASSERT_EQ(rule.subjects[0].alerts.size(), 1u);
  const PastAlert& alert = rule.subjects[0].alerts[0];
  EXPECT_EQ(alert.since, WallTime(seconds(1'700'000'020)));
  EXPECT_EQ(alert.fired_at, WallTime(seconds(1'700'000'030)));
  EXPECT_EQ(alert.ended_at, WallTime(seconds(1'700'000'080)));
  EXPECT_EQ(alert.lasted, milliseconds(50'000));
  EXPECT_EQ(alert.reason, ResolveReason::kRecovered);
  EXPECT_EQ(alert.extreme, 97) << "from the first breach on";
}

TEST(BacktestTest, ARuleForTooLittleTellsTheLeastValue) {
  RuleConfig config = MakeRule("Idle", AlertMetric::kCpuPercent, 5, 1, 1);
  config.op = CompareOp::kLess;
  const PastRule rule = RuleAfter(config, {50, 4, 2, 3, 60});
  ASSERT_EQ(rule.fired, 1u);
  EXPECT_EQ(rule.subjects[0].alerts[0].extreme, 2);
  EXPECT_EQ(rule.extreme, 2);
}

TEST(BacktestTest, AnAlertThatIsOpenAtTheEndLastsUntilThen) {
  const PastRule rule = RuleAfter(MakeRule("Cpu", AlertMetric::kCpuPercent, 90, 1, 1), {10, 95, 96, 97});
  ASSERT_EQ(rule.fired, 1u);
  EXPECT_FALSE(rule.subjects[0].alerts[0].ended_at);
  EXPECT_EQ(rule.subjects[0].alerts[0].lasted, milliseconds(20'000));
  EXPECT_EQ(rule.lasted, milliseconds(20'000));
}

TEST(BacktestTest, ManyAlertsAreCountedAndTheFirstOnesKept) {
  std::vector<std::optional<double>> values;
  for (int i = 0; i < 250; ++i) values.insert(values.end(), {95, 10});
  values.back() = 10;
  const PastRule rule = RuleAfter(MakeRule("Cpu", AlertMetric::kCpuPercent, 90, 1, 1), values);
  EXPECT_EQ(rule.fired, 250u);
  EXPECT_EQ(rule.subjects[0].alerts.size(), kKeptPastAlerts);
  EXPECT_EQ(rule.lasted, seconds(2500));
}

TEST(BacktestTest, OnlyContainersThatAreWantedAreToldOf) {
  BacktestOrder order = OrderOf({MakeRule("Cpu", AlertMetric::kCpuPercent, 90, 1, 1),
                                 MakeRule("Host", AlertMetric::kHostCpuPercent, 90, 1, 1)});
  order.wants = [](const std::string& name) { return name == "web"; };
  Backtest backtest(order);
  ScriptedTicks ticks;
  ticks.living[1] = {"web", 95, {}, {}};
  ticks.living[2] = {"db", 99, {}, {}};
  ticks.host_cpu = 95;
  backtest.Step(ticks.Next(), true);
  const std::vector<PastRule> rules = backtest.Rules();
  EXPECT_EQ(rules[0].fired, 1u);
  EXPECT_EQ(rules[0].judged, 1u);
  EXPECT_EQ(rules[0].extreme, 95);
  EXPECT_EQ(rules[1].fired, 1u) << "the host is no container";
}

TEST(BacktestTest, StatesSurviveWherePlimsollWasStartedAnew) {
  Backtest backtest(OrderOf({MakeRule("Cpu", AlertMetric::kCpuPercent, 90, 3, 1)}));
  ScriptedTicks ticks;
  ticks.living[1] = {"web", 95, {}, {}};
  size_t fired = 0;
  for (int i = 0; i < 6; ++i) fired += backtest.Step(ticks.Next(), i % 2 == 0).transitions.size();
  EXPECT_EQ(fired, 1u) << "the breaches before count, and nothing fires twice";
}

TEST(BacktestTest, EveryMetricIsReplayedOrSaidToBeMissing) {
  for (const std::string_view name : AlertMetricNames()) {
    const AlertMetric metric = *FindAlertMetric(name);
    EXPECT_EQ(HeldOf(metric) == Held::kNot, *MissingOf(metric) != '\0') << name;
  }
  EXPECT_EQ(HeldOf(AlertMetric::kCpuPercent), Held::kWhole);
  EXPECT_EQ(HeldOf(AlertMetric::kHostCpuPercent), Held::kReadingsOnly);
  EXPECT_EQ(HeldOf(AlertMetric::kUnhealthy), Held::kNot);
}

// All kinds of rules over two hours, as a report.
BacktestReport Scripted() {
  RuleConfig cpu = MakeRule("CpuHigh", AlertMetric::kCpuPercent, 90, 2, 2);
  cpu.recover_threshold = 81;
  RuleConfig off = MakeRule("MemoryLow", AlertMetric::kMemoryUsedBytes, 1e6, 1, 1);
  off.op = CompareOp::kLessEqual;
  RuleConfig gone = MakeRule("JobAbsent", AlertMetric::kAbsent, 1, 1, 1);
  gone.match.name = "job";
  const BacktestOrder order = OrderOf({cpu, MakeRule("MemoryHigh", AlertMetric::kMemoryUsedBytes, 1e9), off,
                                       MakeRule("OomKill", AlertMetric::kOomKills, 1, 1, 1), gone,
                                       MakeRule("HostCpu", AlertMetric::kHostCpuPercent, 100),
                                       MakeRule("Unhealthy", AlertMetric::kUnhealthy, 1),
                                       MakeRule("Threads", AlertMetric::kPidsPercent, 80),
                                       MakeRule("Pressure", AlertMetric::kIoPressure, 10)});
  const auto play = [](const auto& step) {
    ScriptedTicks ticks;
    for (int i = 0; i < 720; ++i) {
      ticks.living = {{1, {"web", i % 100 < 10 ? 91 + i / 100 : 20 + i % 7, 5e8 + i * 1e5, {}}},
                      {2, {"d\xc3\xa4tenbank", 50, 2e9, i == 300 ? 2 : 0}}};
      if (i < 500) ticks.living[3] = {"job", i > 480 ? 99 : 1, 2e5, {}};
      ticks.host_cpu = i > 100 && i < 150 ? 100 : 30;
      step(ticks.Next(), i == 0);
    }
  };
  Backtest backtest(order);
  play([&](const ReadingSet& set, bool begins) { backtest.Step(set, begins); });
  BacktestReport report;
  report.storage = "data/plimsoll.db";
  report.from = WallTime(seconds(1'699'990'000));
  report.to = WallTime(seconds(1'700'010'000));
  report.stretches = {{true, WallTime(seconds(1'700'000'000)), WallTime(seconds(1'700'003'590)), 360},
                      {false, WallTime(seconds(1'700'003'600)), WallTime(seconds(1'700'007'190)), 360}};
  report.at_most = 2;
  report.host_cores = 4;
  report.scrape_watch = true;
  ThresholdSearch search(order, backtest, 720, report.at_most);
  play([&](const ReadingSet& set, bool begins) { search.Step(set, begins); });
  report.rules = backtest.Rules();
  report.quiet = search.quiet();
  report.suggestions = search.Found();
  return report;
}

TEST(BacktestReportTest, TheTableEqualsTheFile) {
  ExpectGolden("tests/golden/backtest/table.txt", TableText(Scripted()));
}

TEST(BacktestReportTest, TheJsonEqualsTheFile) {
  ExpectGolden("tests/golden/backtest/report.json",
               nlohmann::ordered_json::parse(JsonText(Scripted())).dump(2) + "\n");
}

TEST(BacktestReportTest, HistoryWithoutATickIsSaidToBeEmpty) {
  BacktestReport report;
  report.storage = "x.db";
  report.from = WallTime(seconds(1'700'000'000));
  EXPECT_EQ(TableText(report), "History of x.db\n  holds nothing since 2023-11-14T22:13:20.000Z\n");
}

TEST(BacktestReportTest, NamesCannotWriteToTheTerminal) {
  Backtest backtest(OrderOf({MakeRule("Cpu", AlertMetric::kCpuPercent, 90, 1, 1)}));
  ScriptedTicks ticks;
  ticks.living[1] = {"web\x1b[31m\nroot", 95, {}, {}};
  backtest.Step(ticks.Next(), true);
  BacktestReport report;
  report.rules = backtest.Rules();
  report.quiet.resize(1);
  report.suggestions.resize(1);
  report.stretches = {{false, WallTime(), WallTime(), 1}};
  const std::string text = TableText(report);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\nroot"), std::string::npos);
}

}  // namespace
}  // namespace plimsoll::alerting
