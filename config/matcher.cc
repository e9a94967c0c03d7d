#include "config/matcher.h"

#include <algorithm>
#include <cctype>
#include <regex>

namespace plimsoll {
namespace {

using Op = LabelMatcher::Op;

constexpr size_t kMaxRegex = 500;

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsLabelName(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front()))) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

// Takes the operator from the front of `rest`.
Result<Op> TakeOp(std::string_view& rest) {
  constexpr std::pair<std::string_view, Op> kOps[] = {
      {"=~", Op::kRegex}, {"!~", Op::kNotRegex}, {"!=", Op::kNotEqual}, {"=", Op::kEqual}};
  for (const auto& [text, op] : kOps) {
    if (!rest.starts_with(text)) continue;
    rest.remove_prefix(text.size());
    return op;
  }
  return Fail("one of = != =~ !~ must follow the label's name");
}

// "a\"b" without its quotes; plain text as it is.
Result<std::string> Unquote(std::string_view text) {
  if (!text.starts_with('"')) {
    if (text.find_first_of("\",") != text.npos) return Fail("put a value with a quote or a comma in quotes");
    return std::string(text);
  }
  std::string value;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      if (i + 1 != text.size()) return Fail("nothing may follow the closing quote");
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    value += text[i];
  }
  return Fail("the quote is never closed");
}

// std::regex recurses over long patterns, and over deep ones.
Result<void> CheckRegex(const std::string& value) {
  if (value.size() > kMaxRegex)
    return Fail("the regex is longer than " + std::to_string(kMaxRegex) + " bytes");
  try {
    // As alerting/sidecar/label_matchers.cc compiles it: no references back to a group.
    std::regex compiled(value, std::regex::ECMAScript | std::regex_constants::__polynomial);
  } catch (const std::regex_error& error) {
    return Fail("not a regex");
  }
  return {};
}

}  // namespace

Result<LabelMatcher> ParseMatcher(std::string_view text) {
  const size_t at = std::min(text.find_first_of("=!"), text.size());
  LabelMatcher matcher;
  matcher.label = Trimmed(text.substr(0, at));
  if (!IsLabelName(matcher.label)) return Fail("must begin with a label's name, such as alertname=\"X\"");
  std::string_view rest = text.substr(at);
  const Result<Op> op = TakeOp(rest);
  if (!op) return tl::unexpected(op.error());
  matcher.op = *op;
  Result<std::string> value = Unquote(Trimmed(rest));
  if (!value) return tl::unexpected(value.error());
  matcher.value = std::move(*value);
  if (matcher.op == Op::kRegex || matcher.op == Op::kNotRegex) {
    const Result<void> good = CheckRegex(matcher.value);
    if (!good) return tl::unexpected(good.error());
  }
  return matcher;
}

}  // namespace plimsoll
