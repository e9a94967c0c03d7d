#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alerting/engine/combined.h"
#include "alerting/engine/rule.h"
#include "model/alert_setting.h"
#include "model/container.h"

namespace plimsoll::alerting {

// The part whose load line the rule draws; none for one that does not watch for too much.
std::optional<Part> LoadPartOf(const RuleConfig& config);

// What a container's labels plimsoll.alerts.<rule>.<field> say of one rule.
struct LabelSetting {
  std::optional<bool> enabled;
  std::optional<double> threshold, recover_threshold;
  std::optional<uint32_t> breaches, recoveries;
  std::optional<std::chrono::milliseconds> repeat_interval;
  std::optional<std::string> severity;
  friend bool operator==(const LabelSetting&, const LabelSetting&) = default;
};

struct LabelSettings {
  std::optional<bool> enabled;  // plimsoll.alerts.enabled: every rule
  std::vector<std::pair<std::string, LabelSetting>>
      rules;                        // by the rule's name, as the configuration spells it
  std::vector<std::string> faults;  // one line each, naming the label; what is faulty counts as not said

  const LabelSetting* Find(const std::string& rule) const;
};

// Reads the labels of a container. Rules are found whatever the case of their
// letters, as some runtimes lower it. Labels are what others write: any bytes.
LabelSettings ParseAlertLabels(const Labels& labels, const std::vector<RuleConfig>& rules);

// The rule as it counts for one container: API > label > rule > defaults. A
// recover_threshold that only the rule gives keeps its ratio to a threshold
// that is overridden. The API speaks for the rules on CPU and memory that watch
// for too much, but switches on none that the file switched off; `api` may be null.
Rule EffectiveRule(const RuleConfig& config, const AlertDefaults& defaults, const LabelSettings& labels,
                   const AlertSetting* api);

// Where a container's load lines are, after everything that overrides them.
struct LoadLines {
  // Of its rules for too much CPU or memory the lowest threshold; where none of
  // them is enabled, what it would be. Absent: there is no such rule.
  std::optional<double> cpu_threshold;  // percent, 100 = one core
  std::optional<double> mem_threshold;  // percent of the limit
  bool enabled = false;                 // any of these rules is

  friend bool operator==(const LoadLines&, const LoadLines&) = default;
};

// `cpu_limit_percent` as in DerivedSample; 0: not known.
LoadLines LoadLinesOf(const AlertingConfig& config, const Container& who, double cpu_limit_percent,
                      const AlertSetting* api);

// Whether a rule's match is for this container.
bool Matches(const RuleMatch& match, const Container& who);

}  // namespace plimsoll::alerting
