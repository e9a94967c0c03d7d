// Texts that no configuration lets through. What is written of them is a rule file still: one expression that
// Prometheus refuses would take all rules with it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/prometheus/glob_regex.h"
#include "alerting/prometheus/quoted_text.h"
#include "alerting/prometheus/rules.h"
#include "alerting/prometheus/template.h"

namespace plimsoll::alerting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(UnclosedGlob, StandsForItself) {
  EXPECT_EQ(RegexOfGlob("["), "\\[");
  EXPECT_EQ(RegexOfGlob("[!"), "\\[!");
  EXPECT_EQ(RegexOfGlob("[["), "\\[\\[");
  EXPECT_EQ(RegexOfGlob("[[:alpha"), "\\[\\[:alpha");
  EXPECT_EQ(RegexOfGlob("[a-[.b"), "\\[a-\\[\\.b");
  EXPECT_EQ(RegexOfGlob("[a\\"), "\\[a\\\\");
  EXPECT_EQ(RegexOfGlob("a\\"), "a\\\\");
  EXPECT_EQ(LiteralOfGlob("a\\"), "a\\");
}

TEST(YamlText, EscapesEachEndOfALine) {
  EXPECT_EQ(YamlScalar("a\xe2\x80\xa9"
                       "b"),
            "\"a\\u2029b\"");
  EXPECT_EQ(YamlScalar("\xf4\x8f\xbf\xbf\n"), "\"\xf4\x8f\xbf\xbf\\n\"")
      << "the last character that there is";
}

TEST(Template, AsksForNothingInWhatIsLeftOut) {
  const FieldLookup find = [](const std::string& name) {
    return name == "off"  ? PrometheusField::Flag(false)
           : name == "on" ? PrometheusField::Flag(true)
                          : PrometheusField::Missing();
  };
  EXPECT_EQ(ToPrometheusTemplate("{{#off}}a{{#x}}b{{x}}{{/x}}c{{/off}}d", find).value_or("none"), "d");
  EXPECT_THAT(ToPrometheusTemplate("{{on}}", find).error().message, HasSubstr("nothing for {{on}}"))
      << "its word is for sections";
}

TEST(Annotations, OfOneAnotherAreNotThere) {
  RuleConfig rule;
  rule.name = "High";
  rule.annotations = {{"note", "{{annotations.summary}}"}};
  AlertingConfig config;
  config.rules = {rule};
  const PrometheusRule out = PrometheusRulesOf(config, {}, std::chrono::seconds(10)).rules.at(0);
  ASSERT_EQ(out.remarks.size(), 1u);
  EXPECT_THAT(out.remarks[0], HasSubstr("nothing for {{annotations.summary}}"));
}

TEST(RuleFile, HasNoKeyWithoutPairs) {
  PrometheusRules rules;
  rules.interval = std::chrono::seconds(10);
  rules.rules.emplace_back().name = "Bare";
  rules.rules[0].expr = "up == 0";
  const std::string text = RuleFileText(rules);
  EXPECT_THAT(text, HasSubstr("- alert: 'Bare'\n        expr: |-\n          up == 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("labels:")));
  EXPECT_THAT(text, Not(HasSubstr("annotations:")));
}

}  // namespace
}  // namespace plimsoll::alerting
