#include "exporter/export_command.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "config/duration.h"
#include "exporter/command_config.h"
#include "exporter/command_output.h"
#include "exporter/exposition/label_text.h"
#include "exporter/moment.h"
#include "exporter/progress_line.h"
#include "model/container_label.h"
#include "model/timestamp.h"
#include "rollup/export.h"

namespace plimsoll {
namespace {

constexpr const char* kName = "export";

// Names that series have already. A label given twice is refused by whoever reads the file.
bool IsTaken(const std::string& name, const std::vector<std::string>& earlier) {
  constexpr std::string_view kOwn[] = {"id",  "name",   "image",     "namespace",    "pod",   "container",
                                       "cpu", "device", "interface", "failure_type", "scope", "operation"};
  return name.starts_with("__") || name.starts_with(kContainerLabelPrefix) ||
         std::find(std::begin(kOwn), std::end(kOwn), name) != std::end(kOwn) ||
         std::find(earlier.begin(), earlier.end(), name) != earlier.end();
}

// `,job="plimsoll"` of "job=plimsoll", one after the other.
Result<std::string> FurtherLabels(const std::vector<std::string>& pairs) {
  std::string text = "{";
  std::vector<std::string> names;
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    const std::string name = pair.substr(0, equals);
    const bool letter = !name.empty() && !(name[0] >= '0' && name[0] <= '9');
    const bool plain = ContainerLabelName(name) == std::string(kContainerLabelPrefix) + name;
    if (equals == std::string::npos || !letter || !plain)
      return Fail("--label: \"" + pair + "\" is not NAME=VALUE, such as job=plimsoll");
    if (IsTaken(name, names))
      return Fail("--label: " + name + " is there already, or is not for you to give");
    names.push_back(name);
    exposition::AppendLabel(text, name, pair.substr(equals + 1));
  }
  if (text.size() == 1) return std::string();
  text.front() = ',';
  return text;
}

// The labels that /metrics gives a container's series.
std::string LabelsOf(const rollup::Revision& revision, const std::vector<std::string>& allowed) {
  Container who;
  who.cgroup = revision.cgroup;
  who.id = revision.runtime_id;
  who.name = revision.name;
  who.image = revision.image;
  who.labels = revision.labels;
  who.kube_namespace = revision.kube_namespace;
  who.kube_pod = revision.kube_pod;
  who.kube_container = revision.kube_container;
  return exposition::RenderLabelBlocks(who, allowed).full;
}

bool WriteOut(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
}

}  // namespace

int ExportHistory(const ExportOptions& options) {
  const WallTime now = SystemClock().Wall();
  const auto from = ParseMoment("--from", options.from, now);
  const auto to = options.to.empty() ? Result<WallTime>(now) : ParseMoment("--to", options.to, now);
  for (const auto& moment : {from, to})
    if (!moment) return Refuse(kName, kWrongUsage, moment.error().message);
  const auto further = FurtherLabels(options.labels);
  if (!further) return Refuse(kName, kWrongUsage, further.error().message);
  const auto gap = ParseDuration(options.shortest_gap);
  if (!gap) return Refuse(kName, kWrongUsage, gap.error().In("--shortest-gap").message);
  if (*from >= *to)
    return Refuse(kName, kWrongUsage,
                  "--from " + FormatTimestamp(*from) + " is not before --to " + FormatTimestamp(*to));
  if (options.storage_path == ":memory:") return Refuse(kName, kFailed, ":memory: keeps no history");
  std::optional<Config> read = CommandConfig(options.config_file);
  if (!read) return kFailed;
  Config& config = *read;
  rollup::Export order;
  order.path = options.storage_path;
  order.from = *from;
  order.to = *to;
  order.only_gaps = options.only_gaps;
  order.shortest_gap = *gap;
  order.labels = [&](const rollup::Revision& revision) {
    return LabelsOf(revision, config.collector.container_labels) + *further;
  };
  order.write = WriteOut;
  Result<rollup::Exported> exported;
  {
    ProgressLine progress("exporting");
    order.progress = [&](double done) { progress.Show(done); };
    exported = rollup::ExportOpenMetrics(order);
  }
  if (!exported) return Refuse(kName, kFailed, exported.error().message);
  if (const auto flushed = PrintOut(""); !flushed) return Refuse(kName, kFailed, flushed.error().message);
  std::cerr << "plimsoll export: " << exported->samples << " samples from " << FormatTimestamp(*from)
            << " to " << FormatTimestamp(*to);
  if (exported->oldest && *exported->oldest > *from)
    std::cerr << "; full resolution begins at " << FormatTimestamp(*exported->oldest);
  std::cerr << "\n";
  return 0;
}

}  // namespace plimsoll
