#include "exporter/http/router.h"

#include <optional>

namespace plimsoll::http {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// "a/b" to "a", leaving "b". The piece after the last slash leaves nothing.
std::string_view TakePiece(std::optional<std::string_view>& rest) {
  const size_t slash = rest->find('/');
  const std::string_view piece = rest->substr(0, slash);
  if (slash == std::string_view::npos) {
    rest.reset();
  } else {
    rest = rest->substr(slash + 1);
  }
  return piece;
}

bool IsName(std::string_view piece) {
  return piece.size() > 2 && piece.front() == '{' && piece.back() == '}';
}

// What the names of the pattern stand for; nothing when the path is another.
std::optional<Parameters> Fit(std::string_view pattern, std::string_view path) {
  Parameters parameters;
  std::optional<std::string_view> wanted(pattern), given(path);
  while (wanted && given) {
    const std::string_view name = TakePiece(wanted), piece = TakePiece(given);
    if (IsName(name)) {
      if (piece.empty()) return std::nullopt;
      parameters.emplace_back(name.substr(1, name.size() - 2), piece);
    } else if (name != piece) {
      return std::nullopt;
    }
  }
  if (wanted || given) return std::nullopt;
  return parameters;
}

}  // namespace

void Router::Add(std::string method, std::string path, Handler handler) {
  auto& routes = path.find('{') == std::string::npos ? exact_ : named_;
  routes[std::move(path)].emplace_back(std::move(method), std::move(handler));
}

Router::Match Router::Find(std::string_view method, std::string_view path) const {
  Match match;
  if (const auto route = exact_.find(path); route != exact_.end()) {
    match.pattern = route->first;
    Choose(route->second, method, match);
    return match;
  }
  for (const auto& [pattern, handlers] : named_) {
    auto parameters = Fit(pattern, path);
    if (!parameters) continue;
    match.pattern = pattern;
    match.parameters = std::move(*parameters);
    Choose(handlers, method, match);
    return match;
  }
  return match;
}

void Router::Choose(const Handlers& handlers, std::string_view method, Match& match) {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const auto& [name, handler] : handlers) {
    if (name == wanted) match.handler = &handler;
    match.allow += (match.allow.empty() ? "" : ", ") + name;
    if (name == "GET") match.allow += ", HEAD";
  }
}

}  // namespace plimsoll::http
