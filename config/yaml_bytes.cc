#include "config/yaml_bytes.h"

#include <algorithm>
#include <cstdio>

#include "model/utf8.h"

namespace plimsoll {
std::optional<ConfigFault> CheckBytes(std::string_view text) {
  int line = 1, column = 1;
  for (size_t at = 0; at < text.size();) {
    const size_t length = Utf8Length(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    char hex[8];
    std::snprintf(hex, sizeof hex, "0x%02x", byte);
    if (length == 0) return ConfigFault{line, column, std::string("the byte ") + hex + " is not UTF-8"};
    const bool is_break = byte == '\n' || (byte == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
    if ((byte < 0x20 && byte != '\t' && !is_break) || byte == 0x7f)
      return ConfigFault{line, column,
                         std::string("the control character ") + hex + " must not stand in a YAML file"};
    ++column;
    if (byte == '\n') ++line, column = 1;
    at += length;
  }
  return std::nullopt;
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (size_t at = 0; at < text.size();) {
    const size_t length = Utf8Length(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    if (length == 0 || byte < 0x20 || byte == 0x7f) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\x%02x", byte);
      escaped += hex;
      ++at;
    } else {
      escaped += text.substr(at, length);
      at += length;
    }
  }
  return escaped;
}

std::string Quoted(std::string_view text) {
  constexpr size_t kMaxCharacters = 60;
  size_t at = 0, characters = 0;
  while (at < text.size() && characters < kMaxCharacters) {
    at += std::max<size_t>(1, Utf8Length(text, at));
    ++characters;
  }
  return '"' + Escaped(text.substr(0, at)) + (at < text.size() ? "...\"" : "\"");
}

}  // namespace plimsoll
