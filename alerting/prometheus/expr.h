#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "config/alerting_config.h"
#include "model/result.h"

namespace plimsoll::alerting {

// Which labels the series of an expression have besides job, instance and
// whatever else Prometheus gives them.
enum class SeriesLabels {
  kHost,       // none that templates name
  kIdentity,   // id, image, name
  kContainer,  // and container, namespace, pod
  kAll,        // and container_label_*
};

// The figure that a rule watches, as PromQL over the names of /metrics.
struct PrometheusFigure {
  std::string value;      // one series per subject
  bool compares = true;   // false: it has a series when, and only when, the rule is breached
  std::string condition;  // " and ...", to stand after the comparison; may be empty
  SeriesLabels labels = SeriesLabels::kIdentity;
  std::vector<std::string> remarks;  // what is not equal to our own figure, a sentence each
};

// How the rule's metric and match are asked of Prometheus. `container_labels` is
// the collector's allowlist: nothing else becomes a label on /metrics. Fails
// with the reason when /metrics cannot answer it.
Result<PrometheusFigure> FigureOf(const RuleConfig& rule, const std::vector<std::string>& container_labels,
                                  std::chrono::milliseconds interval);

}  // namespace plimsoll::alerting
