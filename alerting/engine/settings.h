#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alerting/engine/rule.h"
#include "model/container.h"

namespace plimsoll::alerting {

// What the API was told for one container. It speaks for the rules on CPU and
// memory that watch for too much.
struct ApiSetting {
  double cpu_threshold = 90;  // percent, 100 = one core
  double mem_threshold = 90;  // percent of the limit
  bool enabled = true;
  friend bool operator==(const ApiSetting&, const ApiSetting&) = default;
};

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
// that is overridden. `api` may be null.
Rule EffectiveRule(const RuleConfig& config, const AlertDefaults& defaults, const LabelSettings& labels,
                   const ApiSetting* api);

// Whether a rule's match is for this container.
bool Matches(const RuleMatch& match, const Container& who);

}  // namespace plimsoll::alerting
