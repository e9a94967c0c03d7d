#include "exporter/api/silence_text.h"

#include <algorithm>

#include "exporter/api/json_body.h"
#include "exporter/api/parameters.h"

namespace plimsoll::api {
namespace {

using nlohmann::json;

constexpr size_t kMostTextBytes = 1024;
constexpr const char* kExample =
    R"({"matchers": [{"name": "name", "value": "web-1"}], "ends_at": "2030-01-01T00:00:00Z", "comment": "why"})";

Result<std::string> TakeText(const std::string& key, const json& value) {
  if (!value.is_string()) return Fail(key + " must be a text, not " + KindOf(value));
  std::string text = value.get<std::string>();
  if (text.size() > kMostTextBytes)
    return Fail(key + " must be at most " + std::to_string(kMostTextBytes) + " bytes long");
  return text;
}

Result<bool> TakeFlag(const std::string& key, const json& value) {
  if (!value.is_boolean()) return Fail(key + " must be true or false, not " + KindOf(value));
  return value.get<bool>();
}

Result<LabelMatcher> TakeMatcher(const json& value) {
  using Op = LabelMatcher::Op;
  if (!value.is_object()) return Fail("a matcher must be an object, not " + KindOf(value));
  LabelMatcher matcher;
  bool is_regex = false, is_equal = true, has_value = false;
  for (const auto& [key, field] : value.items()) {
    if (key == "name" || key == "value") {
      auto text = TakeText(key, field);
      if (!text) return tl::unexpected(text.error());
      (key == "name" ? matcher.label : matcher.value) = std::move(*text);
      has_value = has_value || key == "value";
    } else if (key == "is_regex" || key == "is_equal") {
      const auto flag = TakeFlag(key, field);
      if (!flag) return tl::unexpected(flag.error());
      (key == "is_regex" ? is_regex : is_equal) = *flag;
    } else {
      return Fail(Shown(key) + " is no part of a matcher: accepted are name, value, is_regex and is_equal");
    }
  }
  if (matcher.label.empty() || !has_value) return Fail("a matcher needs a name and a value");
  matcher.op = is_regex ? (is_equal ? Op::kRegex : Op::kNotRegex) : (is_equal ? Op::kEqual : Op::kNotEqual);
  return matcher;
}

Result<void> TakeMatchers(const json& value, std::vector<LabelMatcher>& matchers) {
  if (!value.is_array()) return Fail("matchers must be a list, not " + KindOf(value));
  for (const json& one : value) {
    auto matcher = TakeMatcher(one);
    if (!matcher) return tl::unexpected(matcher.error());
    matchers.push_back(std::move(*matcher));
  }
  return {};
}

Result<void> TakeField(const std::string& key, const json& value, alerting::Silence& silence) {
  if (key == "matchers") return TakeMatchers(value, silence.matchers);
  if (key != "starts_at" && key != "ends_at" && key != "comment" && key != "created_by")
    return Fail(
        Shown(key) +
        " is no part of a silence: accepted are matchers, starts_at, ends_at, comment and created_by");
  auto text = TakeText(key, value);
  if (!text) return tl::unexpected(text.error());
  if (key == "comment" || key == "created_by") {
    (key == "comment" ? silence.comment : silence.created_by) = std::move(*text);
    return {};
  }
  const auto time = ParseTime(key, *text);
  if (!time) return tl::unexpected(time.error());
  (key == "starts_at" ? silence.starts_at : silence.ends_at) = *time;
  return {};
}

}  // namespace

Result<alerting::Silence> ReadSilence(std::string_view text, WallTime now) {
  const auto body = ParseBody(text, kExample);
  if (!body) return tl::unexpected(body.error());
  alerting::Silence silence;
  silence.starts_at = silence.created_at = now;
  for (const auto& [key, value] : body->items())
    if (auto taken = TakeField(key, value, silence); !taken) return tl::unexpected(taken.error());
  if (silence.matchers.empty()) return Fail(std::string("matchers are missing; for example: ") + kExample);
  if (silence.ends_at == WallTime()) return Fail("ends_at is missing: a silence must end");
  if (silence.ends_at <= std::max(now, silence.starts_at))
    return Fail("ends_at must be later than starts_at and than now");
  const auto matchers = alerting::LabelMatchers::Compile(silence.matchers);
  if (!matchers) return tl::unexpected(matchers.error());
  if (matchers->Match({}))
    return Fail("these matchers also match an alert without any label: at least one must need a value");
  return silence;
}

}  // namespace plimsoll::api
