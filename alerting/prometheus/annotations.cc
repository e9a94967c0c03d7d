#include "alerting/prometheus/annotations.h"

#include <map>

#include "alerting/prometheus/quoted_text.h"
#include "alerting/prometheus/template.h"
#include "alerting/text/figure_text.h"
#include "alerting/text/json_text.h"

namespace plimsoll::alerting {
namespace {

using Text = PrometheusField;

bool IsOfContainer(const AnnotationSource& source) {
  return !IsHostMetric(source.config.metric) && source.config.metric != AlertMetric::kAbsent;
}

std::string Label(const std::string& name) { return "{{ $labels." + name + " }}"; }

std::string ValueText(AlertMetric metric) {
  switch (metric) {
    case AlertMetric::kMemoryUsedBytes:
    case AlertMetric::kMemoryLimitBytes:
    case AlertMetric::kHostMemoryUsedBytes:
      return "{{ $value | humanize1024 }}B";
    case AlertMetric::kNetworkReceive:
    case AlertMetric::kNetworkTransmit:
    case AlertMetric::kBlockRead:
    case AlertMetric::kBlockWrite:
      return "{{ $value | humanize1024 }}B/s";
    case AlertMetric::kOomKills:
    case AlertMetric::kRestarts:
      return "{{ $value | printf \"%.0f\" }}";
    case AlertMetric::kUnhealthy:
      return "unhealthy";
    case AlertMetric::kAbsent:
      return "absent";
    default:
      return "{{ $value | printf \"%.1f\" }} %";
  }
}

std::string ThresholdOf(const AnnotationSource& source) {
  if (IsYesNoMetric(source.config.metric)) return "";
  return std::string(CompareOpText(source.rule.op)) + " " +
         FigureText(source.config.metric, source.rule.threshold);
}

std::string SubjectOf(const AnnotationSource& source) {
  if (IsOfContainer(source)) return Label("name");
  const std::string host = "host " + Label("instance");
  if (source.config.metric != AlertMetric::kAbsent || source.config.match.name.empty()) return host;
  return TemplateLiteral(source.config.match.name) + " on " + host;
}

std::string SummaryOf(const AnnotationSource& source) {
  const AlertMetric metric = source.config.metric;
  const std::string subject = SubjectOf(source) + ": ", value = ValueText(metric);
  switch (metric) {
    case AlertMetric::kUnhealthy:
      return subject + "is unhealthy";
    case AlertMetric::kAbsent:
      return subject + "is not running";
    case AlertMetric::kOomKills:
      return subject + "out of memory, processes killed by the kernel: " + value;
    case AlertMetric::kRestarts:
      return subject + "restarts: " + value;
    default:
      return subject + FigureName(metric) + " is " + value + " (threshold " + ThresholdOf(source) + ")";
  }
}

std::string DescriptionOf(const AnnotationSource& source) {
  std::string text = SummaryOf(source) + ".";
  if (IsEventMetric(source.config.metric)) text += " Within " + LastedText(source.rule.window) + ".";
  if (!IsOfContainer(source)) return text;
  return text + " Image: " + Label("image") + ". Host: " + Label("instance") + ".";
}

// Fields whose text is known beforehand, or is in the series' labels.
void AddFields(const AnnotationSource& source, PrometheusFields& fields) {
  const RuleConfig& config = source.config;
  const bool of_container = IsOfContainer(source);
  fields["summary"] = Text::Template(SummaryOf(source));
  fields["description"] = Text::Template(DescriptionOf(source));
  fields["subject"] = Text::Template(SubjectOf(source));
  fields["title"] = Text::Template("Firing: " + TemplateLiteral(config.name) + " on " + SubjectOf(source));
  fields["value"] = Text::Template(ValueText(config.metric));
  fields["value_number"] = Text::Template("{{ $value }}");
  fields["status"] = Text::Literal("firing");
  fields["kind"] = Text::Literal("fired");
  fields["rule"] = Text::Literal(config.name);
  fields["severity"] = Text::Literal(source.rule.severity);
  fields["metric"] = Text::Literal(std::string(AlertMetricName(config.metric)));
  fields["op"] = Text::Literal(CompareOpText(source.rule.op));
  fields["threshold"] = Text::Literal(ThresholdOf(source));
  fields["threshold_number"] = Text::Literal(JsonText(source.rule.threshold));
  fields["firing"] = Text::Flag(true);
  fields["resolved"] = Text::Flag(false);
  for (const char* name : {"name", "image"})
    fields[name] = of_container ? Text::Label(name) : Text::Literal("");
  const bool has_link = source.external_url.empty() || !of_container;
  for (const char* name : {"link", "generatorURL"})
    fields[name] = has_link ? Text::Literal(source.external_url.empty() ? "" : source.external_url + "/")
                            : Text::Missing();
  for (const char* name : {"reason", "repeats", "id", "alert", "fingerprint", "since", "lasted", "limit",
                           "container_id", "runtime_id", "compose_project", "top_consumers", "consumers",
                           "labels", "annotations", "startsAt", "endsAt", "."})
    fields[name] = Text::Missing();
}

void AddLabelFields(const AnnotationSource& source, PrometheusFields& fields) {
  const RuleConfig& config = source.config;
  const bool of_container = IsOfContainer(source);
  for (const auto& [name, value] : config.labels) fields["labels." + name] = Text::Literal(value);
  fields["labels.alertname"] = Text::Literal(config.name);
  fields["labels.severity"] = Text::Literal(source.rule.severity);
  fields["labels.instance"] = Text::Label("instance");
  fields["labels.name"] = of_container ? Text::Label("name") : Text::Literal(config.match.name);
  fields["labels.image"] = of_container ? Text::Label("image") : Text::Literal(config.match.image);
  if (!of_container) return;
  fields["labels.container_id"] = Text::Missing();
  for (const std::string name : {"namespace", "pod", "container"})
    fields["labels." + name] =
        source.series >= SeriesLabels::kContainer ? Text::Label(name) : Text::Missing();
}

}  // namespace

PrometheusAnnotations AnnotationsOf(const AnnotationSource& source) {
  PrometheusFields fields;
  AddFields(source, fields);
  AddLabelFields(source, fields);
  const std::string prefix = "labels.container_label_";
  const FieldLookup find = [&](const std::string& name) {
    if (const auto known = fields.find(name); known != fields.end()) return known->second;
    if (name.starts_with("annotations.")) return Text::Missing();
    if (!name.starts_with(prefix) || !IsOfContainer(source)) return Text::Literal("");
    return source.series == SeriesLabels::kAll ? Text::Label(name.substr(7)) : Text::Missing();
  };
  PrometheusAnnotations annotations;
  std::map<std::string, std::string> texts = {{"summary", SummaryOf(source)},
                                              {"description", DescriptionOf(source)}};
  for (const auto& [name, mustache] : source.config.annotations) {
    const Result<std::string> translated = ToPrometheusTemplate(mustache, find);
    texts[name] = translated ? *translated : TemplateLiteral(mustache);
    if (!translated)
      annotations.remarks.push_back("The annotation " + name +
                                    " stands as it was written: " + translated.error().message + ".");
  }
  std::erase_if(texts, [](const auto& text) { return text.second.empty(); });
  annotations.texts.assign(texts.begin(), texts.end());
  return annotations;
}

}  // namespace plimsoll::alerting
