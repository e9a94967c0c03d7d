#include "config/alerting_config.h"

#include <set>

namespace plimsoll {
namespace {

RuleConfig Shipped(const char* name, AlertMetric metric, double threshold) {
  RuleConfig rule;
  rule.name = name;
  rule.metric = metric;
  rule.threshold = threshold;
  rule.match.host = IsHostMetric(metric);
  return rule;
}

// A level that must last: fires after `breaches` samples, ends below `recover`.
RuleConfig Level(const char* name, AlertMetric metric, double threshold, double recover, uint32_t breaches) {
  RuleConfig rule = Shipped(name, metric, threshold);
  rule.recover_threshold = recover;
  rule.breaches = breaches;
  return rule;
}

}  // namespace

const char* CompareOpText(CompareOp op) {
  constexpr const char* kTexts[] = {">=", ">", "<=", "<"};
  return kTexts[static_cast<size_t>(op)];
}

const char* ReceiverTypeName(ReceiverType type) {
  constexpr const char* kNames[] = {"webhook",  "alertmanager", "slack",  "discord",   "teams",
                                    "telegram", "ntfy",         "gotify", "pagerduty", "json"};
  return kNames[static_cast<size_t>(type)];
}

std::vector<RuleConfig> ShippedRules() {
  std::vector<RuleConfig> rules = {
      Level("ContainerCpuHigh", AlertMetric::kCpuOfLimitPercent, 90, 80, 6),
      Level("ContainerMemoryHigh", AlertMetric::kMemoryPercent, 90, 85, 3),
      Shipped("ContainerOomKill", AlertMetric::kOomKills, 1),
      Shipped("ContainerRestartLoop", AlertMetric::kRestarts, 3),
      Shipped("ContainerUnhealthy", AlertMetric::kUnhealthy, 1),
      Level("HostCpuHigh", AlertMetric::kHostCpuPercent, 90, 80, 12),
      Level("HostMemoryHigh", AlertMetric::kHostMemoryPercent, 90, 85, 3),
      Level("HostDiskFull", AlertMetric::kHostDiskPercent, 90, 88, 3),
  };
  rules[2].severity = "critical";
  rules[3].severity = "critical";
  return rules;
}

std::vector<std::string> UnusedReceivers(const AlertingConfig& alerting) {
  std::set<std::string> used;
  const auto use = [&](const std::optional<std::vector<std::string>>& own) {
    const std::vector<std::string>& names = own ? *own : alerting.defaults.receivers;
    used.insert(names.begin(), names.end());
  };
  for (const RuleConfig& rule : alerting.rules) use(rule.receivers);
  if (alerting.scrape_watch.after.count() > 0) use(alerting.scrape_watch.receivers);
  std::vector<std::string> unused;
  for (const ReceiverConfig& receiver : alerting.receivers)
    if (!used.contains(receiver.name)) unused.push_back(receiver.name);
  return unused;
}

std::string UnusedReceiverText(const std::string& name) {
  return "receiver \"" + name + "\" is told nothing: no rule names it";
}

}  // namespace plimsoll
