#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace plimsoll::collect {

// Walks kernel text in place: lines, words and unsigned decimals. Never
// allocates, never reads past the end.
class TextCursor {
 public:
  explicit TextCursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool done() const { return at_ == end_; }
  std::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }

  // The text up to the next newline (or the end), which is stepped over.
  std::string_view Line() {
    const char* const begin = at_;
    const auto* newline = static_cast<const char*>(std::memchr(at_, '\n', static_cast<size_t>(end_ - at_)));
    const char* const stop = newline ? newline : end_;
    at_ = newline ? newline + 1 : end_;
    return {begin, static_cast<size_t>(stop - begin)};
  }

  void SkipSpaces() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t')) ++at_;
  }

  // The next run of bytes that are neither blank nor newline; empty at the end of the line.
  std::string_view Word() {
    SkipSpaces();
    const char* const begin = at_;
    while (at_ != end_ && *at_ != ' ' && *at_ != '\t' && *at_ != '\n') ++at_;
    return {begin, static_cast<size_t>(at_ - begin)};
  }

  // A decimal number at the cursor. False, and the cursor stays, when there is
  // none or it does not fit 64 bits.
  bool Uint(uint64_t& value) {
    const char* p = at_;
    uint64_t n = 0;
    if (p == end_ || static_cast<unsigned char>(*p - '0') > 9) return false;
    do {
      const auto digit = static_cast<uint64_t>(*p - '0');
      if (n > (UINT64_MAX - digit) / 10) return false;
      n = n * 10 + digit;
      ++p;
    } while (p != end_ && static_cast<unsigned char>(*p - '0') <= 9);
    at_ = p;
    value = n;
    return true;
  }

  bool Literal(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  bool Literal(std::string_view text) {
    if (static_cast<size_t>(end_ - at_) < text.size() || std::memcmp(at_, text.data(), text.size()) != 0)
      return false;
    at_ += text.size();
    return true;
  }

 private:
  const char* at_;
  const char* end_;
};

}  // namespace plimsoll::collect
