#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "config/alerting_config.h"

namespace plimsoll::alerting {

using Json = nlohmann::ordered_json;

Json JsonObject(const TextPairs& pairs);

// On one line; what is no UTF-8 becomes U+FFFD.
std::string JsonText(const Json& json);

}  // namespace plimsoll::alerting
