#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "config/alerting_config.h"

namespace plimsoll::alerting {

// One rule of ours as an alerting rule of Prometheus.
struct PrometheusRule {
  std::string name;
  std::string expr;                              // PromQL; empty: there is no equal, and remarks say why
  std::chrono::milliseconds pending_for{0};      // `for`; 0: none
  std::chrono::milliseconds keep_firing_for{0};  // 0: none
  TextPairs labels;                              // severity first
  TextPairs annotations;                         // Go templates
  std::vector<std::string> remarks;              // sentences for people
};

// Our rules in the words of Prometheus 2.42 and later. Evaluated every
// `interval` over samples that are scraped as often, an alert fires with the same
// sample as ours and ends with the same one. Where it does not, the text says so.
struct PrometheusRules {
  std::chrono::milliseconds interval{0};
  std::vector<std::string> remarks;   // on all of them; a line each
  std::vector<PrometheusRule> rules;  // in the order of the configuration
};

// `container_labels` is the collector's allowlist, `interval` the collector's.
PrometheusRules PrometheusRulesOf(const AlertingConfig& config,
                                  const std::vector<std::string>& container_labels,
                                  std::chrono::milliseconds interval);

// A rule file: YAML, with the remarks as comments.
std::string RuleFileText(const PrometheusRules& rules);

}  // namespace plimsoll::alerting
