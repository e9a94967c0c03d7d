#include "exporter/http/request.h"

#include <algorithm>
#include <limits>

namespace plimsoll::http {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = Lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

bool HasToken(std::string_view header_value, std::string_view token) {
  while (!header_value.empty()) {
    const size_t comma = header_value.find(',');
    if (EqualsIgnoringCase(Trim(header_value.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    header_value.remove_prefix(comma + 1);
  }
  return false;
}

std::optional<std::string> DecodePath(std::string_view raw) {
  std::string path;
  path.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '%') {
      path += raw[i];
      continue;
    }
    if (i + 2 >= raw.size()) return std::nullopt;
    const int high = HexDigit(raw[i + 1]), low = HexDigit(raw[i + 2]);
    if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
    path += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return path;
}

std::optional<long long> ParseContentLength(std::string_view text) {
  constexpr long long kMax = std::numeric_limits<long long>::max();
  if (text.empty()) return std::nullopt;
  long long value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value > (kMax - 9) / 10 ? kMax : value * 10 + (c - '0');
  }
  return value;
}

std::string_view Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (EqualsIgnoringCase(key, name)) return value;
  return {};
}

std::string_view Request::Parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return value;
  return {};
}

void AddHeader(Request& request, std::string_view name, std::string_view value) {
  for (auto& [key, present] : request.headers) {
    if (EqualsIgnoringCase(key, name)) {
      present.append(", ").append(value);
      return;
    }
  }
  request.headers.emplace_back(name, value);
}

}  // namespace plimsoll::http
