#include "exporter/api/parameters.h"

#include <charconv>

#include "model/timestamp.h"

namespace plimsoll::api {
namespace {

constexpr size_t kShownBytes = 60;

template <typename T>
std::optional<T> ParseWhole(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "1795411829" or "1795411829.818"
std::optional<WallTime> ParseUnixSeconds(std::string_view text) {
  constexpr int64_t kLast = 9'000'000'000;  // year 2255; nanoseconds end in 2262
  const size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const auto seconds = whole.empty() || whole.front() == '-' ? std::nullopt : ParseWhole<int64_t>(whole);
  if (!seconds || *seconds > kLast) return std::nullopt;
  int64_t nanoseconds = 0;
  if (dot != std::string_view::npos) {
    const std::string_view fraction = text.substr(dot + 1);
    if (fraction.empty() || fraction.find_first_not_of("0123456789") != std::string_view::npos)
      return std::nullopt;
    for (size_t i = 0; i < 9; ++i)
      nanoseconds = nanoseconds * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  }
  return WallTime(std::chrono::seconds(*seconds) + std::chrono::nanoseconds(nanoseconds));
}

}  // namespace

std::string Shown(std::string_view text) {
  std::string shown = "\"" + std::string(text.substr(0, kShownBytes)) + "\"";
  return text.size() > kShownBytes ? shown + "..." : shown;
}

std::optional<uint32_t> ParseId(std::string_view text) {
  const auto id = ParseWhole<uint32_t>(text);
  return id && *id > 0 ? id : std::nullopt;
}

Result<int> TakeLimit(const http::Query& query, int fallback, int most) {
  const std::string* text = query.Find("limit");
  if (!text) return fallback;
  const auto limit = ParseWhole<int>(*text);
  if (limit && *limit >= 1 && *limit <= most) return *limit;
  return Fail("limit must be a whole number from 1 to " + std::to_string(most) + ", not " + Shown(*text));
}

Result<WallTime> ParseTime(std::string_view name, std::string_view text) {
  if (const auto time = ParseTimestamp(text)) return *time;
  if (const auto time = ParseUnixSeconds(text)) return *time;
  return Fail(std::string(name) +
              " must be a time as in RFC 3339 (2026-11-23T05:30:29Z) or in seconds since 1970, not " +
              Shown(text));
}

}  // namespace plimsoll::api
