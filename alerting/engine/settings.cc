#include "alerting/engine/settings.h"

#include <fnmatch.h>

#include <algorithm>

namespace plimsoll::alerting {
namespace {

bool GlobMatches(const std::string& glob, const std::string& text) {
  return ::fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

bool WatchesForTooMuch(const RuleConfig& config) {
  return config.op == CompareOp::kGreaterEqual || config.op == CompareOp::kGreater;
}

// The distance between threshold and recover_threshold, kept as a ratio.
double Scaled(const Rule& rule, double new_threshold) {
  if (rule.threshold == 0 || rule.recover_threshold == rule.threshold) return new_threshold;
  return new_threshold * (rule.recover_threshold / rule.threshold);
}

void SetThreshold(Rule& rule, double threshold) {
  rule.recover_threshold = Scaled(rule, threshold);
  rule.threshold = threshold;
}

void Apply(const LabelSetting& label, Rule& rule) {
  if (label.enabled) rule.enabled = *label.enabled;
  if (label.threshold) SetThreshold(rule, *label.threshold);
  if (label.recover_threshold) rule.recover_threshold = *label.recover_threshold;
  if (label.breaches) rule.breaches = *label.breaches;
  if (label.recoveries) rule.recoveries = *label.recoveries;
  if (label.repeat_interval) rule.repeat_interval = *label.repeat_interval;
  if (label.severity) rule.severity = *label.severity;
}

void Apply(const ApiSetting& api, const RuleConfig& config, Rule& rule) {
  if (!WatchesForTooMuch(config)) return;
  switch (config.metric) {
    case AlertMetric::kCpuPercent:
    case AlertMetric::kCpuOfLimitPercent:
      rule.metric = AlertMetric::kCpuPercent;  // the API's unit
      SetThreshold(rule, api.cpu_threshold);
      rule.enabled = rule.enabled && api.enabled;
      return;
    case AlertMetric::kMemoryPercent:
      SetThreshold(rule, api.mem_threshold);
      rule.enabled = rule.enabled && api.enabled;
      return;
    case AlertMetric::kMemoryUsedBytes:
      rule.enabled = rule.enabled && api.enabled;
      return;
    default:
      return;
  }
}

// A hysteresis that runs the wrong way round would never recover.
void KeepOrder(Rule& rule) {
  const bool above = rule.op == CompareOp::kGreaterEqual || rule.op == CompareOp::kGreater;
  rule.recover_threshold = above ? std::min(rule.recover_threshold, rule.threshold)
                                 : std::max(rule.recover_threshold, rule.threshold);
}

}  // namespace

const LabelSetting* LabelSettings::Find(const std::string& rule) const {
  for (const auto& [name, setting] : rules)
    if (name == rule) return &setting;
  return nullptr;
}

Rule EffectiveRule(const RuleConfig& config, const AlertDefaults& defaults, const LabelSettings& labels,
                   const ApiSetting* api) {
  Rule rule;
  rule.metric = config.metric;
  rule.op = config.op;
  rule.threshold = config.threshold;
  rule.recover_threshold = config.recover_threshold.value_or(config.threshold);
  const bool one_is_enough = IsEventMetric(config.metric);
  rule.breaches = config.breaches.value_or(one_is_enough ? 1 : defaults.breaches);
  rule.recoveries = config.recoveries.value_or(one_is_enough ? 1 : defaults.recoveries);
  rule.repeat_interval = config.repeat_interval.value_or(defaults.repeat_interval);
  rule.window = config.window;
  rule.severity = config.severity.value_or(defaults.severity);
  rule.enabled = config.enabled;
  if (labels.enabled && !*labels.enabled) rule.enabled = false;
  if (const LabelSetting* label = labels.Find(config.name)) Apply(*label, rule);
  if (api != nullptr) Apply(*api, config, rule);
  KeepOrder(rule);
  return rule;
}

bool Matches(const RuleMatch& match, const Container& who) {
  if (match.host) return false;
  if (!match.name.empty() && !GlobMatches(match.name, who.name)) return false;
  if (!match.image.empty() && !GlobMatches(match.image, who.image)) return false;
  return std::all_of(match.labels.begin(), match.labels.end(), [&](const auto& wanted) {
    const auto found =
        std::lower_bound(who.labels.begin(), who.labels.end(), wanted.first,
                         [](const auto& label, const std::string& key) { return label.first < key; });
    if (found == who.labels.end() || found->first != wanted.first) return false;
    return wanted.second.empty() ? found->second.empty() : GlobMatches(wanted.second, found->second);
  });
}

}  // namespace plimsoll::alerting
