#include "exporter/api/alert_setting_text.h"

#include "exporter/api/json_body.h"
#include "exporter/api/parameters.h"

namespace plimsoll::api {
namespace {

using nlohmann::json;

Result<void> TakePercent(const std::string& key, const json& value, double least, double most,
                         std::optional<double>& into) {
  const std::string accepted = key + " must be a number from " + std::to_string(static_cast<int>(least)) +
                               " to " + std::to_string(static_cast<int>(most)) + ", or null to clear it";
  if (value.is_null()) {
    into.reset();
    return {};
  }
  if (!value.is_number()) return Fail(accepted + "; not " + KindOf(value));
  const double number = value.get<double>();
  if (!(number >= least && number <= most)) return Fail(accepted + "; not " + value.dump());
  into = number;
  return {};
}

Result<void> TakeFlag(const std::string& key, const json& value, std::optional<bool>& into) {
  if (value.is_null()) {
    into.reset();
    return {};
  }
  if (!value.is_boolean())
    return Fail(key + " must be true, false, or null to clear it; not " + KindOf(value));
  into = value.get<bool>();
  return {};
}

Result<void> TakeField(const std::string& key, const json& value, AlertSetting& setting) {
  if (key == "cpu_threshold") return TakePercent(key, value, 1, 100'000, setting.cpu_threshold);
  if (key == "mem_threshold") return TakePercent(key, value, 1, 100, setting.mem_threshold);
  if (key == "enabled") return TakeFlag(key, value, setting.enabled);
  return Fail(Shown(key) + " is no setting: accepted are cpu_threshold, mem_threshold and enabled");
}

}  // namespace

Result<AlertSetting> ReadAlertSetting(std::string_view text, const AlertSetting& set) {
  const auto body = ParseBody(text, R"({"cpu_threshold": 80, "mem_threshold": null})");
  if (!body) return tl::unexpected(body.error());
  AlertSetting setting = set;
  for (const auto& [key, value] : body->items())
    if (auto taken = TakeField(key, value, setting); !taken) return tl::unexpected(taken.error());
  return setting;
}

}  // namespace plimsoll::api
