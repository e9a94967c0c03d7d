#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/prometheus/rules.h"
#include "config/load.h"
#include "golden.h"
#include "unit/engine/fake_ticks.h"

namespace plimsoll::alerting {
namespace {

using namespace std::chrono_literals;
using enum AlertMetric;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

const std::vector<std::string> kAllowed = {"app", "com.docker.compose.project"};

AlertingConfig ConfigOf(std::vector<RuleConfig> rules) {
  AlertingConfig config;
  config.rules = std::move(rules);
  return config;
}

PrometheusRule One(const RuleConfig& rule, std::chrono::milliseconds interval = 10s) {
  return PrometheusRulesOf(ConfigOf({rule}), kAllowed, interval).rules.at(0);
}

TEST(PrometheusRulesTest, TheShippedRulesEqualTheFile) {
  const LoadedConfig loaded = LoadConfigFile(std::string(PLIMSOLL_SOURCE_DIR) + "/config/plimsoll.yaml");
  ASSERT_THAT(loaded.faults, IsEmpty());
  ExpectGolden(
      "tests/golden/prometheus_rules/shipped.yml",
      RuleFileText(PrometheusRulesOf(loaded.config.alerting, loaded.config.collector.container_labels,
                                     loaded.config.collector.interval)));
}

TEST(PrometheusRulesTest, EveryMetricIsWrittenOrSaidToBeWithoutEqual) {
  std::vector<RuleConfig> rules;
  for (const std::string_view name : AlertMetricNames()) {
    RuleConfig rule = MakeRule(std::string(name), *FindAlertMetric(name), 1, 3, 2);
    if (rule.metric == kAbsent) rule.match.name = "db-[0-9]";
    rules.push_back(rule);
  }
  AlertingConfig config = ConfigOf(rules);
  config.scrape_watch.after = 5min;
  const PrometheusRules written = PrometheusRulesOf(config, kAllowed, 10s);
  std::vector<std::string> left_out;
  for (const PrometheusRule& rule : written.rules) {
    if (!rule.expr.empty()) continue;
    left_out.push_back(rule.name);
    EXPECT_THAT(rule.remarks, SizeIs(1)) << rule.name;
  }
  EXPECT_THAT(left_out, ElementsAre("exit_code", "unscraped_seconds", kScrapeWatchRule));
  EXPECT_EQ(written.rules.size(), kAlertMetrics + 1);
  ExpectGolden("tests/golden/prometheus_rules/every_metric.yml", RuleFileText(written));
}

TEST(PrometheusRulesTest, CountsBecomeTimes) {
  const PrometheusRule rule = One(MakeRule("a", kCpuPercent, 90, 6, 3));
  EXPECT_EQ(rule.pending_for, 50s);
  EXPECT_EQ(rule.keep_firing_for, 20s);
  const PrometheusRule at_once = One(MakeRule("a", kCpuPercent, 90, 1, 1));
  EXPECT_EQ(at_once.pending_for, 0s);
  EXPECT_EQ(at_once.keep_firing_for, 0s);
  EXPECT_EQ(One(MakeRule("a", kCpuPercent, 90, 10000, 1), 5min).pending_for, 9999 * 5min);
}

TEST(PrometheusRulesTest, WhatARuleDoesNotSayComesFromTheDefaults) {
  RuleConfig rule;
  rule.name = "a";
  rule.threshold = 90;
  AlertingConfig config = ConfigOf({rule});
  config.defaults = {.breaches = 4, .recoveries = 5, .severity = "page"};
  const PrometheusRule out = PrometheusRulesOf(config, kAllowed, 10s).rules.at(0);
  EXPECT_EQ(out.pending_for, 30s);
  EXPECT_EQ(out.keep_firing_for, 40s);
  EXPECT_THAT(out.labels, ElementsAre(Pair("severity", "page")));
}

TEST(PrometheusRulesTest, TheGraceTimeOfAnAbsenceIsPartOfFor) {
  RuleConfig rule = MakeRule("gone", kAbsent, 1, 2, 1);
  rule.match.name = "db";
  AlertingConfig config = ConfigOf({rule});
  const auto pending = [&](std::chrono::milliseconds grace) {
    config.recreate_grace = grace;
    return PrometheusRulesOf(config, kAllowed, 10s).rules.at(0).pending_for;
  };
  EXPECT_EQ(pending(0s), 10s);
  EXPECT_EQ(pending(10s), 10s);
  EXPECT_EQ(pending(11s), 20s);
  EXPECT_EQ(pending(30s), 30s);
  EXPECT_EQ(pending(1h), 10s + 359 * 10s);
}

TEST(PrometheusRulesTest, ARecoverThresholdAsksWhatFiresAlready) {
  RuleConfig rule = MakeRule("High", kCpuPercent, 90);
  rule.recover_threshold = 80;
  rule.labels = {{"team", "web"}};
  EXPECT_EQ(One(rule).expr,
            "plimsoll_container_cpu_percent >= 90\n"
            "or\n"
            "(plimsoll_container_cpu_percent >= 80\n"
            " and ignoring (alertname, alertstate, severity, team) "
            "ALERTS{alertname=\"High\",alertstate=\"firing\"})");
  rule.op = CompareOp::kLess;
  rule.recover_threshold = 95.5;
  EXPECT_THAT(One(rule).expr, AllOf(HasSubstr("_percent < 90\n"), HasSubstr("_percent < 95.5\n")));
  rule.recover_threshold = 90;
  EXPECT_EQ(One(rule).expr, "plimsoll_container_cpu_percent < 90");
}

TEST(PrometheusRulesTest, PatternsBecomeMatchers) {
  const auto expr = [](const std::string& name, const std::string& image) {
    RuleConfig rule = MakeRule("a", kCpuPercent, 1);
    rule.match.name = name;
    rule.match.image = image;
    return One(rule).expr;
  };
  EXPECT_EQ(expr("", ""), "plimsoll_container_cpu_percent >= 1");
  EXPECT_EQ(expr("*", "**"), "plimsoll_container_cpu_percent >= 1");
  EXPECT_EQ(expr("web", "nginx:1.25"),
            "plimsoll_container_cpu_percent{name=\"web\",image=\"nginx:1.25\"} >= 1");
  EXPECT_EQ(expr("web-*", ""), "plimsoll_container_cpu_percent{name=~\"web-.*\"} >= 1");
  EXPECT_EQ(expr("a.b?", ""), "plimsoll_container_cpu_percent{name=~\"a\\\\.b.\"} >= 1");
  EXPECT_EQ(expr("a\\*\"", ""), "plimsoll_container_cpu_percent{name=\"a*\\\"\"} >= 1");
}

TEST(PrometheusRulesTest, LabelsAreMatchedWhereTheyStand) {
  RuleConfig rule = MakeRule("a", kCpuPercent, 1);
  rule.match.labels = {{"app", "x*"}, {"com.docker.compose.project", "shop"}};
  EXPECT_EQ(One(rule).expr,
            "plimsoll_container_cpu_percent >= 1 and on (job, instance, id) container_last_seen{"
            "container_label_app=~\"(?s)x.*\",container_label_com_docker_compose_project=\"shop\"}");
  rule.metric = kPidsPercent;
  EXPECT_THAT(One(rule).expr, HasSubstr("container_threads{name!=\"\",container_label_app=~\"(?s)x.*\","));
}

TEST(PrometheusRulesTest, AnEmptyLabelAndAMissingOneAreSaidToBeTheSame) {
  RuleConfig rule = MakeRule("a", kCpuPercent, 1);
  rule.match.labels = {{"app", ""}};
  EXPECT_THAT(One(rule).expr, HasSubstr("{container_label_app=\"\"}"));
  EXPECT_THAT(One(rule).remarks, ElementsAre(HasSubstr("containers without it match too")));
  rule.match.labels = {{"app", "*"}};
  EXPECT_THAT(One(rule).expr, HasSubstr("{container_label_app=~\"(?s).+\"}"));
  EXPECT_THAT(One(rule).remarks, ElementsAre(HasSubstr("have it empty do not match")));
}

TEST(PrometheusRulesTest, ALabelThatIsNotOnMetricsLeavesTheRuleOut) {
  RuleConfig rule = MakeRule("a", kCpuPercent, 1);
  rule.match.labels = {{"tier", "x"}};
  EXPECT_EQ(One(rule).expr, "");
  EXPECT_THAT(One(rule).remarks, ElementsAre(HasSubstr("add it to collector.container_labels")));
  const AlertingConfig config = ConfigOf({rule});
  EXPECT_NE(PrometheusRulesOf(config, {"*"}, 10s).rules.at(0).expr, "");
  EXPECT_NE(PrometheusRulesOf(config, {"tier"}, 10s).rules.at(0).expr, "");
  rule.match.labels = {{"a.b", "x"}};
  const PrometheusRules clash = PrometheusRulesOf(ConfigOf({rule}), {"a.b", "a-b"}, 10s);
  EXPECT_EQ(clash.rules.at(0).expr, "");
  EXPECT_THAT(clash.rules.at(0).remarks, ElementsAre(HasSubstr("same name")));
}

TEST(PrometheusRulesTest, ARuleThatIsOffIsNamedAndNotWritten) {
  RuleConfig rule = MakeRule("Off", kCpuPercent, 1);
  rule.enabled = false;
  const std::string text = RuleFileText(PrometheusRulesOf(ConfigOf({rule}), kAllowed, 10s));
  EXPECT_THAT(text, HasSubstr("    rules: []\n      # NOT HERE: 'Off' is switched off (enabled: false).\n"));
  EXPECT_THAT(text, Not(HasSubstr("alert:")));
}

TEST(PrometheusRulesTest, NoRulesAreAnEmptyGroup) {
  EXPECT_THAT(RuleFileText(PrometheusRulesOf(ConfigOf({}), kAllowed, 10s)),
              testing::EndsWith("    interval: 10s\n    rules: []\n"));
}

TEST(PrometheusRulesTest, LongIntervalsAreSaidToNeedALongerLookback) {
  const auto text = [](std::chrono::milliseconds interval) {
    return RuleFileText(PrometheusRulesOf(ConfigOf({}), kAllowed, interval));
  };
  EXPECT_THAT(text(2min), Not(HasSubstr("lookback-delta")));
  EXPECT_THAT(text(5min), HasSubstr("--query.lookback-delta=15m"));
}

TEST(PrometheusRulesTest, WindowsReachOneSampleBack) {
  RuleConfig rule = MakeRule("a", kOomKills, 1, 1, 1);
  rule.window = 10min;
  EXPECT_THAT(One(rule).expr, HasSubstr("[10m9s999ms]"));
  rule.window = 65s;
  EXPECT_THAT(One(rule).expr, HasSubstr("[1m19s999ms]")) << "the next whole number of intervals";
}

// Annotations.

std::string Annotated(const std::string& mustache, AlertMetric metric = kCpuPercent,
                      const std::string& external_url = "") {
  RuleConfig rule = MakeRule("High", metric, 90.5);
  rule.match.name = metric == kAbsent ? "db" : "";
  rule.labels = {{"team", "web {{x}}"}};
  rule.annotations = {{"note", mustache}};
  AlertingConfig config = ConfigOf({rule});
  config.external_url = external_url;
  const PrometheusRule out = PrometheusRulesOf(config, kAllowed, 10s).rules.at(0);
  for (const auto& [name, text] : out.annotations)
    if (name == "note") return text + (out.remarks.empty() ? "" : " # " + out.remarks.back());
  return "(none)";
}

TEST(PrometheusRulesTest, MustacheBecomesTemplatesOfPrometheus) {
  EXPECT_EQ(Annotated("plain text"), "plain text");
  EXPECT_EQ(Annotated("{{name}} of {{{ image }}}, {{&labels.instance}}"),
            "{{ $labels.name }} of {{ $labels.image }}, {{ $labels.instance }}");
  EXPECT_EQ(Annotated("{{value}} {{value_number}} {{threshold}} {{threshold_number}} {{op}}"),
            "{{ $value | printf \"%.1f\" }} % {{ $value }} >= 90.5 % 90.5 >=");
  EXPECT_EQ(Annotated("{{rule}} {{severity}} {{metric}} {{status}} {{labels.alertname}}"),
            "High warning cpu_percent firing High");
  EXPECT_EQ(Annotated("{{labels.team}}"), "web {{ \"{{\" }}x}}");
  EXPECT_EQ(Annotated("a{{! said to nobody }}b{{unknown}}c"), "abc");
  EXPECT_EQ(Annotated("{{labels.container_label_app}}", kPidsPercent), "{{ $labels.container_label_app }}");
  EXPECT_THAT(Annotated("{{labels.namespace}}", kUnhealthy), StartsWith("{{ $labels.namespace }} #"));
  EXPECT_EQ(Annotated("{{name}}{{subject}}", kHostMemoryPercent), "host {{ $labels.instance }}")
      << "the host has no name";
}

TEST(PrometheusRulesTest, SectionsAreDecidedNowWhereTheyCanBe) {
  EXPECT_EQ(Annotated("{{#firing}}on{{/firing}}{{#resolved}}off {{since}}{{/resolved}}"), "on");
  EXPECT_EQ(Annotated("{{^resolved}}a{{^firing}}b{{/firing}}c{{/resolved}}"), "ac");
  EXPECT_EQ(Annotated("{{#image}}of {{image}}{{/image}}{{^image}}of none{{/image}}"),
            "{{ if $labels.image }}of {{ $labels.image }}{{ end }}"
            "{{ if not $labels.image }}of none{{ end }}");
  EXPECT_EQ(Annotated("{{#name}}x{{/name}}{{#value}}y{{/value}}", kHostMemoryPercent), "y");
}

TEST(PrometheusRulesTest, WhatPrometheusDoesNotHaveStaysAsItIsWritten) {
  EXPECT_EQ(Annotated("since {{since}} {{name}}"),
            "since {{ \"{{\" }}since}} {{ \"{{\" }}name}} # The annotation note stands as it was written: "
            "Prometheus has nothing for {{since}}.");
  EXPECT_THAT(Annotated("{{#consumers}}{{name}}{{/consumers}}"), HasSubstr("nothing for {{consumers}}"));
  EXPECT_THAT(Annotated("{{labels.container_label_app}}"), HasSubstr("nothing for"));
  EXPECT_THAT(Annotated("{{labels.pod}}"), HasSubstr("nothing for"));
  EXPECT_THAT(Annotated("{{>other}}"), HasSubstr("partials"));
  EXPECT_THAT(Annotated("{{=<% %>=}}"), HasSubstr("delimiters"));
  EXPECT_THAT(Annotated("{{#name}}x"), HasSubstr("has no end"));
  EXPECT_THAT(Annotated("{{#name}}x{{/image}}"), HasSubstr("ends no section"));
  EXPECT_THAT(Annotated("{{name"), HasSubstr("never closed"));
}

TEST(PrometheusRulesTest, LinksAreThoseThatAreKnown) {
  EXPECT_EQ(Annotated("a {{link}}"), "a ");
  EXPECT_EQ(Annotated("{{link}}", kHostMemoryPercent, "http://h:9797"), "http://h:9797/");
  EXPECT_THAT(Annotated("{{link}}", kCpuPercent, "http://h:9797"), HasSubstr("nothing for {{link}}"));
}

TEST(PrometheusRulesTest, TheRulesOwnSummaryIsTheSummary) {
  RuleConfig rule = MakeRule("High", kMemoryUsedBytes, 1 << 20);
  EXPECT_THAT(One(rule).annotations,
              ElementsAre(Pair("description", testing::EndsWith("Image: {{ $labels.image }}. Host: {{ "
                                                                "$labels.instance }}.")),
                          Pair("summary",
                               "{{ $labels.name }}: memory in use is {{ $value | humanize1024 }}B (threshold "
                               ">= 1 MiB)")));
  rule.annotations = {{"description", "<{{summary}}>"}, {"summary", "busy"}};
  EXPECT_THAT(One(rule).annotations,
              ElementsAre(Pair("description", testing::StartsWith("<{{ $labels.name }}: memory in use")),
                          Pair("summary", "busy")));
}

}  // namespace
}  // namespace plimsoll::alerting
