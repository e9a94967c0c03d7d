#include "alerting/text/label_text.h"

#include <cctype>

#include "model/utf8.h"

namespace plimsoll::alerting {

std::string CleanText(std::string_view text, size_t most_bytes) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  std::string clean;
  for (size_t at = 0; at < text.size();) {
    const size_t length = Utf8Length(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool stands = length > 0 && (byte >= 0x20 || byte == '\t' || byte == '\n') && byte != 0x7f;
    const std::string_view next = stands ? text.substr(at, length) : kReplacement;
    if (clean.size() + next.size() > most_bytes) break;
    clean += next;
    at += length > 0 ? length : 1;
  }
  return clean;
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

}  // namespace plimsoll::alerting
