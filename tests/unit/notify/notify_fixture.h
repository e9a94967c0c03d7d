#pragma once

#include <string>
#include <vector>

#include "alerting/notify/sender.h"
#include "model/timestamp.h"

namespace plimsoll::alerting::testing {

inline WallTime At(const std::string& time) { return *ParseTimestamp(time); }

constexpr const char* kNow = "2026-11-23T05:31:00.000Z";

// Memory of shop-web-1 beyond 90 % of its limit.
inline Transition Fired() {
  Transition told;
  told.alert = "0123456789abcdef0123456789abcdef";
  told.id = TransitionId(told.alert, TransitionKind::kFired, 0);
  told.rule = "ContainerMemoryHigh";
  told.metric = AlertMetric::kMemoryPercent;
  told.value = 94.3;
  told.threshold = 90;
  told.severity = "critical";
  told.receivers = {"ops"};
  told.labels = {{"alertname", "ContainerMemoryHigh"},
                 {"container_id", "7"},
                 {"container_label_com_docker_compose_project", "shop"},
                 {"image", "nginx:1.25"},
                 {"instance", "db.example"},
                 {"name", "shop-web-1"},
                 {"severity", "critical"}};
  told.annotations = {{"runbook", "https://wiki.example/{{rule}}?who={{name}}"}};
  told.at = At("2026-11-23T05:30:29.818Z");
  told.since = At("2026-11-23T05:29:59.817Z");
  told.fired_at = told.at;
  told.lasted = std::chrono::milliseconds(30'001);
  told.container = 7;
  told.name = "shop-web-1";
  told.image = "nginx:1.25";
  told.runtime_id = "c0ffee";
  told.compose_project = "shop";
  told.limit = 512.0 * (1 << 20);
  told.consumed = AlertMetric::kMemoryUsedBytes;
  told.top_consumers = {{7, "shop-web-1", 482.6 * (1 << 20)},
                        {9, "shop-db-1", 211.0 * (1 << 20)},
                        {3, "cache", 1.5 * (1 << 20)}};
  return told;
}

inline Transition Repeated() {
  Transition told = Fired();
  told.kind = TransitionKind::kRepeated;
  told.repeats = 2;
  told.id = TransitionId(told.alert, told.kind, told.repeats);
  told.value = 97;
  told.at = At("2026-11-23T13:30:29.818Z");
  told.lasted = std::chrono::hours(8) + std::chrono::seconds(30);
  return told;
}

inline Transition Resolved() {
  Transition told = Fired();
  told.kind = TransitionKind::kResolved;
  told.reason = ResolveReason::kRecovered;
  told.id = TransitionId(told.alert, told.kind, 0);
  told.value = 41.5;
  told.at = At("2026-11-23T05:42:49.900Z");
  told.lasted = std::chrono::minutes(12) + std::chrono::seconds(50);
  return told;
}

// Another container's, of the same rule unless changed.
inline Transition OfAnother(Transition told, uint32_t container, const std::string& name) {
  told.container = container;
  told.name = name;
  told.alert = AlertId(told.rule, container, name, told.fired_at);
  told.id = TransitionId(told.alert, told.kind, told.repeats);
  for (auto& [key, value] : told.labels) {
    if (key == "name") value = name;
    if (key == "container_id") value = std::to_string(container);
  }
  return told;
}

// The host's disk, ended since the rule was switched off.
inline Transition HostEnded() {
  Transition told;
  told.alert = "fedcba9876543210fedcba9876543210";
  told.kind = TransitionKind::kResolved;
  told.reason = ResolveReason::kDisabled;
  told.id = TransitionId(told.alert, told.kind, 0);
  told.rule = "HostDiskFull";
  told.metric = AlertMetric::kHostDiskPercent;
  told.value = 96;
  told.threshold = 95;
  told.severity = "warning";
  told.labels = {{"alertname", "HostDiskFull"}, {"instance", "db.example"}, {"severity", "warning"}};
  told.at = At("2026-11-23T05:30:30.000Z");
  told.since = At("2026-11-22T01:30:30.000Z");
  told.fired_at = At("2026-11-22T01:30:50.000Z");
  told.lasted = std::chrono::hours(28);
  return told;
}

inline Message MessageOf(std::vector<Transition> transitions) {
  Message message;
  message.id = "5d41402abc4b2a76b9719d911017c592";
  message.receiver = "ops";
  message.transitions = std::move(transitions);
  message.group_labels = {{"alertname", "ContainerMemoryHigh"}};
  message.group_key = "{alertname=\"ContainerMemoryHigh\"}";
  message.external_url = "https://plimsoll.example:9797";
  message.dashboard_url =
      "https://grafana.example/d/"
      "plimsoll-container?var-instance={{labels.instance}}{{#name}}&var-container={{name}}{{/name}}";
  message.at = At("2026-11-23T05:30:35.000Z");
  return message;
}

inline Message GroupedMessage() {
  Message message = MessageOf(
      {Fired(), OfAnother(Repeated(), 9, "shop-db-1"), OfAnother(Resolved(), 3, "cache"), HostEnded()});
  message.group_labels.clear();
  message.group_key = "{}";
  return message;
}

inline ReceiverConfig ReceiverOf(ReceiverType type) {
  ReceiverConfig receiver;
  receiver.name = "ops";
  receiver.type = type;
  receiver.urls = {Secret(std::string("https://") + ReceiverTypeName(type) + ".example/hook")};
  switch (type) {
    case ReceiverType::kAlertmanager:
      receiver.urls = {Secret("http://am-1.example:9093"), Secret("http://am-2.example:9093/prefix/")};
      break;
    case ReceiverType::kSlack:
      receiver.channel = "#ops";
      receiver.username = "plimsoll";
      break;
    case ReceiverType::kTelegram:
      receiver.urls = {Secret("https://api.telegram.example")};
      receiver.token = Secret("123456:bot-token-of-a-test");
      receiver.chat_id = "-1001";
      break;
    case ReceiverType::kNtfy:
      receiver.topic = "alerts";
      break;
    case ReceiverType::kGotify:
    case ReceiverType::kPagerduty:
      receiver.token = Secret("token-of-a-test");
      break;
    case ReceiverType::kJson:
      receiver.body_template =
          R"({"text": "{{headline}}", "to": "{{receiver}}", "alerts": [{{#alerts}})"
          R"({"what": "{{summary}}", "who": "{{labels.name}}", "firing": {{#firing}}true{{/firing}}{{^firing}}false{{/firing}}, "top": [{{#consumers}})"
          R"("{{name}}"{{^last}}, {{/last}}{{/consumers}}]}{{^last}}, {{/last}}{{/alerts}}]})"
          "\n";
      break;
    default:
      break;
  }
  return receiver;
}

}  // namespace plimsoll::alerting::testing
