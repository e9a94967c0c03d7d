#include "exporter/http/router.h"

namespace plimsoll::http {

void Router::Add(std::string method, std::string path, Handler handler) {
  routes_[std::move(path)].emplace_back(std::move(method), std::move(handler));
}

Router::Match Router::Find(std::string_view method, std::string_view path) const {
  Match match;
  const auto route = routes_.find(path);
  if (route == routes_.end()) return match;
  match.pattern = route->first;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const auto& [name, handler] : route->second) {
    if (name == wanted) match.handler = &handler;
    match.allow += (match.allow.empty() ? "" : ", ") + name;
    if (name == "GET") match.allow += ", HEAD";
  }
  return match;
}

}  // namespace plimsoll::http
