#include "alerting/engine/transition_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace plimsoll::alerting {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

int64_t Ms(WallTime time) { return std::chrono::floor<milliseconds>(time).time_since_epoch().count(); }
WallTime FromMs(int64_t ms) { return WallTime(milliseconds(ms)); }

// Bytes that are no UTF-8 become U+FFFD.
std::string Dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

double NumberOf(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

Json TopText(const std::vector<Consumer>& top) {
  Json list = Json::array();
  for (const Consumer& one : top) list.push_back({one.container, one.name, one.value});
  return list;
}

Transition Parsed(const Json& json) {
  Transition t;
  t.id = json.at("id");
  t.alert = json.at("alert");
  t.kind = static_cast<TransitionKind>(std::min(json.at("kind").get<uint32_t>(), 2U));
  t.reason = static_cast<ResolveReason>(std::min(json.at("reason").get<uint32_t>(), 6U));
  t.repeats = json.value("repeats", 0U);
  t.rule = json.at("rule");
  t.metric = FindAlertMetric(json.at("metric").get<std::string>()).value_or(AlertMetric::kCpuPercent);
  t.op = static_cast<CompareOp>(std::min(json.at("op").get<uint32_t>(), 3U));
  t.value = NumberOf(json, "value");
  t.threshold = NumberOf(json, "threshold");
  t.severity = json.value("severity", "");
  t.receivers = json.value("receivers", std::vector<std::string>());
  t.labels = json.value("labels", TextPairs());
  t.annotations = json.value("annotations", TextPairs());
  t.at = FromMs(json.at("at_ms"));
  t.since = FromMs(json.at("since_ms"));
  t.fired_at = FromMs(json.at("fired_ms"));
  t.lasted = milliseconds(json.value("lasted_ms", int64_t{0}));
  t.container = json.value("container", 0U);
  t.name = json.value("name", "");
  t.image = json.value("image", "");
  t.runtime_id = json.value("runtime_id", "");
  t.compose_project = json.value("compose_project", "");
  if (json.contains("limit")) t.limit = NumberOf(json, "limit");
  if (json.contains("consumed")) t.consumed = FindAlertMetric(json["consumed"].get<std::string>());
  for (const Json& one : json.value("top", Json::array()))
    t.top_consumers.push_back({one.at(0), one.at(1), one.at(2)});
  return t;
}

}  // namespace

std::string TransitionText(const Transition& t) {
  Json json{{"id", t.id},
            {"alert", t.alert},
            {"kind", static_cast<uint32_t>(t.kind)},
            {"reason", static_cast<uint32_t>(t.reason)},
            {"repeats", t.repeats},
            {"rule", t.rule},
            {"metric", AlertMetricName(t.metric)},
            {"op", static_cast<uint32_t>(t.op)},
            {"value", t.value},
            {"threshold", t.threshold},
            {"severity", t.severity},
            {"receivers", t.receivers},
            {"labels", t.labels},
            {"annotations", t.annotations},
            {"at_ms", Ms(t.at)},
            {"since_ms", Ms(t.since)},
            {"fired_ms", Ms(t.fired_at)},
            {"lasted_ms", t.lasted.count()},
            {"container", t.container},
            {"name", t.name},
            {"image", t.image},
            {"runtime_id", t.runtime_id},
            {"compose_project", t.compose_project},
            {"top", TopText(t.top_consumers)}};
  if (t.limit) json["limit"] = *t.limit;
  if (t.consumed) json["consumed"] = AlertMetricName(*t.consumed);
  return Dumped(json);
}

Result<Transition> ParseTransition(std::string_view text) {
  try {
    return Parsed(Json::parse(text));
  } catch (const Json::exception& exception) {
    return Fail(std::string("a stored transition: ") + exception.what());
  }
}

std::string PairsText(const TextPairs& pairs) { return Dumped(pairs); }
std::string ListText(const std::vector<std::string>& list) { return Dumped(list); }

TextPairs ParsePairs(std::string_view text) {
  try {
    return Json::parse(text).get<TextPairs>();
  } catch (const Json::exception&) {
    return {};
  }
}

std::vector<std::string> ParseList(std::string_view text) {
  try {
    return Json::parse(text).get<std::vector<std::string>>();
  } catch (const Json::exception&) {
    return {};
  }
}

}  // namespace plimsoll::alerting
