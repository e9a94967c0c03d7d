#include "exporter/runtime/json_text.h"

#include <limits>

namespace plimsoll::runtime {

Result<Json> ParseJson(std::string_view text) {
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kMaxJsonDepth; };
  Json value = Json::parse(text.begin(), text.end(), shallow, /*allow_exceptions=*/false);
  // Nothing of the text: it ends up in the log, and the text may be another file's than its name says.
  if (value.is_discarded()) return Fail("not JSON (" + std::to_string(text.size()) + " bytes)");
  return value;
}

Result<Json> ParseJsonObject(std::string_view text) {
  auto value = ParseJson(text);
  if (value && !value->is_object()) return Fail(std::string("not a JSON object but ") + value->type_name());
  return value;
}

const Json* Member(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return nullptr;
  return &*found;
}

const Json& MemberOrNull(const Json& object, const char* key) {
  static const Json null;
  const Json* member = Member(object, key);
  return member ? *member : null;
}

std::string StringAt(const Json& object, const char* key) {
  const Json* member = Member(object, key);
  return member && member->is_string() ? member->get_ref<const std::string&>() : std::string();
}

std::optional<int64_t> IntAt(const Json& object, const char* key) {
  const Json* member = Member(object, key);
  if (!member || !member->is_number_integer()) return std::nullopt;
  if (member->is_number_unsigned() &&
      member->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    return std::nullopt;
  return member->get<int64_t>();
}

std::optional<bool> BoolAt(const Json& object, const char* key) {
  const Json* member = Member(object, key);
  if (!member || !member->is_boolean()) return std::nullopt;
  return member->get<bool>();
}

Labels LabelsAt(const Json& object, const char* key) {
  Labels labels;
  const Json* member = Member(object, key);
  if (!member || !member->is_object()) return labels;
  for (const auto& [name, value] : member->items())  // nlohmann keeps keys sorted and unique
    if (value.is_string()) labels.emplace_back(name, value.get_ref<const std::string&>());
  return labels;
}

}  // namespace plimsoll::runtime
