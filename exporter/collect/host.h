#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/collect/file_text.h"
#include "exporter/runtime/directory.h"
#include "model/sample.h"

namespace plimsoll::collect {

// The first lines of /proc/stat, in ticks. Documentation/filesystems/proc.rst, 1.7.
struct CpuTicks {
  uint64_t total = 0, idle = 0;  // idle includes iowait: nobody ran
  uint32_t cpus = 0;             // that are online
};
bool ParseProcStat(std::string_view text, CpuTicks& ticks);

// /proc/meminfo, kB lines, into bytes.
bool ParseMeminfo(std::string_view text, HostSample& host, Figure& memory_free);

// /proc/diskstats. Devices that never did any I/O, loop and ram devices are left out.
bool ParseDiskstats(std::string_view text, std::vector<DiskStats>& disks);

// /proc/PID/mountinfo: the file systems that lie on a block device (or are zfs
// or btrfs), each once, with the mount point to ask statfs(2) at. Left out is what could keep the caller
// waiting for ever: FUSE, and what lies below an automount (that would be mounted by the question, too); and
// what another mount at the same place covers, which would answer for it.
struct Mount {
  std::string device, mount_point;
  uint32_t major = 0, minor = 0;
  bool has_one_number = true;  // what lies on btrfs or ZFS may have other device numbers than the mount
};
std::vector<Mount> ParseMountinfo(std::string_view text);

// Reads the host's own files through descriptors kept open. One thread.
class HostReader {
 public:
  explicit HostReader(const runtime::HostPaths& paths);

  // Processors and memory. Figures that cannot be read stay absent. cpu_percent needs a second call.
  void Read(HostSample& host);
  // Disks and file systems: the costlier half.
  void ReadDisks(HostSample& host);

  Figure memory_free() const { return memory_free_; }

 private:
  void ReadFileSystems(HostSample& host);

  const std::string root_prefix_;  // empty when we see the host's own root
  const std::string mountinfo_, own_mountinfo_;
  FileText text_;
  Descriptor stat_, meminfo_, diskstats_;
  std::optional<CpuTicks> last_;
  Figure memory_free_;
  std::vector<Mount> mounts_;
  unsigned since_mount_look_ = 30;  // readings; the first one looks
};

}  // namespace plimsoll::collect
