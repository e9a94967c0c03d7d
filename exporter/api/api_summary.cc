#include "exporter/api/answer.h"
#include "exporter/api/figures.h"
#include "exporter/api/resources.h"

namespace plimsoll::api {
namespace {

struct DiskTotals {
  Figure total, used;
};

DiskTotals SumDisks(const HostSample& host) {
  DiskTotals totals;
  for (const FileSystem& one : host.file_systems) {
    totals.total = totals.total.value_or(0) + one.size_bytes;
    totals.used = totals.used.value_or(0) + one.used_bytes;
  }
  return totals;
}

// The host itself among the samples; null when its cgroup was not read.
const ContainerSample* Root(const ContainerSet& set) {
  const bool first = !set.containers.empty() && set.containers.front().who->cgroup == "/";
  return first ? &set.containers.front() : nullptr;
}

}  // namespace

http::Response GetSummary(const ApiSources& sources, const http::Request&) {
  const FramePtr frame = sources.newest_frame();
  if (!frame) return NotReady();
  const HostSample& host = frame->host;
  const auto set = sources.store->newest();
  const ContainerSample* root = Root(*frame->set);
  const DiskTotals disks = SumDisks(host);
  const Figure cores = host.cpu_count > 0 ? host.cpu_count : sources.cores;
  Figure memory = host.memory_total;
  if (!memory && sources.memory_bytes > 0) memory = sources.memory_bytes;
  std::string json;
  ObjectText(json)
      .Number("cpu_percent", host.cpu_percent)
      .Count("mem_used", host.memory_used)
      .Count("mem_limit", memory)
      .Number("mem_percent", PercentOf(host.memory_used, memory))
      .Number("net_rx_bytes_per_second", root ? root->derived.net_rx_bytes_per_second : std::nullopt)
      .Number("net_tx_bytes_per_second", root ? root->derived.net_tx_bytes_per_second : std::nullopt)
      .Count("container_count", set ? Figure(set->containers.size()) : std::nullopt)
      .Count("cpu_count", cores > 0u ? cores : std::nullopt)
      .Count("disk_total", disks.total)
      .Count("disk_used", disks.used)
      .Number("disk_percent", PercentOf(disks.used, disks.total))
      .Time("timestamp", frame->wall)
      .Close();
  return JsonAnswer(std::move(json));
}

}  // namespace plimsoll::api
