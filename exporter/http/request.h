#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/http/server.h"

namespace plimsoll::http {

// ASCII only, as header names and tokens are.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

// Whether a comma-separated header value such as "keep-alive, Upgrade" holds `token`.
bool HasToken(std::string_view header_value, std::string_view token);

// "%2Fa" to "/a". Nothing when a percent sign is not followed by two hex digits or stands for the zero byte.
std::optional<std::string> DecodePath(std::string_view raw);

// The value of a Content-Length header: digits only. Nothing for anything else; a number too large for
// int64 becomes its maximum.
std::optional<long long> ParseContentLength(std::string_view text);

// Adds a header as it came; the value of one that is there already grows by ", value".
void AddHeader(Request& request, std::string_view name, std::string_view value);

}  // namespace plimsoll::http
