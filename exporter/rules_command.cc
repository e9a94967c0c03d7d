#include "exporter/rules_command.h"

#include <algorithm>
#include <iostream>

#include "alerting/prometheus/rules.h"
#include "exporter/command_config.h"
#include "exporter/command_output.h"
#include "exporter/interval.h"

namespace plimsoll {
namespace {

constexpr const char* kName = "rules";

}  // namespace

int WriteRules(const RulesOptions& options) {
  std::optional<Config> read = CommandConfig(options.config_file);
  if (!read) return kFailed;
  Config& config = *read;
  if (!options.interval.empty()) {
    const auto interval = ParseInterval(options.interval);
    if (!interval) return Refuse(kName, kWrongUsage, interval.error().message);
    config.collector.interval = *interval;
  }
  const alerting::PrometheusRules rules = alerting::PrometheusRulesOf(
      config.alerting, config.collector.container_labels, config.collector.interval);
  if (const auto printed = PrintOut(alerting::RuleFileText(rules)); !printed)
    return Refuse(kName, kFailed, printed.error().message);
  const auto left_out = std::count_if(rules.rules.begin(), rules.rules.end(),
                                      [](const alerting::PrometheusRule& rule) { return rule.expr.empty(); });
  const size_t written = rules.rules.size() - static_cast<size_t>(left_out);
  std::cerr << "plimsoll rules: " << written << (written == 1 ? " rule" : " rules") << " written";
  if (left_out > 0) std::cerr << ", " << left_out << " left out (see the comments NOT HERE)";
  std::cerr << "\n";
  return 0;
}

}  // namespace plimsoll
