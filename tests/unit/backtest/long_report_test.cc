// Reports of rules that fired often, of rules that watch for too little, and of what has no value.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "alerting/backtest/backtest_text.h"
#include "unit/backtest/scripted_ticks.h"

namespace plimsoll::alerting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What came of one rule over ticks that `use` sets up, with a suggestion for at most `at_most` alerts.
template <typename Use>
BacktestReport ReportOf(const RuleConfig& rule, int ticks, Use use, uint64_t at_most = 3) {
  const BacktestOrder order = OrderOf({rule});
  const auto play = [&](const auto& step) {
    ScriptedTicks scripted;
    for (int i = 0; i < ticks; ++i) {
      use(scripted, i);
      step(scripted.Next(), i == 0);
    }
  };
  Backtest backtest(order);
  play([&](const ReadingSet& set, bool begins) { backtest.Step(set, begins); });
  ThresholdSearch search(order, backtest, static_cast<uint64_t>(ticks), at_most);
  play([&](const ReadingSet& set, bool begins) { search.Step(set, begins); });
  BacktestReport report;
  report.stretches = {{false, WallTime(), WallTime(), static_cast<uint64_t>(ticks)}};
  report.at_most = at_most;
  report.host_cores = 4;
  report.rules = backtest.Rules();
  report.quiet = search.quiet();
  report.suggestions = search.Found();
  return report;
}

// Of text in columns, how many lines hold this.
size_t LinesWith(const std::string& text, const std::string& word) {
  size_t lines = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, text.find('\n', at)))
    ++lines;
  return lines;
}

TEST(LongReportTest, ThirtyAlertsAreShownAndTheRestSummedUpByContainer) {
  const RuleConfig rule = MakeRule("Cpu", AlertMetric::kCpuPercent, 90, 1, 1);
  const auto use = [](ScriptedTicks& ticks, int i) {
    ticks.living[1] = {"web", i % 2 == 0 ? 95 : 10, {}, {}};
    if (i < 10) ticks.living[2] = {"db", i % 2 == 0 ? 91 : 10, {}, {}};
  };
  const std::string forty = TableText(ReportOf(rule, 70, use));
  EXPECT_THAT(forty, HasSubstr("  ... and 10 more, by container:\n"));
  EXPECT_EQ(LinesWith(forty, "recovered"), 30u);
  EXPECT_THAT(forty, HasSubstr("CONTAINER  ALERTS  LASTED  GREATEST\n"));
  EXPECT_THAT(forty, HasSubstr("db         5       50s     91 %\n"));
  EXPECT_THAT(forty, HasSubstr("web        35      5m 50s  95 %\n"));
  EXPECT_THAT(forty, HasSubstr("total: 40 alerts on 2 of 2 containers, 6m 40s in all"));
  const std::string thirty = TableText(ReportOf(rule, 50, use));
  EXPECT_EQ(LinesWith(thirty, "recovered"), 30u);
  EXPECT_THAT(thirty, Not(HasSubstr("by container")));
}

TEST(LongReportTest, ARuleForTooLittleIsToldInItsOwnWords) {
  RuleConfig rule = MakeRule("Idle", AlertMetric::kCpuPercent, 5, 1, 1);
  rule.op = CompareOp::kLess;
  rule.recover_threshold = 10;
  const BacktestReport report = ReportOf(rule, 100, [](ScriptedTicks& ticks, int i) {
    ticks.living[1] = {"web", i % 10 == 0 ? 1 + i / 50 : 50, {}, {}};
  });
  const std::string text = TableText(report);
  EXPECT_THAT(text, HasSubstr("cpu_percent < 5, well again above 10"));
  EXPECT_THAT(text, HasSubstr("LEAST"));
  EXPECT_THAT(text, HasSubstr("; least value 1 %"));
  ASSERT_TRUE(report.suggestions[0]);
  const Suggestion& found = *report.suggestions[0];
  EXPECT_LE(found.fired, 3u);
  EXPECT_LT(found.threshold, 5);
  EXPECT_GE(*found.recover_threshold, found.threshold) << "on the safe side of it";
}

TEST(LongReportTest, OfEventsAWholeNumberIsSuggested) {
  RuleConfig rule = MakeRule("Oom", AlertMetric::kOomKills, 1, 1, 1);
  const BacktestReport report = ReportOf(
      rule, 600,
      [](ScriptedTicks& ticks, int i) {
        ticks.living[1] = {"web", {}, {}, i % 100 == 0 ? (i == 300 ? 9u : 2u) : 0u};
      },
      1);
  ASSERT_TRUE(report.suggestions[0]);
  EXPECT_EQ(report.suggestions[0]->threshold, std::floor(report.suggestions[0]->threshold));
  EXPECT_EQ(report.suggestions[0]->fired, 1u);
}

TEST(LongReportTest, WhereNoValueWasKnownThatIsSaid) {
  const BacktestReport report =
      ReportOf(MakeRule("Memory", AlertMetric::kMemoryUsedBytes, 1e9), 20, [](ScriptedTicks& ticks, int) {
        ticks.living[1] = {"web", 5, {}, {}};
      });
  const std::string text = TableText(report);
  EXPECT_THAT(text, HasSubstr("total: 0 alerts on 0 of 0 containers; no value was known"));
  EXPECT_THAT(text, Not(HasSubstr("suggestion")));
  const auto json = nlohmann::json::parse(JsonText(report));
  EXPECT_EQ(json["rules"][0]["extreme_value"], nullptr);
  EXPECT_EQ(json["rules"][0]["suggestion"], nullptr);
}

TEST(LongReportTest, TheCoresOfTheHostAreToldWhereTheyCount) {
  const auto use = [](ScriptedTicks& ticks, int) { ticks.living[1] = {"web", 5, {}, {}}; };
  const std::string cores = "  Containers without a CPU limit are measured against 4 cores (--host-cores).\n";
  for (const AlertMetric metric : {AlertMetric::kCpuOfLimitPercent, AlertMetric::kCpuLimitPercent})
    EXPECT_THAT(TableText(ReportOf(MakeRule("Cpu", metric, 90), 3, use)), HasSubstr(cores));
  EXPECT_THAT(TableText(ReportOf(MakeRule("Cpu", AlertMetric::kCpuPercent, 90), 3, use)),
              Not(HasSubstr(cores)));
}

TEST(LongReportTest, ScrapesAreNamedOnlyWhereTheyAreWatched) {
  BacktestReport report =
      ReportOf(MakeRule("Cpu", AlertMetric::kCpuPercent, 90), 3, [](ScriptedTicks&, int) {});
  EXPECT_THAT(TableText(report), Not(HasSubstr("unscraped_seconds")));
  EXPECT_EQ(nlohmann::json::parse(JsonText(report))["rules"].size(), 1u);
  report.scrape_watch = true;
  EXPECT_THAT(TableText(report), HasSubstr("cannot be replayed: history keeps no times of scrapes"));
  EXPECT_EQ(nlohmann::json::parse(JsonText(report))["rules"][1]["missing"], "no times of scrapes");
}

}  // namespace
}  // namespace plimsoll::alerting
