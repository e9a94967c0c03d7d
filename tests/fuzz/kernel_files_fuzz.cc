// Every parser of kernel text: the first byte chooses, the rest is the file.

#include <cstdint>
#include <string_view>

#include "exporter/collect/disk_walker.h"
#include "exporter/collect/extras.h"
#include "exporter/collect/host.h"
#include "exporter/collect/kernel_file.h"
#include "exporter/collect/netdev.h"

namespace plimsoll::collect {
namespace {

void ParseOne(uint8_t choice, std::string_view text) {
  static ParseContext context("/nonexistent");
  ContainerSample sample;
  const size_t files = FilesV1().size() + FilesV2().size() + FilesHybrid().size();
  size_t index = choice % (files + 9);
  for (const auto& table : {FilesV1(), FilesV2(), FilesHybrid()}) {
    if (index < table.size()) {
      table[index].parse(text, sample, context);
      // A second text of the same file meets the learned order.
      table[index].parse(text.substr(text.size() / 2), sample, context);
      context.block_names.Age();
      return;
    }
    index -= table.size();
  }
  HostSample host;
  Figure free;
  CpuTicks ticks;
  SocketCounts::Udp udp;
  std::array<uint64_t, 12> tcp;
  switch (index) {
    case 0:
      ParseNetDev(text, sample.net);
      break;
    case 1:
      ParseProcStat(text, ticks);
      break;
    case 2:
      ParseMeminfo(text, host, free);
      break;
    case 3:
      ParseDiskstats(text, host.disks);
      break;
    case 4:
      ParseMountinfo(text);
      break;
    case 5:
      ParseProcessState(text);
      break;
    case 6:
      ParseTcpTable(text, tcp);
      break;
    case 7:
      ParseUdpTable(text, udp);
      break;
    default:
      ParseUpperDirectory(text);
      break;
  }
}

}  // namespace
}  // namespace plimsoll::collect

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  plimsoll::collect::ParseOne(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
