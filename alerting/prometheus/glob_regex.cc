#include "alerting/prometheus/glob_regex.h"

#include <algorithm>

#include "model/utf8.h"

namespace plimsoll::alerting {
namespace {

void AppendLiteral(char c, std::string& regex) {
  if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) regex += '\\';
  regex += c;
}

// What a [...] has room for: a character, or a class.
struct Member {
  std::string text;  // as RE2 writes it
  bool is_class = false;
  std::string_view raw;  // of a character: UTF-8, whose bytes are in the order of the characters
};

// One bracket expression, "[!a-f[:digit:]]".
class Bracket {
 public:
  // `at` is the place of the '['.
  Bracket(std::string_view glob, size_t at) : glob_(glob), at_(at + 1) {}

  // Appends it; returns where it ends, or npos when it is never closed and so
  // stands for itself.
  size_t Append(std::string& regex) {
    const bool is_not = at_ < glob_.size() && (glob_[at_] == '!' || glob_[at_] == '^');
    if (is_not) ++at_;
    std::string members;
    for (bool first = true; at_ < glob_.size(); first = false) {
      if (glob_[at_] == ']' && !first) {
        // Of backward ranges alone: nothing matches, and RE2 has no empty class.
        if (members.empty())
          members = is_not ? "\\x00-\\x{10FFFF}" : "^\\x00-\\x{10FFFF}";
        else if (is_not)
          members.insert(0, "^");
        regex += "[" + members + "]";
        return at_ + 1;
      }
      if (!AppendOne(members)) break;
    }
    return std::string_view::npos;
  }

 private:
  // One member, or a range. False: the bracket has no end.
  bool AppendOne(std::string& members) {
    Member from, to;
    if (!Take(from)) return false;
    const bool is_range = at_ + 1 < glob_.size() && glob_[at_] == '-' && glob_[at_ + 1] != ']';
    if (from.is_class || !is_range) {
      members += from.text;
      return true;
    }
    ++at_;
    if (!Take(to)) return false;
    // RE2 would refuse a range that runs backwards; fnmatch lets it match nothing.
    if (to.is_class)
      members += from.text + "\\-" + to.text;
    else if (from.raw <= to.raw)
      members += from.text + "-" + to.text;
    return true;
  }

  bool Take(Member& member) {
    if (glob_[at_] == '[' && at_ + 1 < glob_.size() &&
        std::string_view(":.=").find(glob_[at_ + 1]) != std::string_view::npos)
      return TakeNamed(member);
    if (glob_[at_] == '\\' && at_ + 1 < glob_.size()) ++at_;
    SetCharacter(glob_.substr(at_, std::max<size_t>(Utf8Length(glob_, at_), 1)), member);
    at_ += member.raw.size();
    return true;
  }

  static void SetCharacter(std::string_view raw, Member& member) {
    member.raw = raw;
    if (std::string_view("\\[]^-").find(raw) != std::string_view::npos) member.text = "\\";
    member.text += raw;
  }

  // "[:alpha:]" is RE2's too; "[.-.]" and "[=e=]" are the character.
  bool TakeNamed(Member& member) {
    const char mark = glob_[at_ + 1];
    const char close[] = {mark, ']', '\0'};
    const size_t end = glob_.find(close, at_ + 2);
    if (end == std::string_view::npos) return false;
    const std::string_view name = glob_.substr(at_ + 2, end - at_ - 2);
    at_ = end + 2;
    // A name of several characters is none to fnmatch either.
    const bool is_character = mark != ':' && !name.empty() && Utf8Length(name, 0) == name.size();
    member.is_class = !is_character;
    if (is_character) SetCharacter(name, member);
    if (mark == ':') member.text.append("[:").append(name).append(":]");
    return true;
  }

  std::string_view glob_;
  size_t at_;
};

}  // namespace

std::optional<std::string> LiteralOfGlob(std::string_view glob) {
  std::string text;
  for (size_t at = 0; at < glob.size(); ++at) {
    if (std::string_view("*?[").find(glob[at]) != std::string_view::npos) return std::nullopt;
    if (glob[at] == '\\' && at + 1 < glob.size()) ++at;
    text += glob[at];
  }
  return text;
}

std::string RegexOfGlob(std::string_view glob) {
  std::string regex;
  for (size_t at = 0; at < glob.size();) {
    const char c = glob[at];
    if (c == '[') {
      if (const size_t end = Bracket(glob, at).Append(regex); end != std::string_view::npos) {
        at = end;
        continue;
      }
    } else if (c == '*' || c == '?') {
      regex += c == '*' ? ".*" : ".";
      ++at;
      continue;
    } else if (c == '\\' && at + 1 < glob.size()) {
      ++at;
    }
    AppendLiteral(glob[at++], regex);
  }
  return regex;
}

bool MatchesEmpty(std::string_view glob) {
  return std::all_of(glob.begin(), glob.end(), [](char c) { return c == '*'; });
}

}  // namespace plimsoll::alerting
