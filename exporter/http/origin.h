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

// The refusal (403) of a request that came over loopback but asked for a name of the internet's. A browser
// sends it for a page whose owner let the page's own name point at 127.0.0.1 (DNS rebinding): to the browser
// the answer belongs to that page. Addresses, localhost and names without a dot, which nobody can register,
// are served.
std::optional<Response> RefuseForeignHost(const Request& request);

}  // namespace plimsoll::http
