#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "model/result.h"

namespace plimsoll::api {

// The object that a request's body holds. Fails for anything else, for a key of
// it that is given twice, and for deeper nesting than any request needs;
// `example` is what the message shows instead.
Result<nlohmann::json> ParseBody(std::string_view text, std::string_view example);

// "a number", "an array": what somebody gave in place of something else.
std::string KindOf(const nlohmann::json& value);

}  // namespace plimsoll::api
