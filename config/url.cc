#include "config/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>

namespace plimsoll {
namespace {

bool IsHostCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
}

std::string CheckPort(std::string_view port) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool whole = error == std::errc() && end == port.data() + port.size();
  return whole && number > 0 && number < 65536 ? "" : "the port must be a number from 1 to 65535";
}

// "host", "host:port", "[::1]:port".
std::string CheckAuthority(std::string_view authority) {
  if (authority.find('@') != authority.npos) return "must not hold a user name or password; use basic_auth";
  std::string_view host = authority, rest;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == authority.npos) return "the [ of the address is never closed";
    host = authority.substr(1, end - 1);
    rest = authority.substr(end + 1);
    if (host.empty() || host.find_first_not_of("0123456789abcdefABCDEF:.") != host.npos)
      return "what stands in [ ] is not an IPv6 address";
  } else {
    host = authority.substr(0, authority.find(':'));
    rest = authority.substr(host.size());
    if (host.empty()) return "the host is missing";
    if (!std::all_of(host.begin(), host.end(), IsHostCharacter))
      return "the host is not a name or an address";
  }
  if (rest.empty()) return "";
  return rest.starts_with(':') ? CheckPort(rest.substr(1)) : "the host is not a name or an address";
}

}  // namespace

std::string CheckUrl(std::string_view url) {
  if (url.size() > 2048) return "longer than 2048 bytes";
  const bool has_space = std::any_of(
      url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
  if (has_space) return "must not hold spaces or control characters";
  if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else if (url.starts_with("https://")) {
    url.remove_prefix(8);
  } else {
    return "must begin with http:// or https://";
  }
  return CheckAuthority(url.substr(0, url.find_first_of("/?#")));
}

}  // namespace plimsoll
