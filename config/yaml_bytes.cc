#include "config/yaml_bytes.h"

#include <algorithm>
#include <cstdio>

namespace plimsoll {
namespace {

// The length of the UTF-8 sequence at `at` (RFC 3629: no surrogates, nothing
// overlong, nothing beyond U+10FFFF), or 0 when there is none.
size_t SequenceLength(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(at), second = byte(at + 1);
  const auto follows = [&](size_t i) { return (byte(at + i) & 0xc0) == 0x80; };
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<ConfigFault> CheckBytes(std::string_view text) {
  int line = 1, column = 1;
  for (size_t at = 0; at < text.size();) {
    const size_t length = SequenceLength(text, at);
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
    const size_t length = SequenceLength(text, at);
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
    at += std::max<size_t>(1, SequenceLength(text, at));
    ++characters;
  }
  return '"' + Escaped(text.substr(0, at)) + (at < text.size() ? "...\"" : "\"");
}

}  // namespace plimsoll
