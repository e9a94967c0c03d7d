#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/http/web_config.h"

namespace plimsoll::http {

// The words of a web configuration (Go's names) and what OpenSSL calls them.
using NameTable = std::vector<std::pair<std::string_view, std::string_view>>;

// Cipher suites; those of TLS 1.3 map to "": they are always on, as in Go.
const NameTable& CipherNames();
const NameTable& CurveNames();
const std::vector<std::pair<std::string_view, ClientAuth>>& ClientAuthNames();

}  // namespace plimsoll::http
