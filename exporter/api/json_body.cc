#include "exporter/api/json_body.h"

#include <optional>
#include <string>
#include <vector>

#include "exporter/api/parameters.h"

namespace plimsoll::api {
namespace {

using nlohmann::json;

constexpr int kMostDepth = 8;

// Remembers what a parsed object cannot show: a key given twice, or nesting that no request needs.
class Shape {
 public:
  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMostDepth) too_deep_ = true;
    if (event == json::parse_event_t::key && depth == 1) {
      for (const std::string& key : keys_)
        if (key == parsed.get_ref<const std::string&>()) twice_ = key;
      keys_.push_back(parsed.get<std::string>());
    }
    return !too_deep_;
  }
  bool too_deep_ = false;
  std::vector<std::string> keys_;
  std::optional<std::string> twice_;
};

}  // namespace

Result<json> ParseBody(std::string_view text, std::string_view example) {
  Shape shape;
  json body = json::parse(text.begin(), text.end(), std::ref(shape), false);
  if (body.is_discarded() || !body.is_object() || shape.too_deep_)
    return Fail("the body must be a JSON object such as " + std::string(example));
  if (shape.twice_) return Fail(Shown(*shape.twice_) + " is given twice: give it once");
  return body;
}

std::string KindOf(const json& value) {
  return (value.is_array() || value.is_object() ? "an " : "a ") + std::string(value.type_name());
}

}  // namespace plimsoll::api
