#include "exporter/api/object_text.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "model/timestamp.h"

namespace plimsoll::api {
namespace {

std::string Dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <typename T>
void AppendNumber(std::string& out, T number) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, error == std::errc() ? static_cast<size_t>(end - digits) : 0);
}

}  // namespace

std::string Quoted(std::string_view text) { return Dump(nlohmann::ordered_json(text)); }

std::string LabelsText(const Labels& labels) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [key, value] : labels) json[key] = value;
  return Dump(json);
}

ObjectText& ObjectText::Key(std::string_view key) {
  if (!first_) out_ += ',';
  first_ = false;
  out_ += '"';
  out_.append(key).append("\":");
  return *this;
}

ObjectText& ObjectText::Json(std::string_view key, std::string_view json) {
  Key(key);
  out_ += json;
  return *this;
}

ObjectText& ObjectText::Count(std::string_view key, const Figure& figure) {
  if (!figure) return Null(key);
  Key(key);
  AppendNumber(out_, *figure);
  return *this;
}

ObjectText& ObjectText::Number(std::string_view key, const Ratio& ratio) {
  if (!ratio || !std::isfinite(*ratio)) return Null(key);
  Key(key);
  // Beyond 1e12 a double's last digits are past the third decimal anyway.
  AppendNumber(out_, std::fabs(*ratio) < 1e12 ? std::round(*ratio * 1000) / 1000 : *ratio);
  return *this;
}

ObjectText& ObjectText::Text(std::string_view key, std::string_view text) { return Json(key, Quoted(text)); }

ObjectText& ObjectText::TextOrNull(std::string_view key, std::string_view text) {
  return text.empty() ? Null(key) : Text(key, text);
}

ObjectText& ObjectText::Flag(std::string_view key, std::optional<bool> flag) {
  return flag ? Json(key, *flag ? "true" : "false") : Null(key);
}

ObjectText& ObjectText::Time(std::string_view key, const std::optional<WallTime>& time) {
  if (!time) return Null(key);
  Key(key);
  out_.append("\"").append(FormatTimestamp(*time)).append("\"");
  return *this;
}

}  // namespace plimsoll::api
