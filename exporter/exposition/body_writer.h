#pragma once

#include <string_view>
#include <vector>

#include "exporter/body/page_buffer.h"
#include "exporter/exposition/exposition.h"
#include "exporter/exposition/families.h"

namespace prometheus {
struct ClientMetric;
struct MetricFamily;
}  // namespace prometheus

namespace plimsoll::exposition {

// Writes families into a buffer, in either format, and counts their series.
class BodyWriter final : public Sink {
 public:
  BodyWriter(Format format, body::PageBuffer& out) : format_(format), out_(out) {}

  // The family of the samples that follow. Its HELP and TYPE are written with
  // its first sample, so that an empty family leaves no trace. The strings must
  // live until Finish().
  void Begin(std::string_view name, std::string_view help, Type type);
  // The label block of the samples that follow: `{id="/"` without the closing brace; "{" for none.
  void Labels(std::string_view block) { block_ = block; }
  void Add(Number value, std::initializer_list<Label> extras = {}) override;

  // A whole family of a prometheus-cpp registry; it must live until Finish().
  void Write(const prometheus::MetricFamily& family);

  // plimsoll_metric_series{family}: what this body holds, itself included. Then
  // what the format wants at the end.
  void Finish();

 private:
  struct Count {
    std::string_view family;
    uint64_t series = 0;
  };

  void Header();
  void HistogramSamples(const prometheus::MetricFamily& family, const prometheus::ClientMetric& metric);
  void Line(std::string_view name, std::string_view suffix, std::string_view block,
            std::initializer_list<Label> extras, Number value);

  const Format format_;
  body::PageBuffer& out_;
  std::string_view name_, help_, type_;
  std::string_view block_ = "{";
  bool begun_ = false;
  std::vector<Count> counts_;
};

}  // namespace plimsoll::exposition
