#pragma once

#include <string>
#include <vector>

#include "alerting/engine/rule.h"
#include "alerting/prometheus/expr.h"
#include "config/alerting_config.h"

namespace plimsoll::alerting {

// What the annotations of one rule are made from.
struct AnnotationSource {
  const RuleConfig& config;
  const Rule& rule;  // with the defaults
  SeriesLabels series = SeriesLabels::kIdentity;
  const std::string& external_url;
};

struct PrometheusAnnotations {
  TextPairs texts;                   // Go templates; sorted by name
  std::vector<std::string> remarks;  // which of them stand as they were written, and why
};

// Summary, description and the rule's own annotations, whose Mustache becomes
// Prometheus' templates. One that asks for what Prometheus does not have stays
// as it is written, braces and all.
PrometheusAnnotations AnnotationsOf(const AnnotationSource& source);

}  // namespace plimsoll::alerting
