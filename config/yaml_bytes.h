#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/load.h"

namespace plimsoll {

// Finds the first thing that no YAML file may hold: bytes that are not UTF-8,
// or control characters (YAML 1.2 section 5.1). yaml-cpp takes both silently.
std::optional<ConfigFault> CheckBytes(std::string_view text);

// `text` with control characters and bytes that are not UTF-8 as \x0a, fit for a
// line of a message.
std::string Escaped(std::string_view text);

// Escaped, in double quotes, cut after 60 characters.
std::string Quoted(std::string_view text);

}  // namespace plimsoll
