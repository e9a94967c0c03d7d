#pragma once

#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "config/alerting_config.h"
#include "model/result.h"

namespace plimsoll::alerting {

// Conditions over an alert's labels; all must hold. A label that is not there
// counts as empty. Immutable.
class LabelMatchers {
 public:
  // At most 32. Fails for a regex that is none or refers back to a group. Time
  // to match grows with the product of pattern and text, never faster.
  static Result<LabelMatchers> Compile(const std::vector<LabelMatcher>& matchers);
  bool Match(const TextPairs& labels) const;

 private:
  struct Condition {
    LabelMatcher matcher;
    std::optional<std::regex> regex;
  };
  std::vector<Condition> conditions_;
};

}  // namespace plimsoll::alerting
