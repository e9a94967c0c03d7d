#pragma once

#include <optional>

#include "exporter/api/sources.h"
#include "exporter/http/server.h"

namespace plimsoll::api {

// The refusal of a request that would change state, or nothing: 403 without
// the admin API or from a page of another site, 415 for a body that is not
// called application/json (which no form of a web page can send).
std::optional<http::Response> RefuseChange(const ApiSources& sources, const http::Request& request);

}  // namespace plimsoll::api
