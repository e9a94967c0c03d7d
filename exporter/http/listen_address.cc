#include "exporter/http/listen_address.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <memory>

namespace plimsoll::http {
namespace {

constexpr const char* kForms = "use host:port, :port or [v6]:port, such as 127.0.0.1:9797";

Result<uint16_t> ParsePort(const std::string& address, std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port > 65535)
    return Fail("listen address \"" + address + "\": bad port \"" + std::string(text) +
                "\": give a number from 0 to 65535; " + kForms);
  return static_cast<uint16_t>(port);
}

// The first IPv4 address of a name, as text.
Result<std::string> LookUp(const std::string& address, const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0)
    return Fail("listen address \"" + address + "\": cannot find host \"" + host +
                "\": " + gai_strerror(error) + "; " + kForms);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_addr, text, sizeof text);
  return std::string(text);
}

}  // namespace

Result<ListenAddress> ParseListenAddress(const std::string& text, bool ipv6) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return Fail("listen address \"" + text + "\": no port; " + kForms);
  const auto port = ParsePort(text, std::string_view(text).substr(colon + 1));
  if (!port) return tl::unexpected(port.error());
  std::string host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    in6_addr parsed;
    if (inet_pton(AF_INET6, host.c_str(), &parsed) != 1)
      return Fail("listen address \"" + text + "\": \"" + host + "\" is no IPv6 address; " + kForms);
    if (!ipv6)
      return Fail(
          "listen address \"" + text +
          "\": this build of the civetweb library has no IPv6; listen on an IPv4 address, or on :port for "
          "all of them");
    return ListenAddress{host, *port, true};
  }
  if (host.find(':') != std::string::npos)
    return Fail("listen address \"" + text +
                "\": one address a flag (repeat --web.listen-address), and an IPv6 address in brackets; " +
                kForms);
  if (host.empty()) host = "0.0.0.0";
  in_addr parsed;
  if (inet_pton(AF_INET, host.c_str(), &parsed) == 1) return ListenAddress{host, *port, false};
  const auto found = LookUp(text, host);
  if (!found) return tl::unexpected(found.error());
  return ListenAddress{*found, *port, false};
}

bool ServesIpv6() { return mg_check_feature(MG_FEATURES_IPV6) != 0; }

std::string FormatAddress(const ListenAddress& address) {
  return (address.ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<void> ProbeBind(const ListenAddress& address) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(address.port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port);
  inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr);
  inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr);
  const int fd = socket(address.ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return tl::unexpected(ErrnoError("socket"));
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto* raw =
      address.ipv6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  const bool bound = bind(fd, raw, address.ipv6 ? sizeof v6 : sizeof v4) == 0 && listen(fd, 1) == 0;
  const int error = errno;
  close(fd);
  if (bound) return {};
  std::string advice;
  if (error == EADDRINUSE)
    advice = "; stop the program that listens there, or give another --web.listen-address";
  if (error == EADDRNOTAVAIL)
    advice = "; this host has no such address: give one of its own, or :port for all";
  if (error == EACCES) advice = "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
  return Fail("listen on " + FormatAddress(address) + ": " + std::strerror(error) + advice);
}

}  // namespace plimsoll::http
