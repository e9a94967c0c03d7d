#pragma once

#include <string>

#include "exporter/http/server.h"

namespace plimsoll::page {

// Adds the web page: "/" and, below /page/, what it loads. All of it is compiled
// in; it shows what the JSON API answers and asks no other host for anything,
// which the Content-Security-Policy holds it to. `telemetry_path` is where the
// page's links say the metrics are. Without libjs-dygraphs at build time there
// is no /page/dygraph.js, and the page says so in place of charts.
void AddRoutes(http::Server& server, const std::string& telemetry_path);

}  // namespace plimsoll::page
