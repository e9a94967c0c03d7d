#include "config/duration.h"

#include <charconv>
#include <cstdint>

namespace plimsoll {
namespace {

struct Unit {
  std::string_view name;
  int64_t milliseconds;
};

constexpr int64_t kDay = 24 * 3600 * 1000LL;
constexpr Unit kUnits[] = {
    {"y", 365 * kDay}, {"w", 7 * kDay}, {"d", kDay}, {"h", 3600 * 1000},
    {"m", 60 * 1000},  {"s", 1000},     {"ms", 1},
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The letters at the front of `text`.
std::string_view UnitName(std::string_view text) {
  size_t n = 0;
  while (n < text.size() && !IsDigit(text[n])) ++n;
  return text.substr(0, n);
}

}  // namespace

Result<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  if (text.empty()) return Fail("empty; write a number and a unit, such as 10s");
  if (text == "0") return std::chrono::milliseconds(0);
  int64_t total = 0;
  size_t next_unit = 0;  // kUnits before this one may no longer come
  while (!text.empty()) {
    if (!IsDigit(text.front()))
      return Fail("a whole number must stand before each unit, such as 10s or 1h30m");
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return Fail("the number is too large");
    text.remove_prefix(static_cast<size_t>(end - text.data()));

    const std::string_view name = UnitName(text);
    if (name.empty()) return Fail("the unit is missing; write ms, s, m, h, d, w or y after the number");
    size_t unit = 0;
    while (unit < std::size(kUnits) && kUnits[unit].name != name) ++unit;
    if (unit == std::size(kUnits))
      return Fail("unknown unit; write ms, s, m, h, d, w or y after a whole number");
    if (unit < next_unit) return Fail("units must go from large to small, each once, such as 1h30m");
    next_unit = unit + 1;
    text.remove_prefix(name.size());

    int64_t part = 0;
    if (__builtin_mul_overflow(number, kUnits[unit].milliseconds, &part) ||
        __builtin_add_overflow(total, part, &total))
      return Fail("the duration is too long");
  }
  return std::chrono::milliseconds(total);
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  if (duration.count() == 0) return "0s";
  std::string text;
  int64_t rest = duration.count();
  for (const Unit& unit : kUnits) {
    if (unit.name == "y" || unit.name == "w") continue;
    if (rest < unit.milliseconds) continue;
    text += std::to_string(rest / unit.milliseconds);
    text += unit.name;
    rest %= unit.milliseconds;
  }
  return text;
}

}  // namespace plimsoll
