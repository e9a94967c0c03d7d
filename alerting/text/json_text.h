#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace plimsoll::alerting {

using Json = nlohmann::ordered_json;

// On one line; what is no UTF-8 becomes U+FFFD.
std::string JsonText(const Json& json);

}  // namespace plimsoll::alerting
