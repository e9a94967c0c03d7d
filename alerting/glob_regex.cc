#include "alerting/glob_regex.h"

#include <algorithm>

namespace plimsoll::alerting {
namespace {

void AppendLiteral(char c, std::string& regex) {
  if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) regex += '\\';
  regex += c;
}

void AppendMember(char c, std::string& regex) {
  if (std::string_view("\\[]^-").find(c) != std::string_view::npos) regex += '\\';
  regex += c;
}

// One bracket expression, "[!a-f[:digit:]]".
class Bracket {
 public:
  // `at` is the place of the '['.
  Bracket(std::string_view glob, size_t at) : glob_(glob), at_(at + 1) {}

  // Appends it; returns where it ends, or npos when it is never closed and so
  // stands for itself.
  size_t Append(std::string& regex) {
    std::string members = "[";
    if (at_ < glob_.size() && (glob_[at_] == '!' || glob_[at_] == '^')) {
      members += '^';
      ++at_;
    }
    for (bool first = true; at_ < glob_.size(); first = false) {
      if (glob_[at_] == ']' && !first) {
        regex += members + "]";
        return at_ + 1;
      }
      const bool is_range = glob_[at_] == '-' && !first && at_ + 1 < glob_.size() && glob_[at_ + 1] != ']';
      if (is_range) {
        members += '-';
        ++at_;
      }
      if (!AppendOne(members)) break;
    }
    return std::string_view::npos;
  }

 private:
  bool AppendOne(std::string& members) {
    if (glob_[at_] == '[' && at_ + 1 < glob_.size() &&
        std::string_view(":.=").find(glob_[at_ + 1]) != std::string_view::npos)
      return AppendNamed(members);
    if (glob_[at_] == '\\' && at_ + 1 < glob_.size()) ++at_;
    AppendMember(glob_[at_++], members);
    return true;
  }

  // "[:alpha:]" is RE2's too; "[.-.]" and "[=e=]" are the character.
  bool AppendNamed(std::string& members) {
    const char mark = glob_[at_ + 1];
    const char close[] = {mark, ']', '\0'};
    const size_t end = glob_.find(close, at_ + 2);
    if (end == std::string_view::npos) return false;
    const std::string_view name = glob_.substr(at_ + 2, end - at_ - 2);
    if (mark == ':') {
      members.append("[:").append(name).append(":]");
    } else {
      for (const char c : name) AppendMember(c, members);
    }
    at_ = end + 2;
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
