#include "alerting/prometheus/rules.h"

#include <charconv>

#include "alerting/engine/settings.h"
#include "alerting/prometheus/annotations.h"
#include "alerting/prometheus/expr.h"
#include "alerting/prometheus/quoted_text.h"
#include "alerting/text/label_text.h"
#include "config/duration.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::milliseconds;

// Prometheus' --query.lookback-delta, when nobody says otherwise.
constexpr milliseconds kLookback = std::chrono::minutes(5);

std::string NumberText(double number) {
  char digits[32];
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

std::string ExprOf(const PrometheusFigure& figure, const Rule& rule, const PrometheusRule& out) {
  if (!figure.compares) return figure.value;
  const auto beyond = [&](double threshold) {
    return figure.value + " " + CompareOpText(rule.op) + " " + NumberText(threshold) + figure.condition;
  };
  if (rule.recover_threshold == rule.threshold) return beyond(rule.threshold);
  // ALERTS has the labels of the expression, and these.
  std::string added = "alertname, alertstate";
  for (const auto& [name, value] : out.labels) added += ", " + name;
  return beyond(rule.threshold) + "\nor\n(" + beyond(rule.recover_threshold) + "\n and ignoring (" + added +
         ") ALERTS{alertname=" + PromqlString(out.name) + ",alertstate=\"firing\"})";
}

// An absence is one only after the grace time; before it Plimsoll counts nothing.
milliseconds PendingFor(const RuleConfig& config, const Rule& rule, milliseconds grace,
                        milliseconds interval) {
  milliseconds pending = (rule.breaches - 1) * interval;
  if (config.metric == AlertMetric::kAbsent && grace > interval)
    pending += (grace - milliseconds(1)) / interval * interval;
  return pending;
}

TextPairs LabelsOf(const RuleConfig& config, const Rule& rule) {
  TextPairs labels = {{"severity", rule.severity}};
  if (config.metric == AlertMetric::kAbsent) {
    labels.emplace_back("name", config.match.name);
    labels.emplace_back("image", config.match.image);
  }
  labels.insert(labels.end(), config.labels.begin(), config.labels.end());
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  for (auto& [name, value] : labels) value = TemplateLiteral(CleanText(value));
  return labels;
}

PrometheusRule LeftOut(const std::string& name, std::string why) {
  PrometheusRule out;
  out.name = name;
  out.remarks = {std::move(why)};
  return out;
}

PrometheusRule RuleOf(const RuleConfig& config, const AlertingConfig& alerting,
                      const std::vector<std::string>& container_labels, milliseconds interval) {
  if (!config.enabled) return LeftOut(config.name, "switched off (enabled: false).");
  const Result<PrometheusFigure> figure = FigureOf(config, container_labels, interval);
  if (!figure) return LeftOut(config.name, "without equal in Prometheus: " + figure.error().message + ".");
  const Rule rule = EffectiveRule(config, alerting.defaults, {}, nullptr);
  PrometheusRule out;
  out.name = config.name;
  out.pending_for = PendingFor(config, rule, alerting.recreate_grace, interval);
  out.keep_firing_for = (rule.recoveries - 1) * interval;
  out.labels = LabelsOf(config, rule);
  out.expr = ExprOf(*figure, rule, out);
  PrometheusAnnotations annotations = AnnotationsOf({config, rule, figure->labels, alerting.external_url});
  out.annotations = std::move(annotations.texts);
  out.remarks = figure->remarks;
  out.remarks.insert(out.remarks.end(), annotations.remarks.begin(), annotations.remarks.end());
  return out;
}

std::vector<std::string> RemarksOnAll(milliseconds interval, milliseconds grace) {
  const std::string every = FormatDuration(interval);
  std::vector<std::string> lines = {
      "Plimsoll's alerting rules for Prometheus, written by `plimsoll rules`. Change Plimsoll's "
      "configuration and write them anew rather than editing them here.",
      "",
      "Needs Prometheus 2.42 or later (keep_firing_for), which scrapes Plimsoll every " + every +
          " (scrape_interval). The group is evaluated at the collector's interval, so that each "
          "evaluation judges one sample:",
      "- for is (breaches - 1) intervals: the last of so many evaluations in a row that breach fires.",
      "- keep_firing_for is (recoveries - 1) intervals: the last of so many in a row that are well "
      "ends the alert.",
      "- ALERTS stands where there is a recover_threshold: what fires goes on until that one is "
      "passed.",
      "",
      "Where Prometheus judges otherwise than Plimsoll:",
      "- A missing sample (a scrape that failed, a figure that is not known) is as good as one that "
      "is well: it sets `for` back and counts for keep_firing_for. In Plimsoll it counts as neither.",
      "- The alerts of a container that is gone end after keep_firing_for, in Plimsoll after "
      "recreate_grace (" +
          FormatDuration(grace) + "). One that is made anew has another id and is counted anew.",
      "- All hosts are judged whose Plimsoll this Prometheus scrapes. Where their configurations "
      "differ, give each file's expressions and alert names an instance.",
      "- What containers say of themselves (labels plimsoll.alerts.*) and what the API was told of "
      "them do not count here.",
      "- Plimsoll takes CPU and rates from whole microseconds and milliseconds, /metrics does not: a "
      "sample within 0.1 % of a threshold may fall on its other side.",
      "- A restart of Prometheus sets its counts back; Plimsoll's survive one.",
      "- The label instance is the target that Prometheus scrapes. There is no container_id, and "
      "container_label_* only where the figure has them on /metrics.",
      "- receivers, repeat_interval, group_by, group_wait, maintenance, heartbeat and silences are "
      "for Alertmanager to have.",
  };
  if (2 * interval >= kLookback)
    lines.push_back("- At this interval start Prometheus with --query.lookback-delta=" +
                    FormatDuration(3 * interval) + ": otherwise a sample older than 5m is none to it.");
  return lines;
}

}  // namespace

PrometheusRules PrometheusRulesOf(const AlertingConfig& config,
                                  const std::vector<std::string>& container_labels, milliseconds interval) {
  PrometheusRules out;
  out.interval = interval;
  out.remarks = RemarksOnAll(interval, config.recreate_grace);
  for (const RuleConfig& rule : config.rules)
    out.rules.push_back(RuleOf(rule, config, container_labels, interval));
  if (config.scrape_watch.after.count() > 0)
    out.rules.push_back(
        LeftOut(kScrapeWatchRule,
                "without equal in Prometheus: whoever scrapes cannot tell that nobody does. Have "
                "Prometheus watch up{job=\"...\"} == 0, and keep scrape_watch in Plimsoll."));
  return out;
}

}  // namespace plimsoll::alerting
