#pragma once

#include <string>
#include <string_view>

#include "model/result.h"

namespace plimsoll::alerting {

// HMAC-SHA256 (RFC 2104) as 64 hex digits, made by OpenSSL's libcrypto, which is
// opened when the first one is asked for. Fails where there is none.
Result<std::string> HmacSha256(std::string_view key, std::string_view text);

// "Basic dXNlcjpwYXNz" takes RFC 4648 base64.
std::string Base64(std::string_view bytes);
// Back; as far as it goes for what is none.
std::string FromBase64(std::string_view text);

}  // namespace plimsoll::alerting
