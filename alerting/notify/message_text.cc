#include "alerting/notify/message_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "alerting/notify/template_text.h"
#include "alerting/notify/wording.h"
#include "alerting/text/figure_text.h"
#include "model/timestamp.h"

namespace plimsoll::alerting {
namespace {

// Go's time.Time{}: no end is known.
constexpr const char* kNever = "0001-01-01T00:00:00Z";

void AddRendered(const Transition& told, AlertText& alert) {
  if (told.annotations.empty()) return;
  const Fields fields = FieldsOf(alert);
  std::map<std::string, std::string> all(alert.annotations.begin(), alert.annotations.end());
  for (const auto& [name, text] : told.annotations)
    all[name] = Render(text, fields, TemplateEscape::kNone).value_or(text);
  alert.annotations.assign(all.begin(), all.end());
}

void AddAnnotations(const Transition& told, AlertText& alert) {
  alert.annotations = {{"dashboard_url", alert.dashboard},
                       {"description", alert.description},
                       {"since", alert.since},
                       {"summary", alert.summary},
                       {"threshold", alert.threshold},
                       {"top_consumers", alert.consumers},
                       {"value", alert.value}};
  std::erase_if(alert.annotations, [](const auto& pair) { return pair.second.empty(); });
  AddRendered(told, alert);
}

AlertText Describe(const Transition& told, const Message& message) {
  AlertText alert;
  alert.told = &told;
  alert.is_firing = told.kind != TransitionKind::kResolved;
  alert.subject = SubjectText(told);
  alert.status_word = StatusWord(told);
  alert.summary = SummaryText(told);
  alert.description = DescriptionText(told);
  alert.value = FigureText(told.metric, told.value);
  alert.threshold = ThresholdText(told);
  alert.since = FormatTimestamp(told.since);
  alert.lasted = LastedText(told.lasted);
  if (told.limit) alert.limit = LimitText(told.metric, *told.limit);
  alert.consumers = ConsumersText(told);
  alert.link = LinkTo(message.external_url, told);
  alert.starts_at = FormatTimestamp(told.fired_at);
  alert.ends_at = alert.is_firing ? kNever : FormatTimestamp(told.at);
  alert.fingerprint = Fingerprint(told.labels);
  if (!message.dashboard_url.empty())
    alert.dashboard = Render(message.dashboard_url, FieldsOf(alert), TemplateEscape::kUrl).value_or("");
  AddAnnotations(told, alert);
  return alert;
}

// Leaves in `common` what `pairs` says too.
void Intersect(const TextPairs& pairs, TextPairs& common) {
  std::erase_if(common,
                [&](const auto& pair) { return std::find(pairs.begin(), pairs.end(), pair) == pairs.end(); });
}

}  // namespace

std::string AlertText::Title() const { return status_word + ": " + told->rule + " on " + subject; }

std::vector<std::pair<std::string, std::string>> AlertText::Facts() const {
  std::vector<std::pair<std::string, std::string>> facts = {{"Value", value},
                                                            {"Threshold", threshold},
                                                            {is_firing ? "For" : "Lasted", lasted},
                                                            {"Since", since},
                                                            {"Limit", limit},
                                                            {"Severity", told->severity},
                                                            {"Image", told->image},
                                                            {"Compose project", told->compose_project},
                                                            {"Top consumers", consumers},
                                                            {"Dashboard", dashboard}};
  for (const auto& [name, own] : told->annotations) {
    if (name == "summary" || name == "description") continue;
    for (const auto& [key, text] : annotations)
      if (key == name) facts.emplace_back(name, text);
  }
  std::erase_if(facts, [](const auto& fact) { return fact.second.empty(); });
  return facts;
}

MessageText::MessageText(const Message& of) : message(of) {
  alerts.reserve(message.transitions.size());
  for (const Transition& told : message.transitions) {
    alerts.push_back(Describe(told, message));
    ++(alerts.back().is_firing ? firing : resolved);
  }
  others.reserve(message.others.size());
  for (const Transition& known : message.others) others.push_back(Describe(known, message));
  common_labels = alerts.front().told->labels;
  common_annotations = alerts.front().annotations;
  for (const auto* list : {&alerts, &others})
    for (const AlertText& alert : *list) {
      Intersect(alert.told->labels, common_labels);
      Intersect(alert.annotations, common_annotations);
    }
}

std::string MessageText::Headline() const {
  if (alerts.size() == 1) return alerts.front().Title();
  constexpr std::array<std::pair<const char*, const char*>, 4> kCounts = {{{"Firing", " firing"},
                                                                           {"Still firing", " still firing"},
                                                                           {"Recovered", " recovered"},
                                                                           {"Ended", " ended"}}};
  std::string text;
  for (const auto& [word, told] : kCounts) {
    const auto count = std::count_if(alerts.begin(), alerts.end(), [&, w = word](const AlertText& alert) {
      return alert.status_word == w;
    });
    if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + told;
  }
  const bool one_rule = std::all_of(alerts.begin(), alerts.end(), [&](const AlertText& alert) {
    return alert.told->rule == alerts.front().told->rule;
  });
  return one_rule ? text + ": " + alerts.front().told->rule : text;
}

std::string MessageText::Link() const {
  if (alerts.size() == 1) return alerts.front().link;
  return message.external_url.empty() ? "" : message.external_url + "/";
}

std::string MessageText::Severity() const {
  constexpr std::array kWorstFirst = {"critical", "error", "warning", "info"};
  for (const char* severity : kWorstFirst)
    for (const AlertText& alert : alerts)
      if (alert.told->severity == severity && (alert.is_firing || firing == 0)) return severity;
  return alerts.front().told->severity;
}

std::string Fingerprint(const TextPairs& labels) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    hash = (hash ^ 0xff) * 0x100000001b3ULL;  // between and after
  };
  for (const auto& [name, value] : labels) {
    add(name);
    add(value);
  }
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

}  // namespace plimsoll::alerting
