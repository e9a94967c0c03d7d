#pragma once

#include <prometheus/metric_family.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "exporter/exposition/families.h"

// The same table rendered the other way: into prometheus-cpp's families, with
// labels put together afresh, for its TextSerializer to write.
namespace plimsoll::exposition::testing {

using Metric = prometheus::ClientMetric;

inline void AddOracleLabel(Metric& metric, std::string name, std::string_view value) {
  if (!value.empty()) metric.label.push_back({std::move(name), std::string(value)});
}

// For well-behaved values: escaping is the serializer's own, nothing is cut or mended.
inline std::vector<Metric::Label> OracleLabels(const Container& who, About about,
                                               const std::vector<std::string>& allowed) {
  Metric metric;
  if (about == About::kCgroup) {
    AddOracleLabel(metric, "container", who.kube_container);
    for (const auto& [key, value] : who.labels) {
      if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) continue;
      std::string name = "container_label_" + key;
      std::replace_if(
          name.begin(), name.end(), [](char c) { return c == '.' || c == '/' || c == '-'; }, '_');
      AddOracleLabel(metric, name, value);
    }
  }
  AddOracleLabel(metric, "id", who.cgroup);
  AddOracleLabel(metric, "image", who.image);
  AddOracleLabel(metric, "name", who.name);
  if (about == About::kCgroup) {
    AddOracleLabel(metric, "namespace", who.kube_namespace);
    AddOracleLabel(metric, "pod", who.kube_pod);
  }
  return metric.label;
}

// number_test.cc holds the text to the number.
inline double ReadBack(Number number) {
  char text[Number::kMaxChars];
  return std::strtod(std::string(text, number.Print(text)).c_str(), nullptr);
}

class OracleSink final : public Sink {
 public:
  explicit OracleSink(const Family& family) : counter_(family.type == Type::kCounter) {
    out.name = family.name;
    out.help = family.help;
    out.type = counter_ ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
  }
  void Add(Number value, std::initializer_list<Label> extras = {}) override {
    Metric metric;
    metric.label = base;
    for (const Label& extra : extras) AddOracleLabel(metric, std::string(extra.name), extra.value);
    (counter_ ? metric.counter.value : metric.gauge.value) = ReadBack(value);
    out.metric.push_back(std::move(metric));
  }
  prometheus::MetricFamily out;
  std::vector<Metric::Label> base;

 private:
  const bool counter_;
};

// All families but the exporter's own and plimsoll_metric_series. Peaks are
// those of a first scrape: the figures themselves.
inline std::vector<prometheus::MetricFamily> OracleFamilies(
    const Frame& frame, const MachineInfo& machine, const CollectorConfig& config,
    const std::vector<prometheus::MetricFamily>& own) {
  std::vector<prometheus::MetricFamily> families;
  std::set<std::string> live;
  for (const ContainerSample& sample : frame.set->containers) live.insert(sample.who->cgroup);
  for (const Family& family : Families()) {
    if (!family.group.empty() && !config.enable_groups.contains(std::string(family.group))) continue;
    OracleSink sink(family);
    if (family.about == About::kMachine || family.about == About::kHost) {
      Metric metric;
      if (family.about == About::kMachine) {
        AddOracleLabel(metric, "boot_id", machine.boot_id);
        AddOracleLabel(metric, "machine_id", machine.machine_id);
        AddOracleLabel(metric, "system_uuid", machine.system_uuid);
      }
      sink.base = metric.label;
      family.extract({frame, machine}, sink);
    } else {
      for (const ContainerSample& sample : frame.set->containers) {
        if (family.about == About::kContainer && sample.who->runtime == RuntimeKind::kCgroup) continue;
        sink.base = OracleLabels(*sample.who, family.about, config.container_labels);
        const Peak peak{sample.derived.cpu_percent, sample.memory.WorkingSet()};
        family.extract({frame, machine, &sample, &peak}, sink);
      }
    }
    if (family.name == "container_last_seen") {
      std::set<std::string> shown = live;
      for (auto at = frame.set->ended.rbegin(); at != frame.set->ended.rend(); ++at) {
        const Container& who = *(*at)->last.who;
        if (!shown.insert(who.cgroup).second) continue;
        sink.base = OracleLabels(who, About::kCgroup, config.container_labels);
        sink.Add(Number::Whole(static_cast<uint64_t>(
            std::chrono::duration_cast<std::chrono::seconds>((*at)->last_seen.time_since_epoch()).count())));
      }
    }
    if (!sink.out.metric.empty()) families.push_back(std::move(sink.out));
  }
  families.insert(families.end(), own.begin(), own.end());
  return families;
}

}  // namespace plimsoll::exposition::testing
