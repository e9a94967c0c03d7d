#include "model/timestamp.h"

#include <cstdint>
#include <cstdio>

namespace plimsoll {
namespace {

// Takes `digits` decimal digits off the front.
std::optional<int> TakeNumber(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// ".818642113" -> nanoseconds; digits past the ninth are dropped.
std::optional<int64_t> TakeFraction(std::string_view& text) {
  if (!TakeChar(text, '.')) return 0;
  int64_t nanoseconds = 0;
  int64_t unit = 100'000'000;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    nanoseconds += unit * (text.front() - '0');
    unit /= 10;
    text.remove_prefix(1);
  }
  return nanoseconds;
}

std::optional<std::chrono::minutes> TakeOffset(std::string_view& text) {
  if (TakeChar(text, 'Z') || TakeChar(text, 'z')) return std::chrono::minutes(0);
  const bool west = TakeChar(text, '-');
  if (!west && !TakeChar(text, '+')) return std::nullopt;
  const auto hours = TakeNumber(text, 2);
  if (!hours || !TakeChar(text, ':')) return std::nullopt;
  const auto minutes = TakeNumber(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return west ? -offset : offset;
}

}  // namespace

std::optional<WallTime> ParseTimestamp(std::string_view text) {
  const auto year = TakeNumber(text, 4);
  if (!year || !TakeChar(text, '-')) return std::nullopt;
  const auto month = TakeNumber(text, 2);
  if (!month || !TakeChar(text, '-')) return std::nullopt;
  const auto day = TakeNumber(text, 2);
  if (!day || !(TakeChar(text, 'T') || TakeChar(text, 't') || TakeChar(text, ' '))) return std::nullopt;
  const auto hour = TakeNumber(text, 2);
  if (!hour || !TakeChar(text, ':')) return std::nullopt;
  const auto minute = TakeNumber(text, 2);
  if (!minute || !TakeChar(text, ':')) return std::nullopt;
  const auto second = TakeNumber(text, 2);
  if (!second) return std::nullopt;
  const auto fraction = TakeFraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = TakeOffset(text);
  if (!offset || !text.empty()) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // Nanoseconds since 1970 end in the year 2262.
  if (!date.ok() || *year < 1970 || *year > 2261 || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  const auto seconds = std::chrono::sys_days(date) + std::chrono::hours(*hour) +
                       std::chrono::minutes(*minute) + std::chrono::seconds(*second) - *offset;
  return WallTime(seconds) + std::chrono::nanoseconds(*fraction);
}

std::string FormatTimestamp(WallTime at) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at);
  const auto midnight = std::chrono::floor<std::chrono::days>(ms);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss time(ms - midnight);
  char text[64];
  const int n =
      std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                    static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return {text, static_cast<size_t>(n)};
}

}  // namespace plimsoll
