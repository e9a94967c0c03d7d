#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <type_traits>

#include "config/load.h"

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::Pair;

AlertingConfig Good(const std::string& name) {
  ::setenv("PLIMSOLL_TEST_SECRET", "hunter2", 1);
  const LoadedConfig loaded =
      LoadConfigFile(std::string(PLIMSOLL_SOURCE_DIR) + "/tests/config/good/" + name + ".yaml");
  EXPECT_EQ(FormatFaults(name, loaded.faults), "");
  return loaded.config.alerting;
}

AlertingConfig Text(const std::string& text) {
  const LoadedConfig loaded = LoadConfigText(text, "f");
  EXPECT_EQ(FormatFaults("f", loaded.faults), "");
  return loaded.config.alerting;
}

TEST(AlertingSectionTest, AReceiverThatNoRuleNamesIsNamed) {
  const std::string receivers =
      "  receivers:\n    - {name: ops, type: webhook, url: \"http://x/\"}\n"
      "    - {name: night, type: webhook, url: \"http://y/\"}\n";
  EXPECT_THAT(UnusedReceivers(Text("alerting:\n" + receivers)), ElementsAre("ops", "night"));
  EXPECT_THAT(UnusedReceivers(Text("alerting:\n  defaults: {receivers: [ops]}\n" + receivers)),
              ElementsAre("night"));
  EXPECT_THAT(UnusedReceivers(Text("alerting:\n  defaults: {receivers: [ops]}\n  scrape_watch: {after: 5m, "
                                   "receivers: [night]}\n" +
                                   receivers)),
              ElementsAre());
}

TEST(AlertingSectionTest, EveryKeyOfTheTopReachesItsField) {
  const AlertingConfig config = Good("alerting");
  EXPECT_EQ(config.external_url, "https://host.example/plimsoll");
  EXPECT_EQ(config.dashboard_url, "https://grafana.example/d/x?var-container={{name}}");
  EXPECT_EQ(config.defaults, (AlertDefaults{3, 4, std::chrono::hours(1), "page", {"hook"}}));
  EXPECT_THAT(config.group_by, ElementsAre("rule", "severity"));
  EXPECT_EQ(config.group_wait.count(), 0);
  EXPECT_EQ(config.recreate_grace, std::chrono::minutes(1));
  EXPECT_EQ(config.heartbeat,
            (HeartbeatConfig{Secret("https://ping.example/hunter2"), std::chrono::seconds(30)}));
  EXPECT_EQ(config.scrape_watch,
            (ScrapeWatchConfig{std::chrono::minutes(5), "critical", std::vector<std::string>{"am"}}));
}

TEST(AlertingSectionTest, TheHeartbeatsUrlMayStandInAFile) {
  EXPECT_EQ(Good("heartbeat_of_a_file").heartbeat.url,
            Secret("https://hooks.example/services/T0/B0/file-secret-7"));
}

TEST(AlertingSectionTest, EveryKeyOfARuleReachesItsField) {
  const std::vector<RuleConfig> rules = Good("alerting").rules;
  ASSERT_EQ(rules.size(), 5U);
  RuleConfig expected;
  expected.name = "ContainerCpuHigh";
  expected.metric = AlertMetric::kCpuPercent;
  expected.op = CompareOp::kGreater;
  expected.threshold = 90.5;
  expected.recover_threshold = 80;
  expected.breaches = 5;
  expected.recoveries = 1;
  expected.repeat_interval = std::chrono::milliseconds(0);
  expected.severity = "critical";
  expected.receivers = {"hook", "am"};
  expected.match = {
      "web-*", "nginx:*", {{"com.docker.compose.oneoff", ""}, {"com.docker.compose.project", "shop"}}, false};
  expected.labels = {{"area", "shop"}, {"team", "web"}};
  expected.annotations = {{"runbook", "https://runbooks.example/{{alertname}}"},
                          {"summary", "{{name}} is busy"}};
  expected.enabled = false;
  EXPECT_EQ(rules[0], expected);
  EXPECT_EQ(rules[1].window, std::chrono::hours(1));
  EXPECT_EQ(rules[1].receivers, std::vector<std::string>{}) << "none is not the same as the defaults'";
  EXPECT_EQ(rules[1].breaches, std::nullopt);
  EXPECT_EQ(rules[2].threshold, 1) << "a yes breaches";
  EXPECT_TRUE(rules[3].match.host);
  EXPECT_EQ(rules[4].op, CompareOp::kLessEqual);
}

TEST(AlertingSectionTest, EveryKeyOfAReceiverReachesItsField) {
  const std::vector<ReceiverConfig> receivers = Good("alerting").receivers;
  ASSERT_EQ(receivers.size(), 10U);
  const ReceiverConfig& hook = receivers[0];
  EXPECT_THAT(hook.urls, ElementsAre(Secret("http://127.0.0.1:9000/hunter2")));
  EXPECT_EQ(hook.hmac_secret, Secret("file-secret-7"));
  EXPECT_THAT(hook.access.headers,
              ElementsAre(Pair("X-Key", Secret("hunter2")), Pair("X-Plain", Secret("a"))));
  EXPECT_EQ(hook.access.basic_user, "me");
  EXPECT_EQ(hook.access.basic_password, Secret("file-secret-7"));
  EXPECT_TRUE(hook.access.ca_file.ends_with("/tests/config/good/../secrets/ca.pem"));
  EXPECT_TRUE(hook.access.insecure_skip_verify);
  EXPECT_EQ(hook.timeout, std::chrono::seconds(3));
  EXPECT_EQ(hook.max_age, std::chrono::hours(1));
  EXPECT_FALSE(hook.send_resolved);
  EXPECT_TRUE(hook.when_unscraped);
  EXPECT_THAT(receivers[1].urls,
              ElementsAre(Secret("http://am-1.example:9093"), Secret("http://[::1]:9093/prefix")));
  EXPECT_EQ(receivers[1].access.bearer_token, Secret("file-secret-7"));
  EXPECT_THAT(receivers[2].urls, ElementsAre(Secret("https://hooks.example/services/T0/B0/file-secret-7")));
  EXPECT_EQ(receivers[2].channel, "#ops");
  EXPECT_EQ(receivers[2].username, "plimsoll");
  EXPECT_EQ(receivers[5].token, Secret("file-secret-7"));
  EXPECT_EQ(receivers[5].chat_id, "-100123");
  EXPECT_EQ(receivers[6].topic, "alerts");
  EXPECT_EQ(receivers[6].priority, 5);
  EXPECT_EQ(receivers[7].token, Secret("hunter2"));
  EXPECT_EQ(receivers[7].priority, 10);
  EXPECT_EQ(receivers[8].token, Secret("hunter2"));
  EXPECT_EQ(receivers[9].body_template, "{\"text\": \"{{alertname}}\"}\n");
  for (size_t i = 0; i < receivers.size(); ++i) EXPECT_EQ(receivers[i].type, kReceiverTypes[i]) << i;
}

// Whoever quotes the body must not quote these.
TEST(AlertingSectionTest, WhatATemplateHasFromTheEnvironmentIsSecret) {
  ::setenv("PLIMSOLL_TEST_SECRET", "hunter2", 1);
  const AlertingConfig config = Text(
      "alerting:\n"
      "  receivers:\n"
      "  - {name: a, type: json, url: http://h, template: '{\"key\": \"${PLIMSOLL_TEST_SECRET}\"}'}\n");
  ASSERT_EQ(config.receivers.size(), 1U);
  EXPECT_EQ(config.receivers[0].body_template, "{\"key\": \"hunter2\"}");
  EXPECT_THAT(config.receivers[0].template_secrets, ElementsAre(Secret("hunter2")));
}

TEST(AlertingSectionTest, ServicesThatEverybodySharesNeedNoUrl) {
  const std::vector<ReceiverConfig> receivers = Good("alerting").receivers;
  EXPECT_THAT(receivers[5].urls, ElementsAre(Secret("https://api.telegram.org")));
  EXPECT_THAT(receivers[6].urls, ElementsAre(Secret("https://ntfy.sh")));
  EXPECT_THAT(receivers[8].urls, ElementsAre(Secret("https://events.pagerduty.com/v2/enqueue")));
}

TEST(AlertingSectionTest, EveryKeyOfAMaintenanceWindowReachesItsField) {
  const std::vector<MaintenanceWindow> windows = Good("alerting").maintenance;
  ASSERT_EQ(windows.size(), 2U);
  using Op = LabelMatcher::Op;
  EXPECT_EQ(windows[0],
            (MaintenanceWindow{"backup",
                               std::bitset<7>("1000001"),
                               std::chrono::minutes(23 * 60 + 30),
                               std::chrono::minutes(75),
                               "Europe/Berlin",
                               {{"name", Op::kRegex, "db-.*"}, {"severity", Op::kNotEqual, "critical"}}}));
  EXPECT_EQ(windows[1].to, std::chrono::hours(24));
  EXPECT_TRUE(windows[1].weekdays.all());
}

TEST(AlertingSectionTest, AListOfRulesReplacesTheShippedOnesAndAnEmptyOneSwitchesThemOff) {
  EXPECT_EQ(Text("alerting: {group_wait: 1s}").rules, ShippedRules());
  EXPECT_EQ(Text("alerting: {rules: }").rules, ShippedRules());
  EXPECT_TRUE(Text("alerting: {rules: []}").rules.empty());
  EXPECT_EQ(Text("alerting: {rules: [{name: R, metric: unhealthy}]}").rules.size(), 1U);
}

TEST(AlertingSectionTest, AReceiverMayBeNamedBeforeItStands) {
  const AlertingConfig config = Text(
      "alerting:\n"
      "  defaults: {receivers: [b]}\n"
      "  receivers: [{name: b, type: webhook, url: 'http://b.example'}]\n");
  EXPECT_THAT(config.defaults.receivers, ElementsAre("b"));
}

TEST(SecretTest, CannotBePrintedOrConvertedByAccident) {
  EXPECT_FALSE((std::is_convertible_v<Secret, std::string>));
  EXPECT_FALSE((std::is_convertible_v<Secret, std::string_view>));
  EXPECT_FALSE((std::is_convertible_v<Secret, const char*>));
  EXPECT_FALSE((std::is_convertible_v<std::string, Secret>)) << "nor made by accident";
  EXPECT_EQ(Secret("x").Reveal(), "x");
  EXPECT_TRUE(Secret().empty());
}

TEST(AlertMetricTest, EveryNameFindsItsMetric) {
  for (const std::string_view name : AlertMetricNames()) {
    ASSERT_TRUE(FindAlertMetric(name)) << name;
    EXPECT_EQ(AlertMetricName(*FindAlertMetric(name)), name);
  }
  EXPECT_EQ(FindAlertMetric("host_disk_percent"), AlertMetric::kHostDiskPercent);
  EXPECT_EQ(FindAlertMetric("unhealthy"), AlertMetric::kUnhealthy);
  EXPECT_EQ(FindAlertMetric("nothing"), std::nullopt);
}

}  // namespace
}  // namespace plimsoll
