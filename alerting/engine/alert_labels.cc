// The labels plimsoll.alerts.<rule>.<field> of containers.

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "alerting/engine/settings.h"
#include "alerting/text/label_text.h"
#include "config/duration.h"

namespace plimsoll::alerting {
namespace {

constexpr std::string_view kPrefix = "plimsoll.alerts.";
constexpr uint32_t kMostBreaches = 10000;
constexpr size_t kMostFaults = 20;  // told of one container

// Each returns what is wrong, or "".
std::string ReadFlag(std::string_view text, std::optional<bool>& out) {
  if (text != "true" && text != "false") return "must be true or false";
  out = text == "true";
  return "";
}

std::string ReadNumber(std::string_view text, std::optional<double>& out) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    return "must be a number";
  out = number;
  return "";
}

std::string ReadCount(std::string_view text, std::optional<uint32_t>& out) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > kMostBreaches)
    return "must be a whole number from 1 to " + std::to_string(kMostBreaches);
  out = number;
  return "";
}

std::string ReadInterval(std::string_view text, std::optional<std::chrono::milliseconds>& out) {
  const Result<std::chrono::milliseconds> interval = ParseDuration(text);
  if (!interval) return interval.error().message;
  if (interval->count() != 0 &&
      (*interval < std::chrono::seconds(10) || *interval > std::chrono::hours(24 * 365)))
    return "must be 0s (never) or from 10s to 365d";
  out = *interval;
  return "";
}

std::string ReadWord(std::string_view text, std::optional<std::string>& out) {
  const bool good = !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  });
  if (!good) return "must be a word such as info, warning or critical";
  out = std::string(text);
  return "";
}

std::string ReadField(std::string_view field, std::string_view value, LabelSetting& setting) {
  if (field == "enabled") return ReadFlag(value, setting.enabled);
  if (field == "threshold") return ReadNumber(value, setting.threshold);
  if (field == "recover_threshold") return ReadNumber(value, setting.recover_threshold);
  if (field == "breaches") return ReadCount(value, setting.breaches);
  if (field == "recoveries") return ReadCount(value, setting.recoveries);
  if (field == "repeat_interval") return ReadInterval(value, setting.repeat_interval);
  if (field == "severity") return ReadWord(value, setting.severity);
  return "unknown field; accepted: enabled, threshold, recover_threshold, breaches, recoveries, "
         "repeat_interval, severity";
}

const RuleConfig* FindRule(std::string_view name, const std::vector<RuleConfig>& rules) {
  const std::string lower = LowerCase(name);
  for (const RuleConfig& rule : rules)
    if (LowerCase(rule.name) == lower) return &rule;
  return nullptr;
}

// One label, without the prefix. Returns what is wrong, or "".
std::string ReadLabel(std::string_view key, std::string_view value, const std::vector<RuleConfig>& rules,
                      LabelSettings& settings) {
  if (key == "enabled") return ReadFlag(value, settings.enabled);
  const size_t dot = key.rfind('.');
  if (dot == std::string_view::npos) return "must be plimsoll.alerts.<rule>.<field>";
  const RuleConfig* rule = FindRule(key.substr(0, dot), rules);
  if (rule == nullptr) return "there is no such rule";
  LabelSetting setting;
  for (const auto& [name, known] : settings.rules)
    if (name == rule->name) setting = known;
  const std::string wrong = ReadField(key.substr(dot + 1), value, setting);
  if (!wrong.empty()) return wrong;
  for (auto& [name, known] : settings.rules) {
    if (name != rule->name) continue;
    known = std::move(setting);
    return "";
  }
  settings.rules.emplace_back(rule->name, std::move(setting));
  return "";
}

}  // namespace

LabelSettings ParseAlertLabels(const Labels& labels, const std::vector<RuleConfig>& rules) {
  LabelSettings settings;
  for (const auto& [key, value] : labels) {
    if (!key.starts_with(kPrefix)) continue;
    const std::string wrong = ReadLabel(std::string_view(key).substr(kPrefix.size()), value, rules, settings);
    if (wrong.empty() || settings.faults.size() == kMostFaults) continue;
    std::string line = CleanText(key, 200) + "=" + CleanText(value, 60) + ": " + wrong;
    std::replace(line.begin(), line.end(), '\n', ' ');
    std::replace(line.begin(), line.end(), '\t', ' ');
    settings.faults.push_back(std::move(line));
  }
  return settings;
}

}  // namespace plimsoll::alerting
