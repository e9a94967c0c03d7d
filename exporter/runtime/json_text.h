#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "model/container.h"
#include "model/result.h"

namespace plimsoll::runtime {

// nlohmann-json behind accessors that neither throw nor care about a wrong
// type: what is missing, null or of another type reads as absent. Only .cc
// files of this room include this.
using Json = nlohmann::json;

// Fails on anything but one JSON value of at most `kMaxJsonDepth` nested levels' use:
// what lies deeper is left out, so that hostile nesting costs no memory.
inline constexpr int kMaxJsonDepth = 32;
Result<Json> ParseJson(std::string_view text);
Result<Json> ParseJsonObject(std::string_view text);  // fails unless the value is an object

const Json* Member(const Json& object, const char* key);  // nullptr when absent or null
const Json& MemberOrNull(const Json& object, const char* key);
std::string StringAt(const Json& object, const char* key);  // "" when absent
std::optional<int64_t> IntAt(const Json& object, const char* key);
std::optional<bool> BoolAt(const Json& object, const char* key);
Labels LabelsAt(const Json& object, const char* key);  // entries whose value is a string

}  // namespace plimsoll::runtime
