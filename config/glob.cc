#include "config/glob.h"

#include <algorithm>
#include <array>
#include <string>

namespace plimsoll {
namespace {

constexpr size_t kMaxLength = 4096;

constexpr std::array<std::string_view, 12> kClasses = {"alnum", "alpha", "blank", "cntrl", "digit", "graph",
                                                       "lower", "print", "punct", "space", "upper", "xdigit"};

// Walks one bracket expression, "[!a-f[:digit:]]".
class Bracket {
 public:
  // `at` is the place of the '['.
  Bracket(std::string_view glob, size_t at) : glob_(glob), at_(at + 1) {}

  // Where the expression ends, one past the ']'.
  Result<size_t> End() {
    if (at_ < glob_.size() && (glob_[at_] == '!' || glob_[at_] == '^')) ++at_;
    bool first = true;  // a ']' in first place is an ordinary character
    int low = -1;       // the character before, which may begin a range
    while (at_ < glob_.size()) {
      if (glob_[at_] == ']' && !first) return at_ + 1;
      first = false;
      const bool is_range = glob_[at_] == '-' && low >= 0 && at_ + 1 < glob_.size() && glob_[at_ + 1] != ']';
      if (is_range) ++at_;
      const Result<int> character = Take();
      if (!character) return tl::unexpected(character.error());
      if (is_range && *character >= 0 && *character < low)
        return Fail("a range such as [z-a] runs backwards");
      low = is_range ? -1 : *character;
    }
    return Fail("the [ is never closed; write \\[ for the character itself");
  }

 private:
  // Takes one member: its character, or -1 for what the range check leaves alone:
  // classes, and bytes of a UTF-8 sequence, whose order is the locale's affair.
  Result<int> Take() {
    if (glob_[at_] == '[' && at_ + 1 < glob_.size() &&
        std::string_view(":.=").find(glob_[at_ + 1]) != glob_.npos)
      return TakeNamed(glob_[at_ + 1]);
    if (glob_[at_] == '\\' && at_ + 1 < glob_.size()) ++at_;
    const auto byte = static_cast<unsigned char>(glob_[at_++]);
    return byte < 0x80 ? byte : -1;
  }

  // "[:alpha:]", "[.-.]", "[=e=]".
  Result<int> TakeNamed(char mark) {
    const char close[] = {mark, ']', '\0'};
    const size_t end = glob_.find(close, at_ + 2);
    if (end == std::string_view::npos)
      return Fail("the [ is never closed; write \\[ for the character itself");
    const std::string_view name = glob_.substr(at_ + 2, end - at_ - 2);
    if (mark == ':' && std::find(kClasses.begin(), kClasses.end(), name) == kClasses.end())
      return Fail("unknown character class; known are [:alpha:], [:digit:], [:alnum:] and their like");
    at_ = end + 2;
    return -1;
  }

  std::string_view glob_;
  size_t at_;
};

}  // namespace

Result<void> CheckGlob(std::string_view glob) {
  if (glob.empty()) return Fail("an empty pattern matches nothing");
  if (glob.size() > kMaxLength) return Fail("longer than " + std::to_string(kMaxLength) + " bytes");
  size_t at = 0;
  while (at < glob.size()) {
    if (glob[at] == '[') {
      const Result<size_t> end = Bracket(glob, at).End();
      if (!end) return tl::unexpected(end.error());
      at = *end;
      continue;
    }
    if (glob[at] == '\\' && ++at == glob.size()) return Fail("nothing follows the \\ at the end");
    ++at;
  }
  return {};
}

}  // namespace plimsoll
