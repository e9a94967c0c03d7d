// Events API v2 (developer.pagerduty.com/docs/send-alert-event): a summary of
// 1024 characters, 512 KB in all; one alert a request, known by its dedup_key.

#include <algorithm>
#include <array>

#include "alerting/notify/drafts.h"
#include "alerting/text/bounded_text.h"
#include "alerting/text/json_text.h"
#include "model/timestamp.h"

namespace plimsoll::alerting {
namespace {

constexpr size_t kSummary = 1024, kDetail = 8192, kMostDetails = 40, kSource = 1024;

std::string Severity(const std::string& severity) {
  constexpr std::array<std::string_view, 4> kKnown = {"critical", "error", "warning", "info"};
  return std::find(kKnown.begin(), kKnown.end(), severity) == kKnown.end() ? "warning" : severity;
}

std::string LabelOf(const Transition& told, std::string_view name) {
  for (const auto& [key, value] : told.labels)
    if (key == name) return value;
  return "";
}

Json Details(const AlertText& alert) {
  Json details = {{"description", Shorten(alert.description, kDetail, TextUnit::kBytes)}};
  for (const auto& [name, value] : alert.Facts()) {
    if (details.size() == kMostDetails) break;
    details[name] = Shorten(value, kDetail, TextUnit::kBytes);
  }
  return details;
}

Json Payload(const AlertText& alert) {
  const std::string instance = LabelOf(*alert.told, "instance");
  return {
      {"summary", Shorten(alert.summary, kSummary, TextUnit::kUtf16)},
      {"source", Shorten(instance.empty() ? alert.subject : instance, kSource, TextUnit::kUtf16)},
      {"severity", Severity(alert.told->severity)},
      {"timestamp", FormatTimestamp(alert.told->at)},
      {"component", Shorten(alert.subject, kSource, TextUnit::kUtf16)},
      {"group", alert.told->compose_project},
      {"class", alert.told->rule},
      {"custom_details", Details(alert)},
  };
}

}  // namespace

Drafts PagerdutyDrafts(const ReceiverConfig& receiver, const MessageText& text) {
  Drafts drafts;
  for (const AlertText& alert : text.alerts) {
    Json body = {
        {"routing_key", receiver.token.Reveal()},
        {"event_action", alert.is_firing ? "trigger" : "resolve"},
        {"dedup_key", alert.told->alert},
        {"client", "Plimsoll"},
        {"payload", Payload(alert)},
    };
    if (!alert.link.empty()) {
      body["client_url"] = alert.link;
      body["links"] = Json::array({{{"href", alert.link}, {"text", "Open in Plimsoll"}}});
    }
    drafts.push_back({receiver.urls.front().Reveal(), JsonText(body), {}});
  }
  return drafts;
}

}  // namespace plimsoll::alerting
