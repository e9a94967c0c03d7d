#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.h"

namespace plimsoll::cli {

// By name; an empty value is no label (as Prometheus reads it) and left out.
using SeriesLabels = std::vector<std::pair<std::string, std::string>>;

struct ExposedSeries {
  std::string name;  // of the sample: a histogram's with _bucket, _sum or _count
  SeriesLabels labels;
  double value = 0;
};

struct ExposedFamily {
  std::string type;  // "counter", "gauge", "histogram", "summary"; "untyped" where nothing is said
  std::vector<ExposedSeries> series;
};

using ExposedFamilies = std::map<std::string, ExposedFamily>;

// Parses Prometheus' text format 0.0.4:
//
//     # HELP container_last_seen Last time a container was seen
//     # TYPE container_last_seen gauge
//     container_last_seen{id="/",image="",name=""} 1.795e+09 1795411857229
//
// Strict where leniency would hide a fault: UTF-8, LF line ends (the last too),
// known types said once and before their samples, labels once, no series twice.
// Fails with the line's number. Touches no file; timestamps are checked and dropped.
Result<ExposedFamilies> ParseExposition(std::string_view text);

// `{id="/",image="x"}`, values escaped; "" for no labels.
std::string LabelsText(const SeriesLabels& labels);

}  // namespace plimsoll::cli
