#pragma once

#include <string>
#include <string_view>

namespace plimsoll::alerting {

// The longest name or value of a label that a notification carries, bytes.
constexpr size_t kMostLabelBytes = 1024;

// `text` as UTF-8 without control characters, cut between characters: what
// cannot stand becomes U+FFFD.
std::string CleanText(std::string_view text, size_t most_bytes = kMostLabelBytes);

std::string LowerCase(std::string_view text);  // ASCII

}  // namespace plimsoll::alerting
