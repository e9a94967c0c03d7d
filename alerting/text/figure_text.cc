#include "alerting/text/figure_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace plimsoll::alerting {
namespace {

enum class Unit { kPercent, kBytes, kRate, kCount, kSeconds, kHealth, kPresence };

struct Words {
  Unit unit;
  const char* name;
};

// In the order of the enum.
constexpr std::array<Words, kAlertMetrics> kWords = {{
    {Unit::kPercent, "CPU use"},
    {Unit::kPercent, "CPU limit"},
    {Unit::kPercent, "CPU use of its limit"},
    {Unit::kBytes, "memory in use"},
    {Unit::kBytes, "memory limit"},
    {Unit::kPercent, "memory use of its limit"},
    {Unit::kRate, "network receive rate"},
    {Unit::kRate, "network transmit rate"},
    {Unit::kRate, "disk read rate"},
    {Unit::kRate, "disk write rate"},
    {Unit::kPercent, "share of throttled CPU periods"},
    {Unit::kPercent, "threads of its limit"},
    {Unit::kPercent, "CPU pressure"},
    {Unit::kPercent, "memory pressure"},
    {Unit::kPercent, "I/O pressure"},
    {Unit::kHealth, ""},
    {Unit::kCount, ""},
    {Unit::kCount, ""},
    {Unit::kCount, ""},
    {Unit::kPresence, ""},
    {Unit::kPercent, "CPU use"},
    {Unit::kPercent, "memory use"},
    {Unit::kBytes, "memory in use"},
    {Unit::kPercent, "use of the fullest file system"},
    {Unit::kSeconds, "time since the last scrape"},
}};

// At most one digit after the point, and none where it would be 0. The same in every locale.
std::string Number(double value) {
  if (std::fabs(value) >= 1e15) return value < 0 ? "less than -1e15" : "more than 1e15";
  std::array<char, 32> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, 1).ptr;
  std::string text(digits.data(), end);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string Bytes(double value) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  size_t unit = 0;
  // 1023.95 would read "1024.0".
  while (std::fabs(value) >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return Number(value) + " " + kUnits[unit];
}

std::chrono::milliseconds Seconds(double value) {
  constexpr double kMost = 1e11;  // three thousand years
  return std::chrono::milliseconds(static_cast<int64_t>(std::clamp(value, 0.0, kMost) * 1000));
}

}  // namespace

std::string FigureText(AlertMetric metric, double value) {
  if (!std::isfinite(value)) return "unknown";
  switch (kWords[static_cast<size_t>(metric)].unit) {
    case Unit::kPercent:
      return Number(value) + " %";
    case Unit::kBytes:
      return Bytes(value);
    case Unit::kRate:
      return Bytes(value) + "/s";
    case Unit::kCount:
      return Number(value);
    case Unit::kSeconds:
      return LastedText(Seconds(value));
    case Unit::kHealth:
      return value != 0 ? "unhealthy" : "healthy";
    case Unit::kPresence:
      return value != 0 ? "absent" : "running";
  }
  return Number(value);
}

std::string LimitText(AlertMetric metric, double limit) {
  switch (metric) {
    case AlertMetric::kMemoryUsedBytes:
    case AlertMetric::kMemoryLimitBytes:
    case AlertMetric::kMemoryPercent:
    case AlertMetric::kOomKills:
      return Bytes(limit);
    case AlertMetric::kPidsPercent:
      return Number(limit) + " threads";
    default:
      return Number(limit) + " %";
  }
}

std::string LastedText(std::chrono::milliseconds lasted) {
  constexpr std::array<std::pair<int64_t, char>, 4> kParts = {
      {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
  int64_t left = std::max<int64_t>(0, lasted.count() / 1000);
  size_t part = 0;
  while (part + 1 < kParts.size() && left < kParts[part].first) ++part;
  std::string text = std::to_string(left / kParts[part].first) + kParts[part].second;
  left %= kParts[part].first;
  if (part + 1 == kParts.size() || left < kParts[part + 1].first) return text;
  return text + " " + std::to_string(left / kParts[part + 1].first) + kParts[part + 1].second;
}

const char* FigureName(AlertMetric metric) { return kWords[static_cast<size_t>(metric)].name; }

}  // namespace plimsoll::alerting
