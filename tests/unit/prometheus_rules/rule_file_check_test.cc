#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "alerting/prometheus/rules.h"
#include "config/glob.h"
#include "config/load.h"
#include "exporter/exposition/label_text.h"
#include "temp_folder.h"
#include "text_file.h"
#include "unit/engine/fake_ticks.h"
#include "unit/prometheus_rules/promtool.h"

// The real promtool takes what we write.
namespace plimsoll::testing {
namespace {

using alerting::MakeRule;
using enum AlertMetric;
using ::testing::HasSubstr;

class RuleFileCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!HasPromtool()) GTEST_SKIP() << "there is no promtool of 2.42 or later, which knows keep_firing_for";
  }
  static Finished Check(const alerting::PrometheusRules& rules) {
    const TempFolder folder;
    WriteText(folder / "rules.yml", alerting::RuleFileText(rules));
    return Promtool("check rules " + folder / "rules.yml");
  }
};

TEST_F(RuleFileCheck, ChecksTheShippedRules) {
  const LoadedConfig loaded = LoadConfigFile(std::string(PLIMSOLL_SOURCE_DIR) + "/config/plimsoll.yaml");
  ASSERT_TRUE(loaded.faults.empty());
  const Finished finished = Check(alerting::PrometheusRulesOf(
      loaded.config.alerting, loaded.config.collector.container_labels, loaded.config.collector.interval));
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("SUCCESS: 8 rules found"));
}

TEST_F(RuleFileCheck, ChecksARuleOnEveryMetric) {
  const Finished finished = Promtool(std::string("check rules ") + PLIMSOLL_SOURCE_DIR +
                                     "/tests/golden/prometheus_rules/every_metric.yml");
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("SUCCESS: 23 rules found"));
}

// Texts that no configuration lets through, and some that it does, come out as what they are.
TEST_F(RuleFileCheck, ReadsHostileTexts) {
  const std::string hostile =
      "a'b\"c\\d\n# e: {{ $value }}\t- [x] \x01\x7f\xc3\xa9\xef\xbb\xbf\xe2\x80\xa8 {{/x}} {";
  RuleConfig rule = MakeRule("on", kCpuPercent, 0, 1, 1);
  rule.match.name = hostile;
  rule.match.labels = {{"app", "*" + hostile}};
  rule.labels = {{"null", hostile}, {"yes", "{{ template \"x\" }}"}};
  rule.annotations = {{"on", hostile}, {"note", "{{{name}}{"}, {"both", "{{name}}{{{image}}} {{=<% %>=}}"}};
  RuleConfig named = MakeRule("a: 'b' \"c\" #\n\\", kCpuPercent, 90, 2, 2);
  named.recover_threshold = 80;
  RuleConfig off = named;
  off.name += "\ngroups: []";
  off.enabled = false;
  AlertingConfig config;
  config.rules = {rule, named, off};
  const Finished finished =
      Check(alerting::PrometheusRulesOf(config, {"app", "a\nb"}, std::chrono::seconds(10)));
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("SUCCESS: 2 rules found"));
}

// One rule that Prometheus refuses takes the whole file with it.
TEST_F(RuleFileCheck, TakesWhateverPatternsAndTemplatesAConfigurationMayHave) {
  const std::vector<std::string> words = {"{",
                                          "}",
                                          "{{",
                                          "}}",
                                          "{{{",
                                          "\"",
                                          "'",
                                          "\\",
                                          "\n",
                                          "%",
                                          "$",
                                          "`",
                                          "-",
                                          " ",
                                          "name",
                                          "{{name}}",
                                          "{{{image}}}",
                                          "{{#image}}",
                                          "{{^image}}",
                                          "{{/image}}",
                                          "{{value}}",
                                          "{{labels.team}}",
                                          "{{threshold}}",
                                          "{{since}}",
                                          "#",
                                          ":"};
  const std::vector<std::string> letters = {"a",
                                            "z",
                                            "*",
                                            "?",
                                            "[",
                                            "]",
                                            "!",
                                            "^",
                                            "-",
                                            "\\",
                                            ".",
                                            "(",
                                            "{",
                                            "$",
                                            "\"",
                                            "\xc3\xa9",
                                            "\xe2\x82\xac",
                                            "[:alpha:]",
                                            "[.-.]",
                                            "[=e=]",
                                            "\n"};
  std::mt19937 random(12);
  const auto text_of = [&](const std::vector<std::string>& pieces) {
    std::string text;
    for (size_t length = 1 + random() % 8; length > 0; --length) text += pieces[random() % pieces.size()];
    return text;
  };
  AlertingConfig config;
  config.rules.clear();
  while (config.rules.size() < 2000) {
    RuleConfig rule = MakeRule("r" + std::to_string(config.rules.size()), kCpuPercent, 90, 2, 2);
    rule.match.name = text_of(letters);
    rule.match.labels = {{"app", text_of(letters)}};
    if (!CheckGlob(rule.match.name) || !CheckGlob(rule.match.labels[0].second)) continue;
    rule.labels = {{"team", text_of(words)}};
    rule.annotations = {{"a", text_of(words)}, {"b", text_of(words)}};
    config.rules.push_back(std::move(rule));
  }
  const Finished finished = Check(alerting::PrometheusRulesOf(config, {"app"}, std::chrono::seconds(10)));
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("SUCCESS: 2000 rules found"));
}

}  // namespace
}  // namespace plimsoll::testing
