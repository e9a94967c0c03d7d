#include "exporter/api/api.h"

#include "exporter/api/api_events.h"
#include "exporter/api/event_texts.h"
#include "exporter/api/resources.h"

namespace plimsoll::api {

Api::Api(ApiSources sources)
    : sources_(std::move(sources)), up_since_(sources_.clock->Mono()), hub_(*sources_.clock) {}

void Api::Observe(const alerting::CombinedNotice& notice) {
  Event event = AlertEvent(notice);
  hub_.Publish(event.name, event.container, std::move(event.data));
}

void Api::Routes(http::Server& server) {
  using http::Request;
  const auto get = [&](const char* path, http::Response (*answer)(const ApiSources&, const Request&)) {
    server.Handle("GET", path, [this, answer](const Request& request) { return answer(sources_, request); });
  };
  get("/api/v1/containers", &GetContainers);
  get("/api/v1/containers/{id}/resources/current", &GetCurrent);
  get("/api/v1/containers/{id}/resources/history", &GetHistory);
  get("/api/v1/containers/{id}/resources/alerts", &GetAlertSetting);
  get("/api/v1/alerts", &GetAlerts);
  get("/api/v1/alerts/history", &GetAlertHistory);
  get("/api/v1/notifications", &GetNotifications);
  get("/api/v1/silences", &GetSilences);
  get("/api/v1/silences/{id}", &GetSilence);
  get("/api/v1/resources/summary", &GetSummary);
  get("/api/v1/resources/top", &GetTop);
  server.Handle("PUT", "/api/v1/containers/{id}/resources/alerts", [this](const Request& request) {
    const std::lock_guard one_at_a_time(changing_);
    return PutAlertSetting(sources_, request);
  });
  server.Handle("POST", "/api/v1/silences",
                [this](const Request& request) { return PostSilence(sources_, request); });
  server.Handle("DELETE", "/api/v1/silences/{id}",
                [this](const Request& request) { return DeleteSilence(sources_, request); });
  server.Handle("GET", "/api/v1/status",
                [this](const Request& request) { return GetStatus(sources_, up_since_, request); });
  server.Handle("GET", "/api/v1/containers/events",
                [this](const Request& request) { return GetEvents(sources_, hub_, request); });
  server.Handle("GET", "/api/v1/openapi.yaml", &GetOpenApi);
}

}  // namespace plimsoll::api
