#include "exporter/api/alert_setting_text.h"

#include <nlohmann/json.hpp>

#include "exporter/api/parameters.h"

namespace plimsoll::api {
namespace {

using nlohmann::json;

constexpr int kMostDepth = 8;

// Remembers what a parsed object cannot show: a key given twice, or nesting that no setting needs.
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

Result<void> TakePercent(const std::string& key, const json& value, double least, double most, double& into) {
  const std::string accepted = key + " must be a number from " + std::to_string(static_cast<int>(least)) +
                               " to " + std::to_string(static_cast<int>(most));
  if (!value.is_number()) return Fail(accepted + ", not a " + value.type_name());
  const double number = value.get<double>();
  if (!(number >= least && number <= most)) return Fail(accepted + ", not " + value.dump());
  into = number;
  return {};
}

Result<void> TakeField(const std::string& key, const json& value, rollup::AlertSetting& setting) {
  if (key == "cpu_threshold") return TakePercent(key, value, 1, 1000, setting.cpu_threshold);
  if (key == "mem_threshold") return TakePercent(key, value, 1, 100, setting.mem_threshold);
  if (key != "enabled")
    return Fail(Shown(key) + " is no setting: accepted are cpu_threshold, mem_threshold and enabled");
  if (!value.is_boolean())
    return Fail(std::string("enabled must be true or false, not a ") + value.type_name());
  setting.enabled = value.get<bool>();
  return {};
}

}  // namespace

Result<rollup::AlertSetting> ReadAlertSetting(std::string_view text, const rollup::AlertSetting& set) {
  Shape shape;
  const json body = json::parse(text.begin(), text.end(), std::ref(shape), false);
  if (body.is_discarded() || !body.is_object() || shape.too_deep_)
    return Fail(
        "the body must be a JSON object such as {\"cpu_threshold\": 80, \"mem_threshold\": 90, \"enabled\": "
        "true}");
  if (shape.twice_) return Fail(Shown(*shape.twice_) + " is given twice: give it once");
  rollup::AlertSetting setting = set;
  for (const auto& [key, value] : body.items())
    if (auto taken = TakeField(key, value, setting); !taken) return tl::unexpected(taken.error());
  return setting;
}

}  // namespace plimsoll::api
