#include "exporter/http/origin.h"

#include "exporter/http/request.h"

namespace plimsoll::http {
namespace {

std::string_view WithoutSuffix(std::string_view text, std::string_view suffix) {
  if (text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix)
    text.remove_suffix(suffix.size());
  return text;
}

// "https://host:8443" to "host:8443". Nothing for "null" and all that is no web page's origin.
std::string_view HostOf(std::string_view origin, std::string_view& default_port) {
  for (const auto& [scheme, port] :
       {std::pair<std::string_view, std::string_view>{"http://", ":80"}, {"https://", ":443"}}) {
    if (origin.substr(0, scheme.size()) != scheme) continue;
    default_port = port;
    return WithoutSuffix(origin.substr(scheme.size()), port);
  }
  return {};
}

}  // namespace

std::optional<Response> RefuseForeignOrigin(const Request& request) {
  const std::string_view origin = request.Header("Origin");
  bool own = true;
  if (!origin.empty()) {
    std::string_view port;
    const std::string_view host = HostOf(origin, port);
    const auto is_host = [&](std::string_view name) {
      const std::string_view asked = WithoutSuffix(name, port);
      return !asked.empty() && EqualsIgnoringCase(asked, host);
    };
    own = is_host(request.Header("Host")) || is_host(request.Header("X-Forwarded-Host"));
  } else {
    own = !EqualsIgnoringCase(request.Header("Sec-Fetch-Site"), "cross-site");
  }
  if (own) return std::nullopt;
  return ErrorResponse(
      403, "FOREIGN_ORIGIN",
      "a web page of another site asked for this change: ask from this server's own address");
}

}  // namespace plimsoll::http
