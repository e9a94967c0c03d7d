#include "exporter/api/figures.h"

namespace plimsoll::api {
namespace {

constexpr size_t kShortIdLength = 12;

}  // namespace

CurrentFigures FiguresOf(const ReadContainer& container, WallTime at) {
  const ContainerSample& sample = *container.sample;
  const Reading& reading = container.reading;
  const DerivedSample& derived = sample.derived;
  CurrentFigures figures;
  figures.container = reading.container;
  figures.at = at;
  figures.cpu_percent = derived.cpu_percent ? derived.cpu_percent : reading.CpuPercent();
  if (derived.cpu_limited) figures.cpu_limit_percent = derived.cpu_limit_percent;
  figures.throttled_percent = derived.throttled_percent;
  figures.mem_used = reading.memory_bytes;
  if (derived.memory_limit > 0) figures.mem_limit = derived.memory_limit;
  figures.mem_percent = PercentOf(figures.mem_used, figures.mem_limit);
  figures.net_rx_bytes = sample.NetRxBytes();
  figures.net_tx_bytes = sample.NetTxBytes();
  figures.block_read_bytes = sample.BlockReadBytes();
  figures.block_write_bytes = sample.BlockWriteBytes();
  figures.net_rx_bytes_per_second = derived.net_rx_bytes_per_second;
  figures.net_tx_bytes_per_second = derived.net_tx_bytes_per_second;
  figures.block_read_bytes_per_second = derived.block_read_bytes_per_second;
  figures.block_write_bytes_per_second = derived.block_write_bytes_per_second;
  figures.cpu_pressure_percent = derived.cpu_pressure_percent;
  figures.mem_pressure_percent = derived.memory_pressure_percent;
  figures.io_pressure_percent = derived.io_pressure_percent;
  return figures;
}

void PutFigures(ObjectText& object, const CurrentFigures& figures) {
  object.Count("container_id", figures.container)
      .Number("cpu_percent", figures.cpu_percent)
      .Number("cpu_limit_percent", figures.cpu_limit_percent)
      .Number("throttled_percent", figures.throttled_percent)
      .Count("mem_used", figures.mem_used)
      .Count("mem_limit", figures.mem_limit)
      .Number("mem_percent", figures.mem_percent)
      .Count("net_rx_bytes", figures.net_rx_bytes)
      .Count("net_tx_bytes", figures.net_tx_bytes)
      .Count("block_read_bytes", figures.block_read_bytes)
      .Count("block_write_bytes", figures.block_write_bytes)
      .Number("net_rx_bytes_per_second", figures.net_rx_bytes_per_second)
      .Number("net_tx_bytes_per_second", figures.net_tx_bytes_per_second)
      .Number("block_read_bytes_per_second", figures.block_read_bytes_per_second)
      .Number("block_write_bytes_per_second", figures.block_write_bytes_per_second)
      .Number("cpu_pressure_percent", figures.cpu_pressure_percent)
      .Number("mem_pressure_percent", figures.mem_pressure_percent)
      .Number("io_pressure_percent", figures.io_pressure_percent)
      .Time("timestamp", figures.at);
}

Ratio PercentOf(const Figure& part, const Figure& whole) {
  if (!part || !whole || *whole == 0) return std::nullopt;
  return static_cast<double>(*part) * 100 / static_cast<double>(*whole);
}

std::string ShownName(const std::string& name, const std::string& runtime_id) {
  return name.empty() ? runtime_id.substr(0, kShortIdLength) : name;
}

const ReadContainer* FindLiving(const ReadingSet& set, uint32_t id) {
  for (const ReadContainer& container : set.containers)
    if (container.reading.container == id) return &container;
  return nullptr;
}

}  // namespace plimsoll::api
