#pragma once

#include <string>
#include <string_view>

namespace plimsoll {

// What is wrong with `url` as the address of an HTTP server, or "". It must be
// http or https with a host and without a user name. The answer never quotes
// the URL, which may hold a token.
std::string CheckUrl(std::string_view url);

}  // namespace plimsoll
