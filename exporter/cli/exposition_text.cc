#include "exporter/cli/exposition_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>

#include "model/utf8.h"

namespace plimsoll::cli {
namespace {

constexpr std::array<std::string_view, 5> kTypes = {"counter", "gauge", "histogram", "summary", "untyped"};

bool IsNameChar(char c, bool is_first, bool allows_colon) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (allows_colon && c == ':') ||
         (!is_first && c >= '0' && c <= '9');
}

bool IsUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = Utf8Length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

// Takes one line apart from its left.
class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  // False when there was none.
  bool Blanks() {
    const size_t end = std::min(rest_.find_first_not_of(" \t"), rest_.size());
    rest_.remove_prefix(end);
    return end != 0;
  }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Empty when there is none here.
  std::string Name(bool allows_colon) {
    size_t end = 0;
    while (end < rest_.size() && IsNameChar(rest_[end], end == 0, allows_colon)) ++end;
    return Cut(end);
  }
  std::string Word() { return Cut(std::min(rest_.find_first_of(" \t"), rest_.size())); }

  // What stands between quotes, escapes undone.
  Result<std::string> Quoted() {
    if (!Take('"')) return Fail("a label's value must begin with \"");
    std::string value;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return value;
      if (c != '\\') {
        value += c;
        continue;
      }
      if (Take('n'))
        value += '\n';
      else if (Take('\\'))
        value += '\\';
      else if (Take('"'))
        value += '"';
      else
        return Fail("a backslash in a label's value may only stand before \\, \" and n");
    }
    return Fail("a label's value has no end");
  }

 private:
  std::string Cut(size_t end) {
    std::string cut(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return cut;
  }
  std::string_view rest_;
};

std::optional<double> Special(std::string_view word) {
  if (word == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (word == "+Inf" || word == "Inf") return std::numeric_limits<double>::infinity();
  if (word == "-Inf") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

Result<double> ParseValue(std::string_view word) {
  if (const auto special = Special(word)) return *special;
  std::string_view digits = word;
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // from_chars takes "inf" and "nan" in any case, the format does not.
  if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value))
    return Fail("\"" + std::string(word) + "\" is no value");
  return value;
}

Result<SeriesLabels> ParseLabels(Line& line) {
  SeriesLabels labels;
  for (;;) {
    line.Blanks();
    if (line.Take('}')) break;
    const std::string name = line.Name(false);
    if (name.empty()) return Fail("a label's name is missing");
    line.Blanks();
    if (!line.Take('=')) return Fail("label " + name + ": no = follows");
    line.Blanks();
    Result<std::string> value = line.Quoted();
    if (!value) return tl::unexpected(value.error().In("label " + name));
    labels.emplace_back(name, std::move(*value));
    line.Blanks();
    if (line.Take('}')) break;
    if (!line.Take(',')) return Fail("after label " + name + ": neither , nor }");
  }
  std::sort(labels.begin(), labels.end());
  const auto twice = std::adjacent_find(labels.begin(), labels.end(),
                                        [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice != labels.end()) return Fail("label " + twice->first + " is said twice");
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  return labels;
}

Result<ExposedSeries> ParseSample(Line line) {
  ExposedSeries sample;
  sample.name = line.Name(true);
  if (sample.name.empty()) return Fail("a metric's name is missing");
  bool is_apart = line.Blanks();
  if (line.Take('{')) {
    Result<SeriesLabels> labels = ParseLabels(line);
    if (!labels) return tl::unexpected(labels.error());
    sample.labels = std::move(*labels);
    is_apart = true;
    line.Blanks();
  }
  if (!is_apart) return Fail("after " + sample.name + ": neither a blank nor {");
  Result<double> value = ParseValue(line.Word());
  if (!value) return tl::unexpected(value.error());
  sample.value = *value;
  line.Blanks();
  if (line.done()) return sample;
  const std::string stamp = line.Word();
  int64_t milliseconds = 0;
  const auto [end, error] = std::from_chars(stamp.data(), stamp.data() + stamp.size(), milliseconds);
  if (error != std::errc() || end != stamp.data() + stamp.size())
    return Fail("\"" + stamp + "\" is no timestamp");
  line.Blanks();
  if (!line.done()) return Fail("more follows the timestamp");
  return sample;
}

class Reader {
 public:
  Result<void> Take(std::string_view text) {
    Line line(text);
    line.Blanks();
    if (line.done()) return {};
    if (line.Take('#')) return TakeComment(line);
    Result<ExposedSeries> sample = ParseSample(line);
    if (!sample) return tl::unexpected(sample.error());
    if (!seen_.insert(sample->name + LabelsText(sample->labels)).second)
      return Fail(sample->name + LabelsText(sample->labels) + " is there twice");
    families_[FamilyOf(sample->name)].series.push_back(std::move(*sample));
    return {};
  }

  ExposedFamilies Done() {
    std::erase_if(families_, [](const auto& family) { return family.second.series.empty(); });
    for (auto& [name, family] : families_)
      if (family.type.empty()) family.type = "untyped";
    return std::move(families_);
  }

 private:
  Result<void> TakeComment(Line line) {
    line.Blanks();
    const std::string word = line.Word();
    if (word != "TYPE" && word != "HELP") return {};
    line.Blanks();
    const std::string name = line.Name(true);
    const bool is_apart = line.Blanks();
    if (name.empty() || (!is_apart && !line.done())) return Fail("# " + word + " names no metric");
    if (word == "HELP")
      return helped_.insert(name).second ? Result<void>() : Fail("# HELP of " + name + " is there twice");
    const std::string type = line.Word();
    line.Blanks();
    if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end() || !line.done())
      return Fail("# TYPE of " + name + ": \"" + type + "\" is no type");
    ExposedFamily& family = families_[name];
    if (!family.type.empty()) return Fail("# TYPE of " + name + " is there twice");
    if (!family.series.empty()) return Fail("# TYPE of " + name + " comes after its samples");
    family.type = type;
    return {};
  }

  // "x" for x_bucket, x_sum and x_count of a histogram or summary x.
  std::string FamilyOf(const std::string& sample) const {
    for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
      if (!std::string_view(sample).ends_with(suffix)) continue;
      const auto found = families_.find(sample.substr(0, sample.size() - suffix.size()));
      if (found == families_.end()) continue;
      const std::string& type = found->second.type;
      if (type == "histogram" || (type == "summary" && suffix != "_bucket")) return found->first;
    }
    return sample;
  }

  ExposedFamilies families_;
  std::set<std::string> helped_;
  std::set<std::string> seen_;
};

}  // namespace

Result<ExposedFamilies> ParseExposition(std::string_view text) {
  Reader reader;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const auto fault = [&](const std::string& why) {
      return Fail("line " + std::to_string(number) + ": " + why);
    };
    if (end == std::string_view::npos) return fault("the end of the line is missing: the text was cut");
    const std::string_view line = text.substr(0, end);
    if (!IsUtf8(line)) return fault("is not UTF-8");
    if (const auto taken = reader.Take(line); !taken) return fault(taken.error().message);
    text.remove_prefix(end + 1);
  }
  return reader.Done();
}

std::string LabelsText(const SeriesLabels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += (text.empty() ? "{" : ",") + name + "=\"";
    for (const char c : value) {
      if (c == '\n')
        text += "\\n";
      else if (c == '\\' || c == '"')
        text.append({'\\', c});
      else
        text += c;
    }
    text += '"';
  }
  return text.empty() ? text : text + "}";
}

}  // namespace plimsoll::cli
