// The JSON of backtest_text.h.

#include <chrono>

#include "alerting/backtest/backtest_text.h"
#include "alerting/text/json_text.h"
#include "model/timestamp.h"

namespace plimsoll::alerting {
namespace {

double Seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

Json AlertJson(const PastAlert& alert) {
  return {{"since", FormatTimestamp(alert.since)},
          {"fired_at", FormatTimestamp(alert.fired_at)},
          {"ended_at", alert.ended_at ? Json(FormatTimestamp(*alert.ended_at)) : Json()},
          {"reason", alert.ended_at ? Json(ResolveReasonName(alert.reason)) : Json()},
          {"seconds", Seconds(alert.lasted)},
          {"extreme_value", alert.extreme},
          {"repeats", alert.repeats}};
}

Json SubjectJson(const PastSubject& subject) {
  Json json = {{"container_id", subject.container != 0 ? Json(subject.container) : Json()},
               {"container_name", !subject.name.empty() ? Json(subject.name) : Json()},
               {"fired", subject.fired},
               {"seconds", Seconds(subject.lasted)},
               {"extreme_value", subject.extreme},
               {"alerts", Json::array()}};
  for (const PastAlert& alert : subject.alerts) json["alerts"].push_back(AlertJson(alert));
  return json;
}

Json SuggestionJson(const std::optional<Suggestion>& found) {
  if (!found) return nullptr;
  return {{"threshold", found->threshold},
          {"recover_threshold", found->recover_threshold ? Json(*found->recover_threshold) : Json()},
          {"fired", found->fired}};
}

Json RuleJson(const PastRule& rule, const std::optional<Suggestion>& suggestion) {
  const bool is_yes_no = IsYesNoMetric(rule.config.metric);
  Json json = {{"rule", rule.config.name},
               {"metric", AlertMetricName(rule.config.metric)},
               {"op", is_yes_no ? Json() : Json(CompareOpText(rule.rule.op))},
               {"threshold", is_yes_no ? Json() : Json(rule.rule.threshold)},
               {"recover_threshold", is_yes_no ? Json() : Json(rule.rule.recover_threshold)},
               {"breaches", rule.rule.breaches},
               {"recoveries", rule.rule.recoveries}};
  const Held held = HeldOf(rule.config.metric);
  json["replayed"] = held == Held::kWhole ? "all" : held == Held::kReadingsOnly ? "full resolution" : "no";
  if (held == Held::kNot) {
    json["missing"] = MissingOf(rule.config.metric);
    return json;
  }
  json["fired"] = rule.fired;
  json["seconds"] = Seconds(rule.lasted);
  json["judged"] = rule.judged;
  json["extreme_value"] = rule.extreme ? Json(*rule.extreme) : Json();
  json["suggestion"] = SuggestionJson(suggestion);
  json["containers"] = Json::array();
  for (const PastSubject& subject : rule.subjects) json["containers"].push_back(SubjectJson(subject));
  return json;
}

}  // namespace

std::string JsonText(const BacktestReport& report) {
  Json json = {
      {"storage", report.storage}, {"from", FormatTimestamp(report.from)}, {"to", FormatTimestamp(report.to)},
      {"at_most", report.at_most}, {"host_cores", report.host_cores},      {"replayed", Json::array()},
      {"rules", Json::array()}};
  for (const ReplayedStretch& stretch : report.stretches)
    json["replayed"].push_back({{"resolution", stretch.is_minutes ? "1m" : "raw"},
                                {"from", FormatTimestamp(stretch.from)},
                                {"to", FormatTimestamp(stretch.to)},
                                {"ticks", stretch.ticks}});
  for (size_t i = 0; i < report.rules.size(); ++i)
    json["rules"].push_back(RuleJson(report.rules[i], report.suggestions[i]));
  if (report.scrape_watch)
    json["rules"].push_back({{"rule", kScrapeWatchRule},
                             {"metric", AlertMetricName(AlertMetric::kUnscrapedSeconds)},
                             {"replayed", "no"},
                             {"missing", MissingOf(AlertMetric::kUnscrapedSeconds)}});
  return JsonText(json) + "\n";
}

}  // namespace plimsoll::alerting
