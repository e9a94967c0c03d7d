#include "alerting/text/bounded_text.h"

#include <algorithm>

#include "model/utf8.h"

namespace plimsoll::alerting {
namespace {

constexpr std::string_view kCutMark = "…";

// The character at `at`; a byte that belongs to none counts as one.
std::string_view CharacterAt(std::string_view text, size_t at) {
  return text.substr(at, std::max<size_t>(1, Utf8Length(text, at)));
}

}  // namespace

size_t TextLength(std::string_view text, TextUnit unit) {
  if (unit == TextUnit::kBytes) return text.size();
  size_t length = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = CharacterAt(text, at).size();
    length += bytes == 4 ? 2 : 1;  // beyond U+FFFF: a surrogate pair
    at += bytes;
  }
  return length;
}

std::string Shorten(std::string_view text, size_t most, TextUnit unit) {
  if (TextLength(text, unit) <= most) return std::string(text);
  BoundedText bounded(most, unit);
  bounded.Text(text);
  return bounded.Take();
}

void AppendPlain(std::string_view character, std::string& out) { out += character; }

void AppendWithoutTags(std::string_view character, std::string& out) {
  if (character == "&") {
    out += "&amp;";
  } else if (character == "<") {
    out += "&lt;";
  } else if (character == ">") {
    out += "&gt;";
  } else {
    out += character;
  }
}

BoundedText::BoundedText(size_t most, TextUnit unit, EscapeCharacter escape)
    : most_(most), unit_(unit), escape_(escape), mark_(TextLength(kCutMark, unit)) {}

void BoundedText::Text(std::string_view text) { TextBefore(text, 0); }

void BoundedText::Markup(std::string_view mark) {
  if (is_cut_) return;
  if (Fits(mark, mark_)) return Append(mark);
  Cut();
}

void BoundedText::Wrapped(std::string_view open, std::string_view text, std::string_view close) {
  if (is_cut_) return;
  const size_t closing = TextLength(close, unit_);
  if (!Fits(open, closing + mark_)) return Cut();
  Append(open);
  TextBefore(text, closing);
  Append(close);
}

bool BoundedText::Fits(std::string_view piece, size_t reserved) const {
  return length_ + TextLength(piece, unit_) + reserved <= most_;
}

void BoundedText::Append(std::string_view piece) {
  text_ += piece;
  length_ += TextLength(piece, unit_);
}

// Leaves `reserved` free, and until the text has ended room for the mark.
void BoundedText::TextBefore(std::string_view text, size_t reserved) {
  if (is_cut_) return;
  std::string whole;
  for (size_t at = 0; at < text.size() && whole.size() <= 4 * most_;) {
    const std::string_view character = CharacterAt(text, at);
    escape_(character, whole);
    at += character.size();
  }
  if (Fits(whole, reserved + mark_)) return Append(whole);
  std::string piece;
  for (size_t at = 0; at < text.size();) {
    const std::string_view character = CharacterAt(text, at);
    piece.clear();
    escape_(character, piece);
    if (!Fits(piece, reserved + mark_)) break;
    Append(piece);
    at += character.size();
  }
  Cut();
}

void BoundedText::Cut() {
  is_cut_ = true;
  if (length_ + mark_ <= most_) Append(kCutMark);
}

}  // namespace plimsoll::alerting
