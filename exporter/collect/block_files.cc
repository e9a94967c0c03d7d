// What the kernel counts of each block device for a cgroup: io.stat (v2), blkio.throttle.* (v1).

#include "exporter/collect/kernel_file.h"

namespace plimsoll::collect {
namespace {

BlockIo& DeviceOf(ContainerSample& sample, uint64_t major, uint64_t minor, ParseContext& context) {
  const auto ma = static_cast<uint32_t>(major);
  const auto mi = static_cast<uint32_t>(minor);
  for (BlockIo& io : sample.block)
    if (io.major == ma && io.minor == mi) return io;
  BlockIo& io = sample.block.emplace_back();
  io.major = ma;
  io.minor = mi;
  io.device = context.block_names.Name(ma, mi);
  return io;
}

// "8:0" at the cursor.
bool DeviceNumber(TextCursor& line, uint64_t& major, uint64_t& minor) {
  return line.Uint(major) && line.Literal(':') && line.Uint(minor);
}

struct BlkioMembers {
  Figure BlockIo::*read;
  Figure BlockIo::*write;
  Figure BlockIo::*discard;
  Figure BlockIo::*sync;
  Figure BlockIo::*async;
  Figure BlockIo::*total;
};

// blkio.throttle.io_service_bytes:
// 8:0 Read 4096
// 8:0 Write 0
// ...
// Total 4096
bool ParseBlkio(std::string_view text, const BlkioMembers& members, ContainerSample& sample,
                ParseContext& context) {
  TextCursor cursor(text);
  while (!cursor.done()) {
    TextCursor line(cursor.Line());
    if (line.Literal("Total ")) continue;
    uint64_t major, minor, value;
    if (!DeviceNumber(line, major, minor) || !line.Literal(' ')) return false;
    const std::string_view operation = line.Word();
    if (!line.Literal(' ') || !line.Uint(value)) return false;
    Figure BlockIo::*member = operation == "Read"      ? members.read
                              : operation == "Write"   ? members.write
                              : operation == "Discard" ? members.discard
                              : operation == "Sync"    ? members.sync
                              : operation == "Async"   ? members.async
                              : operation == "Total"   ? members.total
                                                       : nullptr;
    BlockIo& io = DeviceOf(sample, major, minor, context);
    if (member) io.*member = value;
  }
  sample.block_known = true;
  return true;
}

}  // namespace

// 8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0
//
// A device that did nothing is a number alone. Linux 5.15 and 5.16 end its line not:
//
// 7:0 7:1 254:0 rbytes=1459200 ...
bool ParseIoStat(std::string_view text, ContainerSample& sample, ParseContext& context) {
  TextCursor cursor(text);
  while (!cursor.done()) {
    TextCursor line(cursor.Line());
    uint64_t major, minor;
    if (!DeviceNumber(line, major, minor)) return false;
    BlockIo* io = nullptr;
    for (line.SkipSpaces(); !line.done(); line.SkipSpaces()) {
      const std::string_view word = line.Word();
      const size_t equals = word.find('=');
      if (equals == std::string_view::npos) {
        TextCursor next(word);
        if (!DeviceNumber(next, major, minor) || !next.done()) return false;
        io = nullptr;
        continue;
      }
      if (!io) io = &DeviceOf(sample, major, minor, context);
      const std::string_view key = word.substr(0, equals);
      Figure* figure = key == "rbytes"   ? &io->read_bytes
                       : key == "wbytes" ? &io->write_bytes
                       : key == "rios"   ? &io->reads
                       : key == "wios"   ? &io->writes
                       : key == "dbytes" ? &io->discard_bytes
                       : key == "dios"   ? &io->discards
                                         : nullptr;
      if (!figure) continue;
      TextCursor number(word.substr(equals + 1));
      uint64_t value;
      if (!number.Uint(value) || !number.done()) return false;
      *figure = value;
    }
  }
  sample.block_known = true;
  return true;
}

bool ParseBlkioBytes(std::string_view text, ContainerSample& sample, ParseContext& context) {
  static constexpr BlkioMembers kBytes{&BlockIo::read_bytes, &BlockIo::write_bytes, &BlockIo::discard_bytes,
                                       &BlockIo::sync_bytes, &BlockIo::async_bytes, &BlockIo::total_bytes};
  return ParseBlkio(text, kBytes, sample, context);
}

bool ParseBlkioCount(std::string_view text, ContainerSample& sample, ParseContext& context) {
  static constexpr BlkioMembers kCounts{&BlockIo::reads, &BlockIo::writes, &BlockIo::discards,
                                        nullptr,         nullptr,          nullptr};
  return ParseBlkio(text, kCounts, sample, context);
}

void KeepBlkioCount(const ContainerSample& last, ContainerSample& sample) {
  for (BlockIo& io : sample.block)
    for (const BlockIo& before : last.block)
      if (io.major == before.major && io.minor == before.minor) {
        io.reads = before.reads;
        io.writes = before.writes;
        io.discards = before.discards;
      }
}

}  // namespace plimsoll::collect
