#pragma once

#include <array>
#include <bitset>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/alert_metric.h"
#include "config/secret.h"

namespace plimsoll {

enum class CompareOp { kGreaterEqual, kGreater, kLessEqual, kLess };
const char* CompareOpText(CompareOp op);  // ">="

using TextPairs = std::vector<std::pair<std::string, std::string>>;  // sorted by key, keys unique

// What a rule takes where it says nothing itself.
struct AlertDefaults {
  uint32_t breaches = 2, recoveries = 2;                             // consecutive samples, 1 .. 10000
  std::chrono::milliseconds repeat_interval{std::chrono::hours(4)};  // 0: never repeated
  std::string severity = "warning";
  std::vector<std::string> receivers;
  bool operator==(const AlertDefaults&) const = default;
};

// Which containers a rule is for: those that every pattern given matches. Globs
// (fnmatch(3)); an empty one matches all.
struct RuleMatch {
  std::string name, image;
  TextPairs labels;  // the container's own labels; values are globs
  bool host = false;
  bool operator==(const RuleMatch&) const = default;
};

// One rule as the file has it; alerting/engine/settings.h makes of it what counts for one container.
struct RuleConfig {
  std::string name;  // letters, digits, _ and -; unique whatever the case of its letters
  AlertMetric metric = AlertMetric::kCpuPercent;
  CompareOp op = CompareOp::kGreaterEqual;
  double threshold = 0;
  std::optional<double> recover_threshold;  // hysteresis; absent: the threshold
  // Absent: the defaults'; for metrics that count events one breach fires.
  std::optional<uint32_t> breaches, recoveries;
  std::optional<std::chrono::milliseconds> repeat_interval;
  std::optional<std::string> severity;
  std::optional<std::vector<std::string>> receivers;
  std::chrono::milliseconds window{std::chrono::minutes(10)};  // of metrics that count events
  RuleMatch match;
  TextPairs labels, annotations;  // annotations are Mustache
  bool enabled = true;
  bool operator==(const RuleConfig&) const = default;
};

enum class ReceiverType {
  kWebhook,
  kAlertmanager,
  kSlack,
  kDiscord,
  kTeams,
  kTelegram,
  kNtfy,
  kGotify,
  kPagerduty,
  kJson
};
const char* ReceiverTypeName(ReceiverType type);  // "webhook"
inline constexpr std::array kReceiverTypes = {
    ReceiverType::kWebhook,   ReceiverType::kAlertmanager, ReceiverType::kSlack, ReceiverType::kDiscord,
    ReceiverType::kTeams,     ReceiverType::kTelegram,     ReceiverType::kNtfy,  ReceiverType::kGotify,
    ReceiverType::kPagerduty, ReceiverType::kJson};

// How a request proves who it comes from. At most one of bearer and basic.
struct HttpAccess {
  std::vector<std::pair<std::string, Secret>> headers;  // in the file's order
  Secret bearer_token;
  std::string basic_user;  // empty: no basic auth
  Secret basic_password;
  std::string ca_file;  // PEM; empty: the system's
  bool insecure_skip_verify = false;
  bool operator==(const HttpAccess&) const = default;
};

// Where notifications go. Files named in the configuration have been read.
struct ReceiverConfig {
  std::string name;
  ReceiverType type = ReceiverType::kWebhook;
  std::vector<Secret> urls;  // http or https; one, but for alertmanager, which may have several
  HttpAccess access;
  std::chrono::milliseconds timeout{std::chrono::seconds(10)};  // of one try
  std::chrono::milliseconds max_age{std::chrono::hours(24)};    // then a message is given up
  Secret hmac_secret;
  bool send_resolved = true;
  bool when_unscraped = false;  // used only while nobody scrapes

  Secret token;                          // telegram's bot, gotify's application, pagerduty's routing key
  std::string chat_id;                   // telegram
  std::string topic;                     // ntfy
  int priority = 0;                      // ntfy 1..5, gotify 1..10; 0: by severity
  std::string channel, username;         // slack; username discord too
  std::string body_template;             // json: Mustache
  std::vector<Secret> template_secrets;  // json: what its template has from the environment
  bool operator==(const ReceiverConfig&) const = default;
};

// One condition over an alert's labels, as Alertmanager writes it: name=~"web-.*".
struct LabelMatcher {
  enum class Op { kEqual, kNotEqual, kRegex, kNotRegex };
  std::string label;
  Op op = Op::kEqual;
  std::string value;  // a regex is anchored at both ends, ECMAScript
  bool operator==(const LabelMatcher&) const = default;
};

// When alerts that match are kept silent.
struct MaintenanceWindow {
  std::string name;
  std::bitset<7> weekdays{0x7f};        // 0 is Monday; the day on which the window begins
  std::chrono::minutes from{0}, to{0};  // of day; to <= from: ends on the next day
  std::string timezone = "UTC";         // IANA
  std::vector<LabelMatcher> matchers;   // all must match; empty: every alert
  bool operator==(const MaintenanceWindow&) const = default;
};

// Pinged while all parts are healthy: a dead man's switch.
struct HeartbeatConfig {
  Secret url;  // empty: none
  std::chrono::milliseconds interval{std::chrono::minutes(1)};
  bool operator==(const HeartbeatConfig&) const = default;
};

// The alert that nobody has asked for /metrics: a rule on unscraped_seconds of the name kScrapeWatchRule.
inline constexpr const char* kScrapeWatchRule = "PlimsollNotScraped";
struct ScrapeWatchConfig {
  std::chrono::milliseconds after{0};  // 0: no such alert
  std::optional<std::string> severity;
  std::optional<std::vector<std::string>> receivers;
  bool operator==(const ScrapeWatchConfig&) const = default;
};

std::vector<RuleConfig> ShippedRules();

struct AlertingConfig {
  std::string external_url;   // without a slash at its end; empty: links are left out
  std::string dashboard_url;  // a Mustache template over an alert's fields; empty: no such link
  AlertDefaults defaults;
  std::vector<std::string> group_by{"rule"};  // "rule", or names of labels
  std::chrono::milliseconds group_wait{std::chrono::seconds(5)};
  // How long a container may be away before its alerts resolve, or it counts as
  // absent: a recreation is no outage.
  std::chrono::milliseconds recreate_grace{std::chrono::seconds(30)};
  std::vector<RuleConfig> rules = ShippedRules();
  std::vector<ReceiverConfig> receivers;
  std::vector<MaintenanceWindow> maintenance;
  HeartbeatConfig heartbeat;
  ScrapeWatchConfig scrape_watch;
  bool operator==(const AlertingConfig&) const = default;
};

// Names of receivers that no rule, default or scrape_watch names: they are never told anything.
std::vector<std::string> UnusedReceivers(const AlertingConfig& alerting);
// What to say of one, and what to do.
std::string UnusedReceiverText(const std::string& name);
inline constexpr const char* kUnusedReceiverAdvice =
    "put it into alerting.defaults.receivers, or into a rule's";

}  // namespace plimsoll
