#include "alerting/text/json_text.h"

namespace plimsoll::alerting {

Json JsonObject(const TextPairs& pairs) {
  Json object = Json::object();
  for (const auto& [name, value] : pairs) object[name] = value;
  return object;
}

std::string JsonText(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace plimsoll::alerting
