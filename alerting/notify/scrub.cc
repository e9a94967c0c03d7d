#include "alerting/notify/scrub.h"

#include <algorithm>

#include "alerting/text/bounded_text.h"
#include "alerting/text/label_text.h"

namespace plimsoll::alerting {
namespace {

constexpr size_t kMostBytes = 300;
constexpr size_t kShortestToken = 6;  // of a URL; "api" or "v2" is none

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool is_escape =
        text[at] == '%' && at + 2 < text.size() && HexDigit(text[at + 1]) >= 0 && HexDigit(text[at + 2]) >= 0;
    if (!is_escape) {
      decoded += text[at];
      continue;
    }
    decoded += static_cast<char>(HexDigit(text[at + 1]) * 16 + HexDigit(text[at + 2]));
    at += 2;
  }
  return decoded;
}

// The URL, all behind its host, and each word of that.
std::vector<std::string> WordsOf(const std::string& url) {
  std::vector<std::string> words = {url};
  const size_t scheme = url.find("://");
  const size_t path = url.find_first_of("/?#", scheme == std::string::npos ? 0 : scheme + 3);
  if (path == std::string::npos) return words;
  const std::string_view rest = std::string_view(url).substr(path);
  if (rest.size() >= kShortestToken) words.emplace_back(rest);
  for (size_t begin = 0; begin < rest.size();) {
    const size_t end = std::min(rest.find_first_of("/?&=#", begin), rest.size());
    if (end - begin >= kShortestToken) {
      words.emplace_back(rest.substr(begin, end - begin));
      words.push_back(PercentDecoded(words.back()));
    }
    begin = end + 1;
  }
  return words;
}

}  // namespace

std::string Scrub(std::string_view text, const OutgoingRequest& request) {
  std::vector<std::string> words = WordsOf(request.url.Reveal());
  for (const Secret& secret : request.hidden)
    for (std::string& word : WordsOf(secret.Reveal())) words.push_back(std::move(word));
  // Longest first: a word may be part of another.
  std::sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  std::string scrubbed(text);
  for (const std::string& word : words) {
    if (word.empty()) continue;
    for (size_t at = scrubbed.find(word); at != std::string::npos; at = scrubbed.find(word, at + 3))
      scrubbed.replace(at, word.size(), "***");
  }
  for (char& c : scrubbed)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return Shorten(CleanText(scrubbed, kMostBytes * 2), kMostBytes, TextUnit::kBytes);
}

}  // namespace plimsoll::alerting
