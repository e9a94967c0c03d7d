#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace plimsoll::alerting {

// How a service counts the length of a text.
enum class TextUnit {
  kBytes,  // of UTF-8
  kUtf16,  // code units: never less than characters
};
size_t TextLength(std::string_view text, TextUnit unit);

// `text`, or its beginning and "…" when it is longer than `most`. Cut between characters.
std::string Shorten(std::string_view text, size_t most, TextUnit unit);

// Appends one character, so that the service shows it as it is.
using EscapeCharacter = void (*)(std::string_view character, std::string& out);
void AppendPlain(std::string_view character, std::string& out);
void AppendWithoutTags(std::string_view character, std::string& out);  // & < > as entities of HTML

// A text with marks of formatting that never grows beyond a limit, marks and
// escapes counted. What does not fit is cut between characters and ends in "…";
// a pair of marks is never left open. After the cut it takes nothing more.
class BoundedText {
 public:
  BoundedText(size_t most, TextUnit unit, EscapeCharacter escape = AppendPlain);

  void Text(std::string_view text);    // escaped; may be cut
  void Markup(std::string_view mark);  // as it is; whole or not at all
  void Wrapped(std::string_view open, std::string_view text, std::string_view close);

  bool is_cut() const { return is_cut_; }
  bool empty() const { return text_.empty(); }
  size_t length() const { return length_; }
  std::string Take() { return std::move(text_); }

 private:
  bool Fits(std::string_view piece, size_t reserved) const;
  void Append(std::string_view piece);
  void TextBefore(std::string_view text, size_t reserved);
  void Cut();

  const size_t most_;
  const TextUnit unit_;
  const EscapeCharacter escape_;
  const size_t mark_;  // length of "…"
  std::string text_;
  size_t length_ = 0;
  bool is_cut_ = false;
};

}  // namespace plimsoll::alerting
