// Rules as the text of a rule file.

#include <algorithm>

#include "alerting/prometheus/quoted_text.h"
#include "alerting/prometheus/rules.h"
#include "config/duration.h"

namespace plimsoll::alerting {
namespace {

constexpr size_t kWidth = 100;

// One line each, but for the last line feed; wrapped between words.
void AppendComment(std::string text, size_t indent, std::string& out) {
  // Text with line ends in it would leave the comment.
  if (const std::string scalar = YamlScalar(text); scalar.front() == '"') text = scalar;
  const std::string margin(indent, ' ');
  const char* hang = text.starts_with("- ") ? "  " : "";
  size_t column = kWidth;
  bool is_first = true;
  for (size_t at = 0; at < text.size() || is_first;) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (is_first || column + 1 + word.size() > kWidth) {
      if (!is_first) out += "\n";
      out += margin + "#" + (word.empty() ? "" : " ") + (is_first ? "" : hang) + word;
      column = indent + 2 + (is_first ? 0 : 2) + word.size();
    } else {
      out += " " + word;
      column += 1 + word.size();
    }
    is_first = false;
    at = end + 1;
  }
  out += "\n";
}

void AppendBlock(const std::string& text, const std::string& margin, std::string& out) {
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    out += margin + text.substr(at, end - at) + "\n";
    at = end + 1;
  }
}

// Quoted, since a name such as `on` is no text to YAML.
void AppendPairs(const char* key, const TextPairs& pairs, std::string& out) {
  if (pairs.empty()) return;
  out += std::string("        ") + key + ":\n";
  for (const auto& [name, value] : pairs) {
    const bool is_ours = name == "severity" || name == "summary" || name == "description";
    out += "          " + (is_ours ? name : YamlScalar(name)) + ": " + YamlScalar(value) + "\n";
  }
}

void AppendRule(const PrometheusRule& rule, std::string& out) {
  out += "\n";
  if (rule.expr.empty()) {
    for (const std::string& why : rule.remarks)
      AppendComment("NOT HERE: " + YamlScalar(rule.name) + " is " + why, 6, out);
    return;
  }
  for (const std::string& remark : rule.remarks) AppendComment(remark, 6, out);
  out += "      - alert: " + YamlScalar(rule.name) + "\n        expr: |-\n";
  AppendBlock(rule.expr, "          ", out);
  if (rule.pending_for.count() > 0) out += "        for: " + FormatDuration(rule.pending_for) + "\n";
  if (rule.keep_firing_for.count() > 0)
    out += "        keep_firing_for: " + FormatDuration(rule.keep_firing_for) + "\n";
  AppendPairs("labels", rule.labels, out);
  AppendPairs("annotations", rule.annotations, out);
}

}  // namespace

std::string RuleFileText(const PrometheusRules& rules) {
  std::string out;
  for (const std::string& remark : rules.remarks) AppendComment(remark, 0, out);
  out += "groups:\n  - name: plimsoll\n    interval: " + FormatDuration(rules.interval) + "\n    rules:";
  bool is_empty = true;
  for (const PrometheusRule& rule : rules.rules) is_empty = is_empty && rule.expr.empty();
  if (is_empty) out += " []";
  for (const PrometheusRule& rule : rules.rules) AppendRule(rule, out);
  if (rules.rules.empty()) out += "\n";
  return out;
}

}  // namespace plimsoll::alerting
