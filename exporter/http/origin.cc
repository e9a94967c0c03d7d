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

bool IsLoopback(std::string_view remote) {  // "127.0.0.1:40022", "::1:40022"
  return remote.substr(0, 4) == "127." || remote.substr(0, 4) == "::1:" ||
         remote.substr(0, 11) == "::ffff:127.";
}

// "Box.example.:9797" to "Box.example"; an IPv6 address stays in its brackets.
std::string_view NameOf(std::string_view host) {
  if (host.substr(0, 1) == "[") return host.substr(0, host.find(']') + 1);
  host = host.substr(0, host.rfind(':'));
  return WithoutSuffix(host, ".");
}

bool IsAddress(std::string_view name) {
  return name.substr(0, 1) == "[" || name.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool IsLocalhost(std::string_view name) {
  constexpr std::string_view kLocalhost = "localhost";  // RFC 6761, 6.3: and all names below it
  if (name.size() < kLocalhost.size()) return false;
  const size_t above = name.size() - kLocalhost.size();
  return EqualsIgnoringCase(name.substr(above), kLocalhost) && (above == 0 || name[above - 1] == '.');
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

std::optional<Response> RefuseForeignHost(const Request& request) {
  if (!IsLoopback(request.remote)) return std::nullopt;
  const std::string_view name = NameOf(request.Header("Host"));
  if (IsAddress(name) || IsLocalhost(name) || name.find('.') == std::string_view::npos) return std::nullopt;
  return ErrorResponse(
      403, "FOREIGN_HOST",
      "over loopback this server is asked for as localhost, not by a name of the internet's: a "
      "proxy in front has to say so in Host, or users or TLS are set in --web.config.file");
}

}  // namespace plimsoll::http
