#include "alerting/engine/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/text/label_text.h"

namespace plimsoll::alerting {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

RuleConfig Config(const char* name, AlertMetric metric, double threshold) {
  RuleConfig config;
  config.name = name;
  config.metric = metric;
  config.threshold = threshold;
  return config;
}

const RuleConfig kCpu = Config("CpuHigh", AlertMetric::kCpuOfLimitPercent, 90);
const RuleConfig kMemory = Config("MemoryHigh", AlertMetric::kMemoryPercent, 90);

LabelSettings Parse(const Labels& labels) { return ParseAlertLabels(labels, {kCpu, kMemory}); }

TEST(AlertLabelsTest, EveryFieldIsRead) {
  const LabelSettings settings = Parse({{"com.example", "x"},
                                        {"plimsoll.alerts.CpuHigh.breaches", "5"},
                                        {"plimsoll.alerts.CpuHigh.enabled", "false"},
                                        {"plimsoll.alerts.CpuHigh.recover_threshold", "70"},
                                        {"plimsoll.alerts.CpuHigh.recoveries", "6"},
                                        {"plimsoll.alerts.CpuHigh.repeat_interval", "30m"},
                                        {"plimsoll.alerts.CpuHigh.severity", "page"},
                                        {"plimsoll.alerts.CpuHigh.threshold", "75.5"}});
  EXPECT_THAT(settings.faults, IsEmpty());
  ASSERT_NE(settings.Find("CpuHigh"), nullptr);
  EXPECT_EQ(*settings.Find("CpuHigh"), (LabelSetting{false, 75.5, 70, 5, 6, 30min, "page"}));
  EXPECT_EQ(settings.Find("MemoryHigh"), nullptr);
}

TEST(AlertLabelsTest, RulesAreFoundWhateverTheCaseOfTheirLetters) {
  const LabelSettings settings =
      Parse({{"plimsoll.alerts.cpuhigh.threshold", "70"}, {"plimsoll.alerts.cpuHIGH.breaches", "1"}});
  ASSERT_NE(settings.Find("CpuHigh"), nullptr);
  EXPECT_EQ(settings.Find("CpuHigh")->threshold, 70);
  EXPECT_EQ(settings.Find("CpuHigh")->breaches, 1U);
}

TEST(AlertLabelsTest, WhatIsFaultyCountsAsNotSaidAndIsTold) {
  const LabelSettings settings = Parse({{"plimsoll.alerts", "x"},
                                        {"plimsoll.alerts.", "x"},
                                        {"plimsoll.alerts.CpuHigh", "x"},
                                        {"plimsoll.alerts.CpuHigh.", "x"},
                                        {"plimsoll.alerts.CpuHigh.breaches", "0"},
                                        {"plimsoll.alerts.CpuHigh.colour", "red"},
                                        {"plimsoll.alerts.CpuHigh.enabled", "yes"},
                                        {"plimsoll.alerts.CpuHigh.repeat_interval", "1s"},
                                        {"plimsoll.alerts.CpuHigh.severity", "very bad"},
                                        {"plimsoll.alerts.CpuHigh.threshold", "inf"},
                                        {"plimsoll.alerts.DiskHigh.threshold", "70"},
                                        {"plimsoll.alerts.MemoryHigh.threshold", "80"},
                                        {"plimsoll.alertsX.CpuHigh.threshold", "1"}});
  const std::string field =
      "unknown field; accepted: enabled, threshold, recover_threshold, breaches, "
      "recoveries, repeat_interval, severity";
  EXPECT_THAT(
      settings.faults,
      ElementsAre(
          "plimsoll.alerts.=x: must be plimsoll.alerts.<rule>.<field>",
          "plimsoll.alerts.CpuHigh=x: must be plimsoll.alerts.<rule>.<field>",
          "plimsoll.alerts.CpuHigh.=x: " + field,
          "plimsoll.alerts.CpuHigh.breaches=0: must be a whole number from 1 to 10000",
          "plimsoll.alerts.CpuHigh.colour=red: " + field,
          "plimsoll.alerts.CpuHigh.enabled=yes: must be true or false",
          "plimsoll.alerts.CpuHigh.repeat_interval=1s: must be 0s (never) or from 10s to 365d",
          "plimsoll.alerts.CpuHigh.severity=very bad: must be a word such as info, warning or critical",
          "plimsoll.alerts.CpuHigh.threshold=inf: must be a number",
          "plimsoll.alerts.DiskHigh.threshold=70: there is no such rule"));
  EXPECT_EQ(settings.Find("CpuHigh"), nullptr);
  EXPECT_EQ(settings.Find("MemoryHigh")->threshold, 80) << "the good one counts all the same";
}

TEST(AlertLabelsTest, HostileLabelsAreShownTameAndFewOfThem) {
  Labels labels = {{"plimsoll.alerts.\x1b[31m\n\xff", std::string(10000, 'x')}};
  for (int i = 0; i < 1000; ++i)
    labels.emplace_back("plimsoll.alerts.r" + std::to_string(i) + ".threshold", "1");
  const LabelSettings settings = Parse(labels);
  EXPECT_EQ(settings.faults.size(), 20U);
  EXPECT_EQ(settings.faults[0], "plimsoll.alerts.\xef\xbf\xbd[31m \xef\xbf\xbd=" + std::string(60, 'x') +
                                    ": must be plimsoll.alerts.<rule>.<field>");
}

TEST(AlertLabelsTest, OneLabelSwitchesEverythingOff) {
  const LabelSettings settings =
      Parse({{"plimsoll.alerts.enabled", "false"}, {"plimsoll.alerts.MemoryHigh.enabled", "true"}});
  EXPECT_FALSE(EffectiveRule(kCpu, {}, settings, nullptr).enabled);
  EXPECT_TRUE(EffectiveRule(kMemory, {}, settings, nullptr).enabled) << "but for those that are named";
}

TEST(EffectiveRuleTest, TheOrderOfStrengthIsApiLabelRuleDefaults) {
  AlertDefaults defaults;
  defaults.breaches = 7;
  defaults.severity = "info";
  RuleConfig config = kMemory;
  EXPECT_EQ(EffectiveRule(config, defaults, {}, nullptr).breaches, 7U);
  EXPECT_EQ(EffectiveRule(config, defaults, {}, nullptr).severity, "info");
  config.breaches = 3;
  config.severity = "critical";
  EXPECT_EQ(EffectiveRule(config, defaults, {}, nullptr).breaches, 3U);
  EXPECT_EQ(EffectiveRule(config, defaults, {}, nullptr).severity, "critical");
  const LabelSettings labels =
      Parse({{"plimsoll.alerts.MemoryHigh.breaches", "4"}, {"plimsoll.alerts.MemoryHigh.threshold", "70"}});
  EXPECT_EQ(EffectiveRule(config, defaults, labels, nullptr).breaches, 4U);
  EXPECT_EQ(EffectiveRule(config, defaults, labels, nullptr).threshold, 70);
  const AlertSetting api{.cpu_threshold = 250, .mem_threshold = 60};
  EXPECT_EQ(EffectiveRule(config, defaults, labels, &api).threshold, 60);
  EXPECT_EQ(EffectiveRule(config, defaults, labels, &api).breaches, 4U) << "of which the API says nothing";
}

TEST(EffectiveRuleTest, TheApisCpuThresholdIsInPercentOfACore) {
  const AlertSetting api{.cpu_threshold = 250, .mem_threshold = 60};
  const Rule rule = EffectiveRule(kCpu, {}, {}, &api);
  EXPECT_EQ(rule.metric, AlertMetric::kCpuPercent);
  EXPECT_EQ(rule.threshold, 250);
}

TEST(EffectiveRuleTest, TheApiSpeaksOnlyForTooMuchCpuAndMemory) {
  const AlertSetting off{.cpu_threshold = 1, .mem_threshold = 1, .enabled = false};
  RuleConfig idle = kCpu;
  idle.op = CompareOp::kLess;
  for (const RuleConfig& config : {idle, Config("Oom", AlertMetric::kOomKills, 1)})
    EXPECT_EQ(EffectiveRule(config, {}, {}, &off), EffectiveRule(config, {}, {}, nullptr));
  EXPECT_FALSE(EffectiveRule(kCpu, {}, {}, &off).enabled);
  EXPECT_FALSE(EffectiveRule(kMemory, {}, {}, &off).enabled);
  const Rule bytes = EffectiveRule(Config("Big", AlertMetric::kMemoryUsedBytes, 1e9), {}, {}, &off);
  EXPECT_FALSE(bytes.enabled);
  EXPECT_EQ(bytes.threshold, 1e9) << "the API's is in percent";
}

TEST(EffectiveRuleTest, TheApiDoesNotSwitchOnWhatTheFileSwitchedOff) {
  RuleConfig config = kCpu;
  config.enabled = false;
  const AlertSetting on{.enabled = true};
  EXPECT_FALSE(EffectiveRule(config, {}, {}, &on).enabled);
}

TEST(EffectiveRuleTest, WhatTheApiDoesNotSayStaysAsItIs) {
  const AlertSetting memory_alone{.mem_threshold = 80};
  EXPECT_EQ(EffectiveRule(kCpu, {}, {}, &memory_alone), EffectiveRule(kCpu, {}, {}, nullptr));
  EXPECT_EQ(EffectiveRule(kMemory, {}, {}, &memory_alone).threshold, 80);
  const AlertSetting nothing;
  EXPECT_EQ(EffectiveRule(kMemory, {}, {}, &nothing), EffectiveRule(kMemory, {}, {}, nullptr));
}

TEST(EffectiveRuleTest, WhatTheApiSwitchesOnIsOnWhateverALabelSays) {
  const AlertSetting on{.enabled = true}, line{.mem_threshold = 80};
  const LabelSettings one = Parse({{"plimsoll.alerts.MemoryHigh.enabled", "false"}});
  const LabelSettings all = Parse({{"plimsoll.alerts.enabled", "false"}});
  for (const LabelSettings& labels : {one, all}) {
    EXPECT_TRUE(EffectiveRule(kMemory, {}, labels, &on).enabled);
    EXPECT_FALSE(EffectiveRule(kMemory, {}, labels, &line).enabled) << "a threshold switches nothing on";
  }
}

class LoadLinesTest : public testing::Test {
 protected:
  LoadLines Of(const AlertSetting& api, double cpu_limit_percent = 800) const {
    return LoadLinesOf(config, who, cpu_limit_percent, &api);
  }
  AlertingConfig config = [] {
    AlertingConfig made;
    made.rules = {Config("CpuHigh", AlertMetric::kCpuOfLimitPercent, 90),
                  Config("MemoryHigh", AlertMetric::kMemoryPercent, 90),
                  Config("Big", AlertMetric::kMemoryUsedBytes, 1e9),
                  Config("Oom", AlertMetric::kOomKills, 1)};
    return made;
  }();
  Container who;
};

TEST_F(LoadLinesTest, AreTheRulesOwnInTheApisUnits) {
  EXPECT_EQ(Of({}), (LoadLines{720, 90, true}));
  EXPECT_EQ(Of({}, 0), (LoadLines{{}, 90, true})) << "90 % of what, nobody knows";
  EXPECT_EQ(Of({.mem_threshold = 80}), (LoadLines{720, 80, true}));
  EXPECT_EQ(Of({.cpu_threshold = 90}), (LoadLines{90, 90, true}));
  EXPECT_EQ(Of({.enabled = false}), (LoadLines{720, 90, false})) << "what they would be";
}

TEST_F(LoadLinesTest, AreTheLowestOfThoseThatCount) {
  config.rules.push_back(Config("Cpu", AlertMetric::kCpuPercent, 300));
  config.rules.push_back(Config("Low", AlertMetric::kMemoryPercent, 50));
  EXPECT_EQ(Of({}), (LoadLines{300, 50, true}));
  who.labels = {{"plimsoll.alerts.Cpu.enabled", "false"}, {"plimsoll.alerts.Low.threshold", "95"}};
  EXPECT_EQ(Of({}), (LoadLines{720, 90, true}));
  EXPECT_EQ(Of({.enabled = true}), (LoadLines{300, 90, true}));
  config.rules[1].match.name = config.rules.back().match.name = "db-*";
  EXPECT_EQ(Of({}), (LoadLines{720, {}, true})) << "no rule watches its memory's percents";
  config.rules.clear();
  EXPECT_EQ(Of({.cpu_threshold = 90, .enabled = true}), LoadLines()) << "nothing watches";
}

TEST(EffectiveRuleTest, HysteresisKeepsItsRatioToAThresholdThatIsOverridden) {
  RuleConfig config = kMemory;
  config.recover_threshold = 81;
  const AlertSetting api{.mem_threshold = 50};
  EXPECT_DOUBLE_EQ(EffectiveRule(config, {}, {}, &api).recover_threshold, 45);
  const LabelSettings wrong = Parse({{"plimsoll.alerts.MemoryHigh.recover_threshold", "99"}});
  EXPECT_EQ(EffectiveRule(config, {}, wrong, nullptr).recover_threshold, 90) << "never beyond the threshold";
}

TEST(EffectiveRuleTest, OneEventIsEnough) {
  AlertDefaults defaults;
  defaults.breaches = defaults.recoveries = 5;
  EXPECT_EQ(EffectiveRule(Config("Oom", AlertMetric::kOomKills, 1), defaults, {}, nullptr).breaches, 1U);
  RuleConfig loop = Config("Loop", AlertMetric::kRestarts, 3);
  loop.breaches = 2;
  EXPECT_EQ(EffectiveRule(loop, defaults, {}, nullptr).breaches, 2U);
}

TEST(MatchesTest, EveryPatternGivenMustMatch) {
  Container who;
  who.name = "shop/web-1";
  who.image = "registry.example/nginx:1.25";
  who.labels = {{"empty", ""}, {"team", "web"}};
  EXPECT_TRUE(Matches({}, who));
  EXPECT_TRUE(Matches({"*web-?", "*nginx:*", {{"team", "w*"}}, false}, who)) << "a star passes a slash";
  EXPECT_FALSE(Matches({"db-*", "", {}, false}, who));
  EXPECT_FALSE(Matches({"", "redis*", {}, false}, who));
  EXPECT_FALSE(Matches({"", "", {{"team", "db"}}, false}, who));
  EXPECT_FALSE(Matches({"", "", {{"tier", "*"}}, false}, who)) << "the label is not there";
  EXPECT_TRUE(Matches({"", "", {{"empty", ""}}, false}, who));
  EXPECT_FALSE(Matches({"", "", {{"team", ""}}, false}, who));
  EXPECT_FALSE(Matches({"", "", {}, true}, who)) << "the host's";
}

TEST(LabelTextTest, IsWhatPrometheusAndAlertmanagerTake) {
  EXPECT_EQ(CleanText("a\xff\x01z"), "a\xef\xbf\xbd\xef\xbf\xbdz");
  EXPECT_EQ(CleanText("größe", 3), "gr") << "cut between characters";
}

}  // namespace
}  // namespace plimsoll::alerting
