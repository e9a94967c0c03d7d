#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "alerting/engine/settings.h"
#include "alerting/text/label_text.h"
#include "config/yaml_bytes.h"
#include "model/container_label.h"

// Any bytes are a container's labels: settings within their bounds, or faults
// that can be shown. Input: key, line feed, value, line feed, and so on.
namespace {

using plimsoll::alerting::LabelSettings;

void Demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

plimsoll::Labels Split(std::string_view text) {
  plimsoll::Labels labels;
  while (!text.empty()) {
    const std::string_view key = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), key.size() + 1));
    const std::string_view value = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), value.size() + 1));
    labels.emplace_back(key, value);
  }
  return labels;
}

void CheckRule(const plimsoll::alerting::Rule& rule) {
  Demand(rule.breaches >= 1 && rule.breaches <= 10000, "breaches are within bounds");
  Demand(rule.recoveries >= 1 && rule.recoveries <= 10000, "recoveries too");
  Demand(std::isfinite(rule.threshold) && std::isfinite(rule.recover_threshold), "thresholds are numbers");
  Demand(rule.recover_threshold <= rule.threshold, "an alert can recover");
  Demand(rule.repeat_interval.count() == 0 || rule.repeat_interval >= std::chrono::seconds(10),
         "nobody is told without end");
  Demand(!rule.severity.empty() && rule.severity.size() <= 64, "severity is a word");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const std::vector<plimsoll::RuleConfig> rules = plimsoll::ShippedRules();
  const LabelSettings settings = plimsoll::alerting::ParseAlertLabels(Split(text), rules);
  Demand(settings.faults.size() <= 20, "faults are few");
  for (const std::string& fault : settings.faults) {
    Demand(!plimsoll::CheckBytes(fault), "a fault is UTF-8 without control characters");
    Demand(fault.find('\n') == std::string::npos && fault.size() < 600, "a fault is one short line");
  }
  const plimsoll::AlertSetting api{.cpu_threshold = 90, .mem_threshold = 90, .enabled = true};
  for (const plimsoll::RuleConfig& rule : rules) {
    CheckRule(plimsoll::alerting::EffectiveRule(rule, {}, settings, nullptr));
    CheckRule(plimsoll::alerting::EffectiveRule(rule, {}, settings, &api));
  }
  const std::string name = plimsoll::ContainerLabelName(text);
  for (const char c : name) Demand(std::isalnum(static_cast<unsigned char>(c)) || c == '_', "a label's name");
  const std::string clean = plimsoll::alerting::CleanText(text);
  Demand(clean.size() <= plimsoll::alerting::kMostLabelBytes && !plimsoll::CheckBytes(clean),
         "a label's value");
  return 0;
}
