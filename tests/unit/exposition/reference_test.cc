// docs/metrics.md is drawn from the tables that the program itself draws /metrics from.

#include <gtest/gtest.h>
#include <prometheus/metric_family.h>

#include <set>
#include <sstream>

#include "exporter/exposition/alert_metrics.h"
#include "exporter/exposition/exposition.h"
#include "exporter/exposition/families.h"
#include "exporter/exposition/self_metrics.h"
#include "exporter/exposition/store_metrics.h"
#include "golden.h"
#include "unit/exposition/frames.h"
#include "unit/exposition/inherited.h"

namespace plimsoll::exposition::testing {
namespace {

const char* LabelsOf(About about) {
  switch (about) {
    case About::kCgroup:
      return "every cgroup: `id`, `name`, `image`, `container_label_*`, Kubernetes' `namespace`, `pod`, "
             "`container`";
    case About::kContainer:
      return "containers: `id`, `name`, `image`";
    case About::kMachine:
      return "the machine: `machine_id`, `system_uuid`, `boot_id`";
    case About::kHost:
      return "the host: no labels";
  }
  return "";
}

// Notes the names of the labels that samples add, and gives away nothing.
class LabelNames final : public Sink {
 public:
  void Add(Number, std::initializer_list<Label> extras) override {
    for (const Label& label : extras) names.insert(std::string(label.name));
  }
  std::set<std::string> names;
};

std::string ExtrasOf(const Family& family, const Frame& frame) {
  LabelNames found;
  const MachineInfo machine = Machine();
  const Standing standing{};
  const Peak peak{};
  if (family.about == About::kHost || family.about == About::kMachine) {
    family.extract({frame, machine}, found);
  } else {
    for (const ContainerSample& sample : frame.set->containers)
      family.extract({frame, machine, &sample, &peak, &standing}, found);
  }
  std::string text;
  for (const std::string& name : found.names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

std::string Row(std::string_view name, std::string_view type, std::string_view labels,
                std::string_view help) {
  std::string row = "| `" + std::string(name) + "` | " + std::string(type) + " | ";
  row.append(labels).append(" | ");
  for (const char c : help) row += c == '|' ? std::string("\\|") : std::string(1, c);
  return row + " |\n";
}

std::string FrameFamilies() {
  const FramePtr frame = GoldenFrame();
  std::string text;
  for (const About about : {About::kCgroup, About::kContainer, About::kMachine, About::kHost}) {
    text += "\n## Of " + std::string(LabelsOf(about)) +
            "\n\n| name | type | further labels | |\n|---|---|---|---|\n";
    for (const Family& family : Families()) {
      if (family.about != about) continue;
      std::string help(family.help);
      if (!family.group.empty()) help += " Only with the group `" + std::string(family.group) + "`.";
      text += Row(family.name, family.type == Type::kCounter ? "counter" : "gauge", ExtrasOf(family, *frame),
                  help);
    }
  }
  return text;
}

std::string OwnFamilies() {
  SelfMetrics self;
  self.ObserveFrame(*GoldenFrame());
  self.CountHttp("/metrics", 200, 3ms);
  self.SetReload(true, At(1'699'999'999));
  self.SetWebReload(true, At(1'699'999'999));
  StoreFigures store;
  store.write_errors = {{"full", 1}};
  self.ObserveStore(store);
  AlertFigures alerts;
  alerts.notifications = {{"ops", "delivered", 1}};
  self.ObserveAlerts(alerts);
  std::string text = "\n## Of Plimsoll itself\n\n| name | type | labels | |\n|---|---|---|---|\n";
  for (const prometheus::MetricFamily& family : self.Collect({})) {
    std::set<std::string> names;
    for (const prometheus::ClientMetric& metric : family.metric)
      for (const auto& label : metric.label) names.insert(label.name);
    std::string labels;
    for (const std::string& name : names) labels += (labels.empty() ? "`" : ", `") + name + "`";
    const char* type = family.type == prometheus::MetricType::Counter     ? "counter"
                       : family.type == prometheus::MetricType::Histogram ? "histogram"
                                                                          : "gauge";
    text += Row(family.name, type, labels, family.help);
  }
  return text;
}

// What the writer of a body adds by itself, in no table: "# HELP name help" of a body of its own.
std::string BodysFamilies(const std::string& page) {
  ManualClock clock;
  SelfMetrics self;
  Exposition exposition(AllGroups(), Machine(), self, clock);
  exposition.Observe(GoldenFrame());
  std::istringstream lines(*exposition.Body({Format::kText, false}));
  std::string text, line, help;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string mark, what, name, type;
    words >> mark >> what >> name >> type;
    if (what == "HELP") help = line.substr(line.find(name) + name.size() + 1);
    if (what != "TYPE" || page.find("| `" + name + "` |") != page.npos) continue;
    std::getline(lines, line);
    const size_t brace = line.find('{');
    const std::string label =
        brace == line.npos ? "" : "`" + line.substr(brace + 1, line.find('=') - brace - 1) + "`";
    text += Row(name, type, label, help);
  }
  return text;
}

std::string Inherited() {
  std::string text;
  for (const std::string& name : kInherited) text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

TEST(MetricsReferenceTest, IsWhatTheProgramShows) {
  std::string page =
      "# Metrics\n\n"
      "Every family that `/metrics` can show. Labels that are empty are left out, figures that cannot be "
      "known are absent.\n"
      "Names, types and labels of `container_*` and `machine_*` are cAdvisor's. A unit test keeps this page "
      "equal to the\n"
      "program.\n\n`promtool check metrics` complains of some of cAdvisor's names, and of no other:\n" +
      Inherited() + ".\n" + FrameFamilies() + OwnFamilies();
  page += BodysFamilies(page);
  ExpectGolden("docs/metrics.md", page);
}

}  // namespace
}  // namespace plimsoll::exposition::testing
