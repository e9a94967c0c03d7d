// POST /api/v2/alerts (Alertmanager's api/v2/openapi.yaml, postAlerts).

#include <algorithm>

#include "alerting/notify/drafts.h"
#include "alerting/notify/sender.h"
#include "alerting/text/json_text.h"
#include "model/timestamp.h"

namespace plimsoll::alerting {
namespace {

// Alertmanager knows an alert by its labels and takes all of one request for
// equally new: only the last word on each is sent.
bool IsLastWord(const AlertText& alert, const MessageText& text) {
  return std::none_of(text.alerts.begin() + (&alert - text.alerts.data()) + 1, text.alerts.end(),
                      [&](const AlertText& later) { return later.told->labels == alert.told->labels; });
}

// An end before its start is refused, and one to come is none yet: where the clock was set back
// meanwhile, what fires began now at the latest and what is over ended now at the latest.
Json AlertObject(const AlertText& alert, WallTime now) {
  const WallTime end = alert.is_firing ? now + kAlertmanagerHold : std::min(alert.told->at, now);
  const WallTime start = std::min(alert.told->fired_at, alert.is_firing ? now : end);
  Json object = {
      {"labels", JsonObject(alert.told->labels)},
      {"annotations", JsonObject(alert.annotations)},
      {"startsAt", FormatTimestamp(start)},
      {"endsAt", FormatTimestamp(end)},
  };
  if (!alert.link.empty()) object["generatorURL"] = alert.link;
  return object;
}

}  // namespace

Drafts AlertmanagerDrafts(const ReceiverConfig& receiver, const MessageText& text, WallTime now) {
  Json body = Json::array();
  for (const AlertText& alert : text.alerts)
    if (IsLastWord(alert, text)) body.push_back(AlertObject(alert, now));
  Drafts drafts;
  for (const Secret& url : receiver.urls)
    drafts.push_back({JoinUrl(url.Reveal(), "/api/v2/alerts"), JsonText(body), {}});
  return drafts;
}

}  // namespace plimsoll::alerting
