#include "alerting/sidecar/label_matchers.h"

#include <algorithm>

namespace plimsoll::alerting {
namespace {

using Op = LabelMatcher::Op;

constexpr size_t kMost = 32;
// Of libstdc++: steps through all states at once instead of trying one path after
// the other, which "(a+)+b" makes exponential and a long text deeply recursive.
constexpr auto kSyntax = std::regex::ECMAScript | std::regex_constants::__polynomial;

bool IsRegex(Op op) { return op == Op::kRegex || op == Op::kNotRegex; }

}  // namespace

Result<LabelMatchers> LabelMatchers::Compile(const std::vector<LabelMatcher>& matchers) {
  if (matchers.size() > kMost) return Fail("there are more than " + std::to_string(kMost) + " matchers");
  LabelMatchers compiled;
  for (const LabelMatcher& matcher : matchers) {
    Condition condition{matcher, {}};
    try {
      if (IsRegex(matcher.op)) condition.regex.emplace(matcher.value, kSyntax);
    } catch (const std::regex_error&) {
      return Fail("the regex for " + matcher.label + " is none, or refers back to a group");
    }
    compiled.conditions_.push_back(std::move(condition));
  }
  return compiled;
}

bool LabelMatchers::Match(const TextPairs& labels) const {
  static const std::string kNone;
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
    const auto find = [&](std::string_view name) {
      return std::find_if(labels.begin(), labels.end(),
                          [&](const auto& label) { return label.first == name; });
    };
    auto found = find(condition.matcher.label);
    // As group_by and the API call it.
    if (found == labels.end() && condition.matcher.label == "rule") found = find("alertname");
    const std::string& value = found == labels.end() ? kNone : found->second;
    const bool holds =
        condition.regex ? std::regex_match(value, *condition.regex) : value == condition.matcher.value;
    return holds == (condition.matcher.op == Op::kEqual || condition.matcher.op == Op::kRegex);
  });
}

}  // namespace plimsoll::alerting
