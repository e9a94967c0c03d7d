// Alertmanager's webhook body, version 4 (prometheus.io/docs/alerting/latest/configuration/#webhook_config).

#include "alerting/notify/drafts.h"
#include "alerting/text/json_text.h"

namespace plimsoll::alerting {
namespace {

Json AlertObject(const AlertText& alert) {
  return {
      {"status", alert.is_firing ? "firing" : "resolved"},
      {"labels", JsonObject(alert.told->labels)},
      {"annotations", JsonObject(alert.annotations)},
      {"startsAt", alert.starts_at},
      {"endsAt", alert.ends_at},
      {"generatorURL", alert.link},
      {"fingerprint", alert.fingerprint},
  };
}

}  // namespace

Json GroupFields(const MessageText& text) {
  return {
      {"groupLabels", JsonObject(text.message.group_labels)},
      {"commonLabels", JsonObject(text.common_labels)},
      {"commonAnnotations", JsonObject(text.common_annotations)},
      {"externalURL", text.message.external_url},
      {"version", "4"},
      {"groupKey", text.message.group_key},
      {"truncatedAlerts", text.message.left_out},  // news that have no room are in the next message
  };
}

Draft WebhookDraft(const ReceiverConfig& receiver, const MessageText& text) {
  Json alerts = Json::array();
  for (const auto* list : {&text.alerts, &text.others})
    for (const AlertText& alert : *list) alerts.push_back(AlertObject(alert));
  Json body = {
      {"receiver", receiver.name},
      {"status", text.Status()},
      {"alerts", std::move(alerts)},
  };
  body.update(GroupFields(text));
  return {receiver.urls.front().Reveal(), JsonText(body), {}};
}

}  // namespace plimsoll::alerting
