#include "alerting/engine/settings.h"

#include <fnmatch.h>

#include <algorithm>

#include "alerting/engine/combined.h"

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

void Apply(const AlertSetting& api, const RuleConfig& config, Rule& rule) {
  const std::optional<Part> part = LoadPartOf(config);
  if (!part) return;
  if (api.enabled) rule.enabled = *api.enabled && (rule.enabled || config.enabled);
  if (part == Part::kCpu && api.cpu_threshold) {
    rule.metric = AlertMetric::kCpuPercent;  // the API's unit
    SetThreshold(rule, *api.cpu_threshold);
  }
  if (config.metric == AlertMetric::kMemoryPercent && api.mem_threshold)
    SetThreshold(rule, *api.mem_threshold);
}

// In the API's units; absent for one that has none there.
std::optional<double> ThresholdOf(const Rule& rule, double cpu_limit_percent) {
  if (rule.metric == AlertMetric::kMemoryUsedBytes) return std::nullopt;
  if (rule.metric != AlertMetric::kCpuOfLimitPercent) return rule.threshold;
  return cpu_limit_percent > 0 ? std::optional(rule.threshold * cpu_limit_percent / 100) : std::nullopt;
}

void TakeLower(std::optional<double>& lowest, const std::optional<double>& threshold) {
  if (threshold && (!lowest || *threshold < *lowest)) lowest = threshold;
}

// A hysteresis that runs the wrong way round would never recover.
void KeepOrder(Rule& rule) {
  const bool above = rule.op == CompareOp::kGreaterEqual || rule.op == CompareOp::kGreater;
  rule.recover_threshold = above ? std::min(rule.recover_threshold, rule.threshold)
                                 : std::max(rule.recover_threshold, rule.threshold);
}

}  // namespace

std::optional<Part> LoadPartOf(const RuleConfig& config) {
  return WatchesForTooMuch(config) ? PartOf(config.metric) : std::nullopt;
}

const LabelSetting* LabelSettings::Find(const std::string& rule) const {
  for (const auto& [name, setting] : rules)
    if (name == rule) return &setting;
  return nullptr;
}

Rule EffectiveRule(const RuleConfig& config, const AlertDefaults& defaults, const LabelSettings& labels,
                   const AlertSetting* api) {
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

LoadLines LoadLinesOf(const AlertingConfig& config, const Container& who, double cpu_limit_percent,
                      const AlertSetting* api) {
  const LabelSettings labels = ParseAlertLabels(who.labels, config.rules);
  LoadLines enabled, all;
  for (const RuleConfig& one : config.rules) {
    if (!LoadPartOf(one) || !Matches(one.match, who)) continue;
    const Rule rule = EffectiveRule(one, config.defaults, labels, api);
    const bool is_cpu = PartOf(one.metric) == Part::kCpu;
    const std::optional<double> threshold = ThresholdOf(rule, cpu_limit_percent);
    TakeLower(is_cpu ? all.cpu_threshold : all.mem_threshold, threshold);
    if (!rule.enabled) continue;
    enabled.enabled = true;
    TakeLower(is_cpu ? enabled.cpu_threshold : enabled.mem_threshold, threshold);
  }
  return enabled.enabled ? enabled : all;
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
