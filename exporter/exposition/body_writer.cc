#include "exporter/exposition/body_writer.h"

#include <prometheus/metric_family.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

namespace plimsoll::exposition {
namespace {

char* Put(char* to, std::string_view text) {
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

constexpr std::string_view kTotal = "_total";

// OpenMetrics demands that the samples of a counter end in _total. A counter
// whose inherited name does not is announced as "unknown" there, because the
// name of the sample is what dashboards know.
std::string_view OpenMetricsType(std::string_view name, std::string_view type) {
  return type == "counter" && !name.ends_with(kTotal) ? "unknown" : type;
}

std::string_view TypeName(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return "counter";
    case prometheus::MetricType::Gauge:
      return "gauge";
    case prometheus::MetricType::Histogram:
      return "histogram";
    default:
      return "untyped";
  }
}

void AppendHelp(body::PageBuffer& out, std::string_view help, bool quotes) {
  for (const char c : help) {
    if (c == '\n') {
      out.Append("\\n");
    } else if (c == '\\') {
      out.Append("\\\\");
    } else if (c == '"' && quotes) {
      out.Append("\\\"");
    } else {
      out.Append({&c, 1});
    }
  }
}

// A bucket's bound: OpenMetrics wants whole ones with a point.
std::string BoundText(double bound, Format format) {
  if (std::isinf(bound)) return bound > 0 ? "+Inf" : "-Inf";
  char text[400];  // the longest double in plain digits
  std::string shown(text, std::to_chars(text, text + sizeof text, bound, std::chars_format::fixed).ptr);
  if (format == Format::kOpenMetrics && shown.find('.') == std::string::npos) shown += ".0";
  return shown;
}

}  // namespace

void BodyWriter::Begin(std::string_view name, std::string_view help, Type type) {
  name_ = name;
  help_ = help;
  type_ = type == Type::kCounter ? "counter" : "gauge";
  begun_ = false;
}

void BodyWriter::Header() {
  begun_ = true;
  counts_.push_back({name_, 0});
  const bool open = format_ == Format::kOpenMetrics;
  const std::string_view type = open ? OpenMetricsType(name_, type_) : type_;
  std::string_view shown = name_;
  if (open && type == "counter") shown.remove_suffix(kTotal.size());
  if (!help_.empty()) {
    out_.Append("# HELP ");
    out_.Append(shown);
    out_.Append(" ");
    AppendHelp(out_, help_, open);
    out_.Append("\n");
  }
  out_.Append("# TYPE ");
  out_.Append(shown);
  out_.Append(" ");
  out_.Append(type);
  out_.Append("\n");
}

void BodyWriter::Add(Number value, std::initializer_list<Label> extras) {
  if (!begun_) Header();
  Line(name_, {}, block_, extras, value);
}

void BodyWriter::Line(std::string_view name, std::string_view suffix, std::string_view block,
                      std::initializer_list<Label> extras, Number value) {
  size_t room = name.size() + suffix.size() + block.size() + Number::kMaxChars + 3;
  for (const Label& extra : extras) room += extra.name.size() + EscapedBound(extra.value.size()) + 4;
  char* const begin = out_.Room(room);
  char* to = Put(begin, name);
  to = Put(to, suffix);
  char* const open = to;
  to = Put(to, block);
  for (const Label& extra : extras) {
    if (extra.value.empty()) continue;
    if (to[-1] != '{') *to++ = ',';
    to = Put(to, extra.name);
    *to++ = '=';
    *to++ = '"';
    to = EscapeLabelValue(to, extra.value);
    *to++ = '"';
  }
  if (to == open + 1) {
    to = open;  // no labels: no braces
  } else {
    *to++ = '}';
  }
  *to++ = ' ';
  to = value.Print(to);
  *to++ = '\n';
  out_.Written(to);
  ++counts_.back().series;
}

void BodyWriter::Write(const prometheus::MetricFamily& family) {
  if (family.metric.empty()) return;
  Begin(family.name, family.help, Type::kGauge);
  type_ = TypeName(family.type);
  if (format_ == Format::kOpenMetrics && type_ == "untyped") type_ = "unknown";
  std::string block;
  for (const prometheus::ClientMetric& metric : family.metric) {
    block.assign(1, '{');
    for (const auto& label : metric.label) AppendLabel(block, label.name, label.value);
    Labels(block);
    switch (family.type) {
      case prometheus::MetricType::Counter:
        Add(Number::Real(metric.counter.value));
        break;
      case prometheus::MetricType::Gauge:
        Add(Number::Real(metric.gauge.value));
        break;
      case prometheus::MetricType::Histogram:
        HistogramSamples(family, metric);
        break;
      default:
        Add(Number::Real(metric.untyped.value));
        break;
    }
  }
  Labels("{");
}

void BodyWriter::HistogramSamples(const prometheus::MetricFamily& family,
                                  const prometheus::ClientMetric& metric) {
  if (!begun_) Header();
  const auto& histogram = metric.histogram;
  for (const auto& bucket : histogram.bucket) {
    const std::string bound = BoundText(bucket.upper_bound, format_);
    Line(family.name, "_bucket", block_, {{"le", bound}}, Number::Whole(bucket.cumulative_count));
  }
  Line(family.name, "_sum", block_, {}, Number::Real(histogram.sample_sum));
  Line(family.name, "_count", block_, {}, Number::Whole(histogram.sample_count));
}

void BodyWriter::Finish() {
  Begin("plimsoll_metric_series", "Series in this body by family.", Type::kGauge);
  Labels("{");
  Header();
  const size_t families = counts_.size();
  for (size_t i = 0; i + 1 < families; ++i) {
    Add(Number::Whole(counts_[i].series), {{"family", counts_[i].family}});
  }
  Add(Number::Whole(families), {{"family", name_}});
  if (format_ == Format::kOpenMetrics) out_.Append("# EOF\n");
}

}  // namespace plimsoll::exposition
