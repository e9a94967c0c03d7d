#pragma once

#include <optional>

#include "exporter/http/server.h"

namespace plimsoll::http {

// The refusal (403) of a request that a browser sends on behalf of a page of
// another site. Such a page can make a browser POST to this server, with its
// password too, but can hide neither Origin nor Sec-Fetch-Site. Clients that are
// no browsers send neither. A proxy's X-Forwarded-Host is believed: no foreign
// page can set it without asking first, and this server says no.
std::optional<Response> RefuseForeignOrigin(const Request& request);

}  // namespace plimsoll::http
