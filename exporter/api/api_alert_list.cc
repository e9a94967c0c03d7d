#include <charconv>

#include "exporter/api/alert_texts.h"
#include "exporter/api/answer.h"
#include "exporter/api/parameters.h"
#include "exporter/api/resources.h"

namespace plimsoll::api {
namespace {

constexpr int kUsualTransitions = 100;
constexpr int kMostTransitions = 1'000;
constexpr int64_t kLastNumber = 9'007'199'254'740'991;  // of those that JSON's readers keep whole

Result<std::optional<int64_t>> TakeBefore(const http::Query& query) {
  const std::string* text = query.Find("before");
  if (!text) return std::nullopt;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error == std::errc() && end == text->data() + text->size() && number > 0 && number <= kLastNumber)
    return std::optional(number);
  return Fail("before must be the `number` of a transition, 1 and up, not " + Shown(*text));
}

Result<std::optional<uint32_t>> TakeContainer(const http::Query& query) {
  const std::string* text = query.Find("container_id");
  if (!text) return std::nullopt;
  if (const auto id = ParseId(*text)) return id;
  return Fail("container_id must be the id of a container, 1 and up, not " + Shown(*text));
}

}  // namespace

http::Response GetAlerts(const ApiSources& sources, const http::Request& request) {
  const auto query = http::Query::Parse(request.query, {});
  if (!query) return BadParameter(query.error());
  std::string json;
  ObjectText(json)
      .List("alerts", sources.alerts->Alerts(),
            [&](const alerting::AlertView& alert) {
              AppendAlert(json, alert, alert.labels.empty() ? "" : sources.alerts->SilencedBy(alert.labels));
            })
      .Close();
  return JsonAnswer(std::move(json));
}

http::Response GetAlertHistory(const ApiSources& sources, const http::Request& request) {
  const auto query = http::Query::Parse(request.query, {"before", "container_id", "limit"});
  if (!query) return BadParameter(query.error());
  const auto before = TakeBefore(*query);
  if (!before) return BadParameter(before.error());
  const auto limit = TakeLimit(*query, kUsualTransitions, kMostTransitions);
  if (!limit) return BadParameter(limit.error());
  const auto container = TakeContainer(*query);
  if (!container) return BadParameter(container.error());

  std::vector<alerting::HistoryEntry> entries;
  const auto read = sources.store->Read([&](Database& database) {
    entries = alerting::ReadAlertHistory(database, {*before, *container, *limit + 1});
  });
  if (!read) return StoreUnavailable(read.error());
  const bool has_more = entries.size() > static_cast<size_t>(*limit);
  if (has_more) entries.pop_back();
  std::string json;
  ObjectText(json)
      .List("transitions", entries,
            [&](const alerting::HistoryEntry& entry) { AppendTransition(json, entry); })
      .Count("next_before", has_more ? Figure(static_cast<uint64_t>(entries.back().number)) : std::nullopt)
      .Close();
  return JsonAnswer(std::move(json));
}

http::Response GetNotifications(const ApiSources& sources, const http::Request& request) {
  const auto query = http::Query::Parse(request.query, {});
  if (!query) return BadParameter(query.error());
  const alerting::OutboxView outbox = sources.alerts->Notifications();
  std::string json;
  ObjectText object(json);
  object.Count("waiting", outbox.waiting.size())
      .Count("held", outbox.held.size())
      .Count("dropped", outbox.dropped.size())
      .Key("notifications");
  json += '[';
  bool first = true;
  const auto next = [&] {
    if (!std::exchange(first, false)) json += ',';
  };
  for (const alerting::Parcel& parcel : outbox.waiting) next(), AppendParcel(json, parcel);
  for (const auto& [key, standing] : outbox.held) next(), AppendHeld(json, key, standing);
  for (const alerting::Parcel& parcel : outbox.dropped) next(), AppendParcel(json, parcel);
  json += ']';
  object.Close();
  return JsonAnswer(std::move(json));
}

}  // namespace plimsoll::api
