#pragma once

#include <cstdint>
#include <string>

#include "model/result.h"

namespace plimsoll::http {

// Where to listen, with the host as numbers.
struct ListenAddress {
  std::string host;  // "127.0.0.1", "0.0.0.0", "::1"
  uint16_t port = 0;
  bool ipv6 = false;
};

// Parses "host:port", ":port" (all interfaces) and "[v6]:port"; a name is looked up. `ipv6` says whether
// the web server at hand can listen on IPv6 (ServesIpv6()). Fails quoting the text and saying what would be
// right.
Result<ListenAddress> ParseListenAddress(const std::string& text, bool ipv6);

// Whether the civetweb at hand was built with IPv6; Debian's is not.
bool ServesIpv6();

// "127.0.0.1:9797", "[::1]:9797".
std::string FormatAddress(const ListenAddress& address);

// Tries to bind it, to say why a server could not: "address already in use". Success when it can be bound
// now.
Result<void> ProbeBind(const ListenAddress& address);

}  // namespace plimsoll::http
