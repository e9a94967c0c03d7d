#include "config/size.h"

#include <charconv>

namespace plimsoll {
namespace {

struct Unit {
  std::string_view name;
  int shift;
};
constexpr Unit kUnits[] = {{"TiB", 40}, {"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}};

}  // namespace

Result<uint64_t> ParseSize(std::string_view text) {
  if (text.empty()) return Fail("empty; write a number and a unit, such as 64MiB");
  if (text == "0") return uint64_t{0};
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return Fail("the number is too large");
  if (error != std::errc()) return Fail("a whole number must stand before the unit, such as 64MiB");
  const std::string_view name = text.substr(static_cast<size_t>(end - text.data()));
  if (name.empty()) return Fail("the unit is missing; write B, KiB, MiB, GiB or TiB after the number");
  for (const Unit& unit : kUnits) {
    if (unit.name != name) continue;
    if (number > UINT64_MAX >> unit.shift) return Fail("the size is too large");
    return number << unit.shift;
  }
  return Fail("unknown unit; write B, KiB, MiB, GiB or TiB after a whole number");
}

std::string FormatSize(uint64_t bytes) {
  for (const Unit& unit : kUnits) {
    const uint64_t whole = bytes >> unit.shift;
    if (whole > 0 && whole << unit.shift == bytes) return std::to_string(whole) + std::string(unit.name);
  }
  return "0B";
}

}  // namespace plimsoll
