#pragma once

#include "exporter/api/event_hub.h"
#include "exporter/api/sources.h"
#include "exporter/http/server.h"

namespace plimsoll::api {

// GET /api/v1/containers/events. `hub` must outlive the server.
http::Response GetEvents(const ApiSources& sources, EventHub& hub, const http::Request& request);

}  // namespace plimsoll::api
