#pragma once

#include <string_view>

namespace plimsoll::body {

// One element of an Accept or Accept-Encoding list (RFC 9110 section 12.5).
struct Wish {
  std::string_view name;     // "text/plain", "gzip", "*"
  std::string_view version;  // parameter; empty when not given
  double weight = 1;         // 0..1; what is no such number accepts nothing
};

// Takes the first element off "text/plain;version=0.0.4;q=0.5, */*".
Wish TakeWish(std::string_view& list);

// ASCII only, as tokens are.
bool EqualNoCase(std::string_view a, std::string_view b);

// Whether an Accept-Encoding header prefers gzip over plain text.
bool AcceptsGzip(std::string_view accept_encoding);

}  // namespace plimsoll::body
