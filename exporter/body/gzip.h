#pragma once

#include <string>
#include <string_view>

namespace plimsoll::body {

// `text` as one gzip member at the quickest level. Throws std::bad_alloc.
std::string Gzip(std::string_view text);

}  // namespace plimsoll::body
