// The table of backtest_text.h.

#include <algorithm>
#include <array>
#include <charconv>

#include "alerting/backtest/backtest_text.h"
#include "alerting/text/figure_text.h"
#include "model/timestamp.h"

namespace plimsoll::alerting {
namespace {

// Alerts shown of each rule; the rest is summed up.
constexpr size_t kShown = 30;
using Row = std::array<std::string, 5>;

bool IsAbove(const PastRule& rule) {
  return rule.config.op == CompareOp::kGreaterEqual || rule.config.op == CompareOp::kGreater;
}

std::string NumberText(double number) {
  std::array<char, 400> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed).ptr;
  return {digits.data(), end};
}

std::string Counted(uint64_t count, const char* one, const char* several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}
std::string Alerts(uint64_t count) { return Counted(count, "alert", "alerts"); }

// In columns on a terminal; names in other scripts are as wide as they have letters, nearly.
size_t WidthOf(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\t', ' ');
  return text;
}

std::string SubjectOf(const PastRule& rule, const PastSubject& subject) {
  if (IsHostMetric(rule.config.metric)) return "(host)";
  if (rule.config.metric == AlertMetric::kAbsent) return "(nothing that matches)";
  return OneLine(subject.name);
}

void WriteRows(const std::vector<Row>& rows, std::string& text) {
  std::array<size_t, 5> widths{};
  for (const Row& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
  for (const Row& row : rows) {
    std::string line = " ";
    for (size_t i = 0; i < row.size(); ++i)
      line += " " + row[i] + std::string(widths[i] - WidthOf(row[i]) + 1, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
}

std::string EndOf(const PastAlert& alert) {
  if (!alert.ended_at) return "still firing";
  return ResolveReasonName(alert.reason);
}

void WriteAlerts(const PastRule& rule, std::string& text) {
  std::vector<std::pair<const PastSubject*, const PastAlert*>> alerts;
  for (const PastSubject& subject : rule.subjects)
    for (const PastAlert& alert : subject.alerts) alerts.emplace_back(&subject, &alert);
  std::stable_sort(alerts.begin(), alerts.end(),
                   [](const auto& a, const auto& b) { return a.second->fired_at < b.second->fired_at; });
  std::vector<Row> rows = {{"CONTAINER", "FIRED", "LASTED", IsAbove(rule) ? "GREATEST" : "LEAST", "ENDED"}};
  for (const auto& [subject, alert] : alerts) {
    if (rows.size() > kShown) break;
    rows.push_back({SubjectOf(rule, *subject), FormatTimestamp(alert->fired_at), LastedText(alert->lasted),
                    FigureText(rule.rule.metric, alert->extreme), EndOf(*alert)});
  }
  WriteRows(rows, text);
  if (rule.fired <= kShown) return;
  text += "  ... and " + std::to_string(rule.fired - kShown) + " more, by container:\n";
  rows = {{"CONTAINER", "ALERTS", "LASTED", IsAbove(rule) ? "GREATEST" : "LEAST", ""}};
  for (const PastSubject& subject : rule.subjects)
    rows.push_back({SubjectOf(rule, subject), std::to_string(subject.fired), LastedText(subject.lasted),
                    FigureText(rule.rule.metric, subject.extreme), ""});
  WriteRows(rows, text);
}

std::string Conditions(const PastRule& rule) {
  std::string text(AlertMetricName(rule.config.metric));
  if (!IsYesNoMetric(rule.config.metric))
    text += std::string(" ") + CompareOpText(rule.rule.op) + " " + NumberText(rule.rule.threshold);
  if (rule.config.recover_threshold)
    text += std::string(", well again ") + (IsAbove(rule) ? "below " : "above ") +
            NumberText(rule.rule.recover_threshold);
  if (IsEventMetric(rule.config.metric)) text += " within " + LastedText(rule.rule.window);
  return text + ", " + Counted(rule.rule.breaches, "breach", "breaches") + ", " +
         Counted(rule.rule.recoveries, "recovery", "recoveries");
}

void WriteTotal(const PastRule& rule, std::string& text) {
  text += "  total: " + Alerts(rule.fired);
  const bool is_lone = IsHostMetric(rule.config.metric) || rule.config.metric == AlertMetric::kAbsent;
  if (!is_lone)
    text += " on " + std::to_string(rule.subjects.size()) + " of " +
            Counted(rule.judged, "container", "containers");
  if (rule.fired > 0) text += ", " + LastedText(rule.lasted) + " in all";
  if (!rule.config.enabled) text += "; the rule is switched off";
  if (rule.judged == 0) text += "; no value was known";
  if (rule.extreme && !IsYesNoMetric(rule.config.metric)) {
    text += std::string("; ") + (IsAbove(rule) ? "greatest" : "least") + " value " +
            FigureText(rule.config.metric, *rule.extreme);
  }
  text += "\n";
}

void WriteSuggestion(const PastRule& rule, bool is_quiet, const std::optional<Suggestion>& found,
                     uint64_t at_most, std::string& text) {
  if (IsYesNoMetric(rule.config.metric) || !rule.extreme) return;
  const std::string times = Counted(at_most, "alert", "alerts");
  if (is_quiet) {
    text += "  suggestion: none; it is quiet enough already (at most " + times + ")\n";
    return;
  }
  if (!found) {
    text += "  suggestion: none; no threshold of its own makes it " + times + " or fewer\n";
    return;
  }
  text += "  suggestion for at most " + times + ": threshold: " + NumberText(found->threshold);
  const std::string figure = FigureText(rule.config.metric, found->threshold);
  if (figure.find("iB") != std::string::npos) text += " (" + figure + ")";
  if (found->recover_threshold) text += ", recover_threshold: " + NumberText(*found->recover_threshold);
  text += " (would have made " + Alerts(found->fired) + ")\n";
}

void WriteStretches(const BacktestReport& report, std::string& text) {
  text += "History of " + report.storage + "\n";
  if (report.stretches.empty()) {
    text += "  holds nothing since " + FormatTimestamp(report.from) + "\n";
    return;
  }
  for (const ReplayedStretch& stretch : report.stretches)
    text += std::string("  ") + (stretch.is_minutes ? "1m buckets       " : "full resolution  ") +
            FormatTimestamp(stretch.from) + " to " + FormatTimestamp(stretch.to) + ", " +
            Counted(stretch.ticks, "tick", "ticks") + "\n";
  if (report.stretches.front().is_minutes)
    text +=
        "  A 1m bucket is played as the readings it was made of: the least, the greatest, and between\n"
        "  them what the average leaves; rates (network, disk, throttling) as their average. How a\n"
        "  figure went up and down within a minute is lost: a rule that flaps fires less often there.\n";
  if (report.stretches.front().from > report.from + std::chrono::minutes(2))
    text += "  Nothing finer than hours is kept from before " +
            FormatTimestamp(report.stretches.front().from) + ".\n";
}

bool NeedsCores(const PastRule& rule) {
  return rule.config.metric == AlertMetric::kCpuOfLimitPercent ||
         rule.config.metric == AlertMetric::kCpuLimitPercent;
}

}  // namespace

std::string TableText(const BacktestReport& report) {
  std::string text;
  WriteStretches(report, text);
  if (std::any_of(report.rules.begin(), report.rules.end(), NeedsCores))
    text += "  Containers without a CPU limit are measured against " +
            Counted(report.host_cores, "core", "cores") + " (--host-cores).\n";
  const bool has_minutes = !report.stretches.empty() && report.stretches.front().is_minutes;
  for (size_t i = 0; i < report.rules.size(); ++i) {
    const PastRule& rule = report.rules[i];
    text += "\n" + rule.config.name + ": ";
    if (HeldOf(rule.config.metric) == Held::kNot) {
      text += std::string(AlertMetricName(rule.config.metric)) + "\n  cannot be replayed: history keeps " +
              MissingOf(rule.config.metric) + "\n";
      continue;
    }
    text += Conditions(rule) + "\n";
    if (has_minutes && HeldOf(rule.config.metric) == Held::kReadingsOnly)
      text += "  replayed at full resolution alone: 1m buckets hold no " +
              std::string(AlertMetricName(rule.config.metric)) + "\n";
    if (rule.fired > 0) WriteAlerts(rule, text);
    WriteTotal(rule, text);
    WriteSuggestion(rule, report.quiet[i], report.suggestions[i], report.at_most, text);
  }
  if (report.scrape_watch)
    text += std::string("\n") + kScrapeWatchRule +
            ": unscraped_seconds\n  cannot be replayed: history keeps " +
            MissingOf(AlertMetric::kUnscrapedSeconds) + "\n";
  return text;
}

}  // namespace plimsoll::alerting
