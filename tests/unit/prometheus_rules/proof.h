#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "alerting/engine/engine.h"
#include "alerting/prometheus/quoted_text.h"
#include "alerting/prometheus/rules.h"
#include "config/config.h"
#include "temp_folder.h"
#include "text_file.h"
#include "unit/prometheus_rules/promtool.h"
#include "unit/prometheus_rules/scripted_host.h"

namespace plimsoll::testing {

// How one alert stands at one tick.
struct Standing {
  std::string rule;
  uint32_t container = 0;
  bool is_firing = false;  // else pending
  double value = 0;        // of the newest sample for which Prometheus' expression has a series
  auto operator<=>(const Standing&) const = default;
};
using Alerts = std::vector<Standing>;  // of one tick

// What an engine says at each tick that it is given.
class Judge {
 public:
  Judge(const AlertingConfig& alerting, const ScriptedHost& host)
      : engine_({alerting, CollectorConfig().container_labels, "host.example"}, {},
                {host.wall(), host.mono()}) {}

  Alerts Step(const ReadingSet& set, const ScriptedHost& host) {
    engine_.Step(set, {host.wall(), host.mono()});
    Alerts alerts;
    for (const alerting::AlertView& view : engine_.Alerts()) {
      double& value = values_[{view.rule, view.container}];
      if (view.phase != alerting::Phase::kRecovering) value = view.value;
      alerts.push_back({view.rule, view.container, view.phase != alerting::Phase::kPending, value});
    }
    std::sort(alerts.begin(), alerts.end());
    return alerts;
  }

 private:
  alerting::Engine engine_;
  std::map<std::pair<std::string, uint32_t>, double> values_;
};

// Runs our engine over scripted ticks and has promtool run Prometheus over what
// /metrics said in the same ticks. Every interval is compared: which alerts are
// pending, which fire, with which labels and annotations.
class Proof {
 public:
  explicit Proof(std::vector<RuleConfig> rules) { config_.rules = std::move(rules); }
  AlertingConfig& config() { return config_; }
  // Prometheus evaluates so many seconds, 0 to 9, after it scraped.
  void EvaluateAfter(int seconds) { delay_ = seconds; }
  // Compares only what fires.
  void IgnorePending() { ignores_pending_ = true; }

  // `lives` is changed by the script before each tick. Prometheus is expected
  // to agree with an engine that is given `in_place`'s lives: those of the tick,
  // with a good sample where there is none.
  using Script = std::function<void(int tick, std::map<uint32_t, Life>& lives, HostSample& host)>;
  using Mend = std::function<void(Life& life)>;
  void Run(int ticks, const Script& script, const Mend& mend = nullptr) {
    ScriptedHost host, mended_host;
    Judge ours(config_, host), theirs(config_, mended_host);
    std::map<uint32_t, Life> lives;
    for (int tick = 0; tick < ticks; ++tick) {
      script(tick, lives, host.host);
      const ReadingSet set = host.Tick(lives);
      Scrape(tick, host.Metrics(set));
      ours_.push_back(ours.Step(set, host));
      if (!mend) continue;
      std::map<uint32_t, Life> mended = lives;
      for (auto& [id, life] : mended) mend(life);
      mended_host.host = host.host;
      theirs_.push_back(theirs.Step(mended_host.Tick(mended), mended_host));
    }
    lives_ = lives;
    if (!mend) theirs_ = ours_;
  }

  // By tick: those of ours, and those that Prometheus is expected to have.
  const std::vector<Alerts>& ours() const { return ours_; }
  const std::vector<Alerts>& theirs() const { return theirs_; }
  size_t series() const { return series_.size(); }

  // promtool's verdict on rules and expectations. `broken` changes the rule file
  // before it is read, to show that promtool would see it.
  Finished Ask(const std::function<void(std::string&)>& broken = nullptr) const {
    const TempFolder folder;
    std::string rules = alerting::RuleFileText(Rules());
    if (broken) broken(rules);
    WriteText(folder / "rules.yml", rules);
    WriteText(folder / "test.yml", TestFile());
    Finished finished = Promtool("check rules " + folder / "rules.yml");
    if (finished.exit_code == 0) finished = Promtool("test rules " + folder / "test.yml");
    return finished;
  }

  alerting::PrometheusRules Rules() const {
    return alerting::PrometheusRulesOf(config_, CollectorConfig().container_labels, ScriptedHost::kInterval);
  }

  std::string TestFile() const {
    std::string text =
        "rule_files: [rules.yml]\nevaluation_interval: 10s\ntests:\n  - interval: 1s\n    input_series:\n";
    for (const auto& [series, values] : series_)
      text +=
          "      - series: " + alerting::YamlScalar(series) + "\n        values: '" + Joined(values) + "'\n";
    text += "    alert_rule_test:\n";
    const alerting::PrometheusRules rules = Rules();
    for (size_t tick = 0; tick < theirs_.size(); ++tick)
      for (const alerting::PrometheusRule& rule : rules.rules) AppendFiring(tick, rule, text);
    text += "    promql_expr_test:\n";
    for (size_t tick = 0; tick < theirs_.size(); ++tick) AppendAll(tick, rules, text);
    return text;
  }

 private:
  // Prometheus marks a series that a scrape no longer has.
  static constexpr const char* kStale = "stale";

  // Takes the series that the rules ask for.
  void Scrape(int tick, const std::string& body) {
    std::istringstream lines(body);
    std::string names;
    for (const alerting::PrometheusRule& rule : Rules().rules) names += rule.expr;
    for (std::string line; std::getline(lines, line);) {
      const size_t name_end = line.find_first_of("{ ");
      if (line.starts_with("#") || names.find(line.substr(0, name_end)) == std::string::npos) continue;
      const size_t value = line.rfind(' ');
      std::string labels = line[name_end] == '{' ? line.substr(name_end + 1, value - name_end - 2) : "";
      labels = "{instance=\"host:9797\",job=\"plimsoll\"" + (labels.empty() ? "" : "," + labels) + "}";
      std::vector<std::string>& values = series_[line.substr(0, name_end) + labels];
      values.resize(static_cast<size_t>(tick), values.empty() ? "_" : kStale);
      values.push_back(line.substr(value + 1));
    }
    for (auto& [series, values] : series_) values.resize(static_cast<size_t>(tick) + 1, kStale);
  }

  // One value a second: that of a tick, and nine that are not there.
  std::string Joined(const std::vector<std::string>& values) const {
    std::string text = delay_ == 0 ? "" : "_x" + std::to_string(10 - delay_);
    for (const std::string& value : values) text += (text.empty() ? "" : " ") + value + " _x9";
    return text;
  }

  // When the tick is evaluated.
  std::string TimeOf(size_t tick) const { return std::to_string((tick + (delay_ == 0 ? 0 : 1)) * 10) + "s"; }

  const RuleConfig& ConfigOf(const std::string& rule) const {
    for (const RuleConfig& config : config_.rules)
      if (config.name == rule) return config;
    std::abort();
  }

  // The labels that Prometheus gives the alert.
  std::map<std::string, std::string> LabelsOf(const alerting::PrometheusRule& rule,
                                              const Standing& alert) const {
    const AlertMetric metric = ConfigOf(rule.name).metric;
    std::map<std::string, std::string> labels = {{"instance", "host:9797"}, {"job", "plimsoll"}};
    if (metric == AlertMetric::kHostDiskPercent) labels["id"] = "/";
    if (alert.container != 0) {
      const Life& life = lives_.at(alert.container);
      const std::string id = "id" + std::to_string(1000 + alert.container);
      labels["id"] = "/docker/" + id;
      labels["name"] = life.name;
      labels["image"] = life.image;
      if (metric == AlertMetric::kUnhealthy) {
        labels["runtime"] = "docker";
        labels["runtime_id"] = id;
      }
      if (metric == AlertMetric::kCpuLimitPercent || metric == AlertMetric::kMemoryLimitBytes)
        labels["limited"] = "true";
      if (rule.expr.find("container_threads") != std::string::npos ||
          rule.expr.find("container_oom_events") != std::string::npos ||
          rule.expr.find("container_cpu_cfs") != std::string::npos)
        for (const auto& [key, value] : life.labels)
          if (key == "app") labels["container_label_app"] = value;
    }
    for (const auto& [name, value] : rule.labels) {
      labels[name] = value;
      Replace(labels[name], "{{ \"{{\" }}", "{{");
    }
    return labels;
  }

  static void Replace(std::string& text, const std::string& what, const std::string& with) {
    for (size_t at; (at = text.find(what)) != std::string::npos;) text.replace(at, what.size(), with);
  }

  // What Prometheus makes of one of our templates.
  static std::string Expanded(std::string text, const std::map<std::string, std::string>& labels,
                              double value) {
    for (const auto& [name, label] : labels) Replace(text, "{{ $labels." + name + " }}", label);
    Replace(text, "{{ if $labels.image }}", "");  // there is one
    Replace(text, "{{ end }}", "");
    Replace(text, "{{ \"{{\" }}", "{{");
    char number[64];
    for (const char* format : {"%.1f", "%.0f"}) {
      std::snprintf(number, sizeof number, format, value);
      Replace(text, std::string("{{ $value | printf \"") + format + "\" }}", number);
    }
    std::snprintf(number, sizeof number, "%.4g", value);  // below 1024
    Replace(text, "{{ $value | humanize1024 }}", number);
    return text;
  }

  void AppendFiring(size_t tick, const alerting::PrometheusRule& rule, std::string& text) const {
    text += "      - {eval_time: " + TimeOf(tick) + ", alertname: " + alerting::YamlScalar(rule.name) +
            ", exp_alerts: [";
    const char* comma = "";
    for (const Standing& alert : theirs_[tick]) {
      if (alert.rule != rule.name || !alert.is_firing) continue;
      const auto labels = LabelsOf(rule, alert);
      text += std::string(comma) + "\n          {exp_labels: {";
      for (const auto& [name, value] : labels) text += name + ": " + alerting::YamlScalar(value) + ", ";
      text += "}, exp_annotations: {";
      for (const auto& [name, value] : rule.annotations)
        text += name + ": " + alerting::YamlScalar(Expanded(value, labels, alert.value)) + ", ";
      text += "}}";
      comma = ",";
    }
    text += "]}\n";
    // What our own engine says otherwise stands beside it.
    for (const Standing& alert : ours_[tick])
      if (alert.rule == rule.name && alert.is_firing && !Has(theirs_[tick], alert))
        text += "      # Plimsoll itself has it firing for " + std::to_string(alert.container) + ".\n";
  }

  static bool Has(const Alerts& alerts, const Standing& wanted) {
    for (const Standing& alert : alerts)
      if (alert.rule == wanted.rule && alert.container == wanted.container &&
          alert.is_firing == wanted.is_firing)
        return true;
    return false;
  }

  void AppendAll(size_t tick, const alerting::PrometheusRules& rules, std::string& text) const {
    text += "      - {eval_time: " + TimeOf(tick) + ", expr: 'ALERTS" +
            (ignores_pending_ ? "{alertstate=\"firing\"}" : "") + "', exp_samples: [";
    const char* comma = "";
    for (const Standing& alert : theirs_[tick])
      for (const alerting::PrometheusRule& rule : rules.rules) {
        if (rule.name != alert.rule || (ignores_pending_ && !alert.is_firing)) continue;
        std::string labels = "ALERTS{alertname=" + alerting::PromqlString(rule.name) + ",alertstate=\"" +
                             (alert.is_firing ? "firing" : "pending") + "\"";
        for (const auto& [name, value] : LabelsOf(rule, alert))
          labels += "," + name + "=" + alerting::PromqlString(value);
        text +=
            std::string(comma) + "\n          {labels: " + alerting::YamlScalar(labels + "}") + ", value: 1}";
        comma = ",";
      }
    text += "]}\n";
  }

  AlertingConfig config_;
  int delay_ = 0;
  bool ignores_pending_ = false;
  std::map<std::string, std::vector<std::string>> series_;
  std::vector<Alerts> ours_, theirs_;
  std::map<uint32_t, Life> lives_;
};

}  // namespace plimsoll::testing
