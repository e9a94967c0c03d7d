#include "alerting/prometheus/quoted_text.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "model/utf8.h"

namespace plimsoll::alerting {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

// Takes the character at the head of `text`.
uint32_t TakeCharacter(std::string_view& text) {
  const size_t length = Utf8Length(text, 0);
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  uint32_t character = kReplacement;
  if (length == 1) character = byte(0);
  if (length > 1) {
    character = byte(0) & (0xFFU >> (length + 1));
    for (size_t i = 1; i < length; ++i) character = character << 6 | (byte(i) & 0x3FU);
  }
  text.remove_prefix(length > 0 ? length : 1);
  return character;
}

// What YAML 1.2 (c-printable) and a person can read; line ends are not. All that is longer than 16 bits is.
bool IsPrintable(uint32_t c) {
  if (c == 0x2028 || c == 0x2029 || c == 0xFEFF) return false;
  return (c >= 0x20 && c < 0x7F) || (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) || c > 0xFFFF;
}

// Between double quotes. YAML and Go's strings, which PromQL's are, have these
// escapes in common.
std::string DoubleQuoted(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::string_view before = text;
    const uint32_t c = TakeCharacter(text);
    if (c == '"' || c == '\\') quoted += '\\';
    if (IsPrintable(c)) {
      c == kReplacement ? quoted += "\xEF\xBF\xBD" : quoted += before.substr(0, before.size() - text.size());
      continue;
    }
    char escape[12];
    if (c == '\n' || c == '\t') {
      std::snprintf(escape, sizeof escape, c == '\n' ? "\\n" : "\\t");
    } else {
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
    }
    quoted += escape;
  }
  return quoted + '"';
}

bool IsPlain(std::string_view text) {
  while (!text.empty()) {
    const bool is_valid = Utf8Length(text, 0) > 0;
    if (!IsPrintable(TakeCharacter(text)) || !is_valid) return false;
  }
  return true;
}

}  // namespace

std::string PromqlString(std::string_view text) { return DoubleQuoted(text); }

std::string YamlScalar(std::string_view text) {
  if (!IsPlain(text)) return DoubleQuoted(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += c;
    quoted += c;
  }
  return quoted + "'";
}

// A single brace at the end might meet the {{ of what follows.
std::string TemplateLiteral(std::string_view text) {
  std::string literal;
  while (!text.empty()) {
    const size_t brace = text.find('{');
    literal += text.substr(0, brace);
    if (brace == std::string_view::npos) break;
    text.remove_prefix(brace);
    const size_t braces = std::min(text.find_first_not_of('{'), text.size());
    const bool stands = braces == 1 && text.size() > 1;
    literal += stands ? "{" : "{{ \"" + std::string(braces, '{') + "\" }}";
    text.remove_prefix(braces);
  }
  return literal;
}

}  // namespace plimsoll::alerting
