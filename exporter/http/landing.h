#pragma once

#include <string>
#include <utility>
#include <vector>

#include "exporter/http/server.h"

namespace plimsoll::http {

struct LandingLink {
  std::string path;  // "/metrics"
  std::string text;  // what is there
};

// The page at "/": name, version and links. Plain HTML that asks for nothing
// else and is forbidden to (Content-Security-Policy).
Response LandingPage(const std::string& name, const std::string& version,
                     const std::vector<LandingLink>& links);

}  // namespace plimsoll::http
