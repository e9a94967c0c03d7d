#include "exporter/cli/shown_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "model/utf8.h"

namespace plimsoll::cli {
namespace {

uint32_t CodePoint(std::string_view text, size_t length) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (length == 1) return byte(0);
  uint32_t code = byte(0) & (0xffU >> (length + 1));
  for (size_t i = 1; i < length; ++i) code = code << 6 | (byte(i) & 0x3fU);
  return code;
}

bool IsUnseen(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad ||
         (code >= 0x200b && code <= 0x200f) ||  // of no width, and marks of direction
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

}  // namespace

std::string ShownText(std::string_view text) {
  std::string shown;
  for (size_t at = 0; at < text.size();) {
    const size_t length = Utf8Length(text, at);
    if (length == 0 || IsUnseen(CodePoint(text.substr(at), length)))
      shown += '?';
    else
      shown += text.substr(at, length);
    at += std::max<size_t>(length, 1);
  }
  return shown;
}

size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string FitText(std::string_view text, size_t width) {
  if (WidthOf(text) <= width) return std::string(text);
  if (width == 0) return {};
  size_t at = 0;
  for (size_t taken = 0; taken + 1 < width; ++taken) at += std::max<size_t>(Utf8Length(text, at), 1);
  return std::string(text.substr(0, at)) + "…";
}

std::string BytesText(const std::optional<double>& bytes) {
  if (!bytes) return "-";
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = *bytes;
  size_t unit = 0;
  // Not 1024: "1023.6" would be shown as 1024.
  while (value >= 1023.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  const int digits = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f%s", digits, value, kUnits[unit]);
  return text.data();
}

std::string PercentText(const std::optional<double>& percent) {
  if (!percent) return "-";
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), "%.1f%%", *percent);
  return text.data();
}

std::string ColumnsText(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i + 1 < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - WidthOf(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace plimsoll::cli
