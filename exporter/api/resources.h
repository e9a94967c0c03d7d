#pragma once

#include "exporter/api/sources.h"
#include "exporter/http/server.h"

// One function a route; each in the file of its resource.
namespace plimsoll::api {

// api_containers.cc
http::Response GetContainers(const ApiSources& sources, const http::Request& request);
http::Response GetCurrent(const ApiSources& sources, const http::Request& request);
// api_history.cc
http::Response GetHistory(const ApiSources& sources, const http::Request& request);
// api_alerts.cc
http::Response GetAlertSetting(const ApiSources& sources, const http::Request& request);
http::Response PutAlertSetting(const ApiSources& sources, const http::Request& request);
// api_alert_list.cc
http::Response GetAlerts(const ApiSources& sources, const http::Request& request);
http::Response GetAlertHistory(const ApiSources& sources, const http::Request& request);
http::Response GetNotifications(const ApiSources& sources, const http::Request& request);
// api_silences.cc
http::Response GetSilences(const ApiSources& sources, const http::Request& request);
http::Response GetSilence(const ApiSources& sources, const http::Request& request);
http::Response PostSilence(const ApiSources& sources, const http::Request& request);
http::Response DeleteSilence(const ApiSources& sources, const http::Request& request);
// api_summary.cc
http::Response GetSummary(const ApiSources& sources, const http::Request& request);
// api_top.cc
http::Response GetTop(const ApiSources& sources, const http::Request& request);
// api_status.cc; `up_since` by the monotonic clock
http::Response GetStatus(const ApiSources& sources, MonoTime up_since, const http::Request& request);
// api_openapi.cc
http::Response GetOpenApi(const http::Request& request);

// Whether the container lives or has a history; asks the disk only for one that does not live.
Result<bool> IsKnown(const ApiSources& sources, uint32_t id);

}  // namespace plimsoll::api
