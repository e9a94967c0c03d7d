#include "config/rule_reader.h"

#include <algorithm>
#include <cctype>

#include "config/glob.h"
#include "config/template_check.h"
#include "config/yaml_bytes.h"

namespace plimsoll {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;

constexpr double kMostThreshold = 1e18;

const std::vector<std::string_view> kOps = {">=", ">", "<=", "<"};

// Labels that Plimsoll sets itself.
const std::vector<std::string_view> kReservedLabels = {
    "alertname", "severity", "instance", "name", "image", "namespace", "pod", "container", "container_id"};

bool IsLabelName(std::string_view name) {
  return !std::isdigit(static_cast<unsigned char>(name.front())) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

std::string CheckLabel(std::string_view name, std::string_view) {
  if (!IsLabelName(name)) return "a label's name has letters, digits and _ and does not begin with a digit";
  if (name.starts_with("__")) return "names that begin with __ are reserved";
  if (std::find(kReservedLabels.begin(), kReservedLabels.end(), name) != kReservedLabels.end())
    return "is set by Plimsoll itself";
  return "";
}

std::string CheckAnnotation(std::string_view name, std::string_view text) {
  if (!IsLabelName(name))
    return "an annotation's name has letters, digits and _ and does not begin with a digit";
  return CheckTemplate(std::string(text));
}

std::string CheckLabelGlob(std::string_view, std::string_view glob) {
  if (glob.empty()) return "";  // matches a label without a value
  const Result<void> good = CheckGlob(glob);
  return good ? "" : "bad pattern: " + good.error().message;
}

void ReadInto(const std::optional<uint32_t>& read, std::optional<uint32_t>& out) {
  if (read) out = read;
}

}  // namespace

void ReadRepeatInterval(YamlReader& reader, const YamlNode& node, std::chrono::milliseconds& out) {
  std::chrono::milliseconds interval = out;
  reader.Duration("repeat_interval", node, 0s, 24h * 365, interval);
  if (interval.count() > 0 && interval < 10s)
    return reader.Fault(node, "repeat_interval must be 0s (never) or at least 10s, not " + Quoted(node.text));
  out = interval;
}

RuleConfig RuleReader::Read(const YamlNode& node) {
  rule_ = RuleConfig();
  reader_.Mapping("a rule", node, Keys());
  if (node.complete) CheckWhole(node);
  std::sort(rule_.labels.begin(), rule_.labels.end());
  std::sort(rule_.annotations.begin(), rule_.annotations.end());
  std::sort(rule_.match.labels.begin(), rule_.match.labels.end());
  return std::move(rule_);
}

std::vector<YamlKey> RuleReader::Keys() {
  std::vector<YamlKey> keys = {
      {"name", [this](const YamlNode& n) { rule_.name = names_.Read(n); }, {}},
      {"metric", [this](const YamlNode& n) { ReadMetric(n); }, {}},
      {"op",
       [this](const YamlNode& n) {
         if (const auto op = reader_.Word("op", n, kOps)) rule_.op = static_cast<CompareOp>(*op);
       },
       {}},
      Match(),
      {"severity",
       [this](const YamlNode& n) {
         if (auto severity = ReadSeverity(reader_, n)) rule_.severity = std::move(severity);
       },
       {}},
      {"labels", [this](const YamlNode& n) { ReadLabels(n); }, {}},
      {"annotations", [this](const YamlNode& n) { ReadAnnotations(n); }, {}},
      {"receivers",
       [this](const YamlNode& n) {
         if (auto names = ReadReceiverNames(reader_, n, named_receivers_)) rule_.receivers = std::move(names);
       },
       {}},
      {"enabled", [this](const YamlNode& n) { reader_.Flag("enabled", n, rule_.enabled); }, {}},
  };
  for (YamlKey& key : NumberKeys()) keys.push_back(std::move(key));
  return keys;
}

std::vector<YamlKey> RuleReader::NumberKeys() {
  return {
      {"threshold",
       [this](const YamlNode& n) {
         const auto number = reader_.Number("threshold", n, -kMostThreshold, kMostThreshold);
         threshold_is_read_ = number.has_value();
         rule_.threshold = number.value_or(0);
       },
       {}},
      {"recover_threshold",
       [this](const YamlNode& n) {
         rule_.recover_threshold = reader_.Number("recover_threshold", n, -kMostThreshold, kMostThreshold);
       },
       {}},
      {"breaches",
       [this](const YamlNode& n) {
         ReadInto(reader_.Whole("breaches", n, 1, kMostBreaches), rule_.breaches);
       },
       {}},
      {"recoveries",
       [this](const YamlNode& n) {
         ReadInto(reader_.Whole("recoveries", n, 1, kMostBreaches), rule_.recoveries);
       },
       {}},
      {"repeat_interval",
       [this](const YamlNode& n) {
         if (n.kind == YamlNode::Kind::kNull) return;
         std::chrono::milliseconds interval{0};
         ReadRepeatInterval(reader_, n, interval);
         rule_.repeat_interval = interval;
       },
       {}},
      {"window", [this](const YamlNode& n) { reader_.Duration("window", n, 10s, 24h, rule_.window); }, {}},
  };
}

YamlKey RuleReader::Match() {
  return {
      "match",
      {},
      {Glob("name", rule_.match.name),
       Glob("image", rule_.match.image),
       {"labels",
        [this](const YamlNode& n) { reader_.Pairs("labels", n, CheckLabelGlob, false, rule_.match.labels); },
        {}},
       {"host", [this](const YamlNode& n) { reader_.Flag("host", n, rule_.match.host); }, {}}}};
}

YamlKey RuleReader::Glob(std::string_view key, std::string& out) {
  return {key,
          [this, key, &out](const YamlNode& node) {
            const std::optional<std::string> glob = reader_.Text(key, node);
            if (!glob) return;
            const Result<void> good = CheckGlob(*glob);
            if (!good)
              return reader_.Fault(node, std::string(key) + ": " + Quoted(node.text) +
                                             ": bad pattern: " + good.error().message);
            out = *glob;
          },
          {}};
}

void RuleReader::ReadMetric(const YamlNode& node) {
  const auto metric = reader_.Word("metric", node, AlertMetricNames());
  if (!metric) return;
  rule_.metric = static_cast<AlertMetric>(*metric);
  metric_is_read_ = true;
}

void RuleReader::ReadLabels(const YamlNode& node) {
  reader_.Pairs("labels", node, CheckLabel, false, rule_.labels);
}

void RuleReader::ReadAnnotations(const YamlNode& node) {
  reader_.Pairs("annotations", node, CheckAnnotation, false, rule_.annotations);
}

// What no key can say alone.
void RuleReader::CheckWhole(const YamlNode& node) {
  if (!HasKey(reader_, node, "name")) reader_.Fault(node, "a rule needs a name");
  if (!HasKey(reader_, node, "metric")) reader_.Fault(node, "a rule needs a metric, such as memory_percent");
  if (!metric_is_read_) return;
  CheckThresholds(node);
  CheckMatch(node);
  if (HasKey(reader_, node, "window") && !IsEventMetric(rule_.metric))
    reader_.Fault(node, "window is only for oom_kills, restarts and exit_code");
}

void RuleReader::CheckThresholds(const YamlNode& node) {
  const std::string metric(AlertMetricName(rule_.metric));
  if (IsYesNoMetric(rule_.metric)) {
    for (const char* key : {"op", "threshold", "recover_threshold"})
      if (HasKey(reader_, node, key)) reader_.Fault(node, metric + " is yes or no; leave " + key + " out");
    rule_.op = CompareOp::kGreaterEqual;
    rule_.threshold = 1;
    rule_.recover_threshold.reset();
    return;
  }
  if (!HasKey(reader_, node, "threshold"))
    return reader_.Fault(node, "a rule on " + metric + " needs a threshold");
  if (!threshold_is_read_) return;
  if (IsBoundedPercent(rule_.metric) && (rule_.threshold < 0 || rule_.threshold > 100))
    return reader_.Fault(node, "threshold: " + metric + " goes from 0 to 100 and never beyond");
  if (!rule_.recover_threshold) return;
  const bool above = rule_.op == CompareOp::kGreaterEqual || rule_.op == CompareOp::kGreater;
  if (above ? *rule_.recover_threshold > rule_.threshold : *rule_.recover_threshold < rule_.threshold)
    reader_.Fault(node, std::string("recover_threshold must not be ") + (above ? "above" : "below") +
                            " threshold when op is " + CompareOpText(rule_.op));
}

void RuleReader::CheckMatch(const YamlNode& node) {
  RuleMatch& match = rule_.match;
  const bool has_patterns = !match.name.empty() || !match.image.empty() || !match.labels.empty();
  const std::string metric(AlertMetricName(rule_.metric));
  if (IsHostMetric(rule_.metric)) {
    if (has_patterns)
      reader_.Fault(node, metric + " is the host's own; leave name, image and labels out of match");
    match.host = true;
  } else if (match.host) {
    reader_.Fault(node, metric + " is a container's; match.host is for metrics of the host");
  }
  if (rule_.metric == AlertMetric::kAbsent && !has_patterns)
    reader_.Fault(node, "absent needs a match: the name of the container that should run");
}

}  // namespace plimsoll
