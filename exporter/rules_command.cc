#include "exporter/rules_command.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "alerting/prometheus/rules.h"
#include "config/duration.h"
#include "exporter/command_config.h"

namespace plimsoll {
namespace {

constexpr int kFailed = 1, kWrongUsage = 2;

Result<std::chrono::milliseconds> ParseInterval(const std::string& text) {
  Result<std::chrono::milliseconds> parsed = ParseDuration(text);
  if (parsed && (*parsed < std::chrono::seconds(1) || *parsed > std::chrono::minutes(5)))
    return Fail(text + " is not between 1s and 5m");
  return parsed;
}

bool WriteOut(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

}  // namespace

int WriteRules(const RulesOptions& options) {
  std::optional<Config> read = CommandConfig(options.config_file);
  if (!read) return kFailed;
  Config& config = *read;
  if (!options.interval.empty()) {
    const auto interval = ParseInterval(options.interval);
    if (!interval) {
      std::cerr << "plimsoll rules: --collector.interval: " << interval.error().message << "\n";
      return kWrongUsage;
    }
    config.collector.interval = *interval;
  }
  const alerting::PrometheusRules rules = alerting::PrometheusRulesOf(
      config.alerting, config.collector.container_labels, config.collector.interval);
  if (!WriteOut(alerting::RuleFileText(rules))) {
    std::cerr << "plimsoll rules: standard output: " << ErrnoError("write").message << "\n";
    return kFailed;
  }
  const auto left_out = std::count_if(rules.rules.begin(), rules.rules.end(),
                                      [](const alerting::PrometheusRule& rule) { return rule.expr.empty(); });
  std::cerr << "plimsoll rules: " << rules.rules.size() - static_cast<size_t>(left_out) << " rules written";
  if (left_out > 0) std::cerr << ", " << left_out << " left out (see the comments NOT HERE)";
  std::cerr << "\n";
  return 0;
}

}  // namespace plimsoll
