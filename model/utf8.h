#pragma once

#include <cstddef>
#include <string_view>

namespace plimsoll {

// The length in bytes of the UTF-8 character at `at`, or 0 when there is none
// (RFC 3629: no surrogates, nothing overlong, nothing beyond U+10FFFF).
size_t Utf8Length(std::string_view text, size_t at);

}  // namespace plimsoll
