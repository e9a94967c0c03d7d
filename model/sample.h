#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/container.h"

namespace plimsoll {

// A figure the kernel gave, or nothing. Unknown is never 0.
using Figure = std::optional<uint64_t>;
using Ratio = std::optional<double>;

// Short fixed text that lives inside a sample: device and interface names.
template <size_t N>
struct ShortText {
  std::array<char, N> bytes{};  // NUL-terminated
  const char* c_str() const { return bytes.data(); }
  void Set(std::string_view text) {
    const size_t n = text.size() < N - 1 ? text.size() : N - 1;
    for (size_t i = 0; i < n; ++i) bytes[i] = text[i];
    bytes[n] = '\0';
  }
};

// Totals since the cgroup was made. Documentation/admin-guide/cgroup-v2.rst
// (cpu.stat), cgroup-v1/cpuacct.rst, scheduler/sched-bwc.rst.
struct CpuSample {
  Figure usage_ns, user_ns, system_ns;
  Figure periods, throttled_periods, throttled_ns;  // CFS bandwidth control
  Figure burst_periods, burst_ns;
  std::vector<uint64_t> per_cpu_ns;  // group "percpu"; cgroup v1 only; index is the CPU number

  // Spec. quota absent: no limit. shares in cgroup v1 units (1024 = default).
  Figure shares, period_us, quota_us;
};

// Bytes unless named otherwise. cgroup-v2.rst (memory.*), cgroup-v1/memory.rst.
struct MemorySample {
  Figure usage, max_usage, cache, rss, swap, mapped_file, kernel;
  Figure active_file, inactive_file;  // of the whole subtree
  Figure file_dirty, file_writeback;
  Figure limit_hits;                       // v1 memory.failcnt; v2 memory.events "max"
  Figure events_high, events_max;          // v2 memory.events
  Figure oom_kills;                        // processes killed: memory.events / memory.oom_control "oom_kill"
  Figure pgfault, pgmajfault;              // of this cgroup alone
  Figure total_pgfault, total_pgmajfault;  // of the subtree
  Figure pgscan, pgsteal, refault_file, refault_anon;

  // Spec. Absent: not known. kUnlimited: known, and there is none.
  static constexpr uint64_t kUnlimited = UINT64_MAX;
  Figure limit, swap_limit, reservation;

  // usage - inactive_file, never below 0: what `docker stats` shows.
  Figure WorkingSet() const {
    if (!usage || !inactive_file) return std::nullopt;
    return *usage > *inactive_file ? *usage - *inactive_file : 0;
  }
};

struct PidsSample {
  Figure threads, threads_max;  // pids.current, pids.max (kUnlimited when "max")
  Figure processes;             // lines of cgroup.procs
};

// Documentation/accounting/psi.rst. Totals in microseconds, averages in percent.
struct PressureSample {
  Figure some_total_us, full_total_us;
  Ratio some_avg10;
};

// One block device as one cgroup sees it (v1 blkio.throttle.*, v2 io.stat).
struct BlockIo {
  uint32_t major = 0, minor = 0;
  ShortText<32> device;  // "/dev/sda"; empty when the number has no name
  Figure read_bytes, write_bytes, reads, writes, discard_bytes, discards;
  // v1 only, for container_blkio_device_usage_total
  Figure sync_bytes, async_bytes, total_bytes;
  // Others of the list count its bytes, too (a volume and the disk below it): sums leave it out. Which of
  // them that is may change, so keep its last figures even then.
  bool counted_elsewhere = false;
};

// One line of /proc/PID/net/dev.
struct NetInterface {
  ShortText<16> name;  // IFNAMSIZ
  uint64_t rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_dropped = 0;
  uint64_t tx_bytes = 0, tx_packets = 0, tx_errors = 0, tx_dropped = 0;
  // Of the host: its bytes pass others of the list, too (a bond, a bridge, a VLAN): sums leave it out.
  bool counted_elsewhere = false;
  // No interface, and nameless: what all those counted together that are more than a container is shown with.
  bool is_rest = false;
};

struct HugePages {
  ShortText<16> page_size;  // "2MB"
  Figure usage, max_usage, limit_hits;
};

// Sockets by state, group "tcp" and "udp". Index as in SocketStateName.
struct SocketCounts {
  std::array<uint64_t, 12> tcp{}, tcp6{};  // kernel state numbers 1..11 (include/net/tcp_states.h); 0 unused
  struct Udp {
    uint64_t listen = 0, dropped = 0, rx_queued = 0, tx_queued = 0;
  } udp, udp6;
  bool has_tcp = false, has_tcp6 = false, has_udp = false, has_udp6 = false;
};

// Group "process": tasks by state and open descriptors.
struct ProcessSample {
  Figure file_descriptors, sockets;
  Figure sleeping, running, stopped, uninterruptible;
  Figure open_files_limit;  // the soft one of the first process
};

// Group "disk": what a container's writable layer holds.
struct DiskUsage {
  ShortText<64> device;  // of the file system that holds it
  Figure used_bytes, limit_bytes, inodes_total, inodes_free;
};

// Figures that need two samples or the whole tree; the collector makes them.
struct DerivedSample {
  Ratio cpu_percent;             // 100 = one core
  double cpu_limit_percent = 0;  // smallest quota on the path to the root, else all the host's cores
  bool cpu_limited = false;
  uint64_t memory_limit = 0;  // smallest limit on the path to the root, else the host's memory; 0: not known
  bool memory_limited = false;
  Ratio memory_percent;  // working set of memory_limit
  Ratio net_rx_bytes_per_second, net_tx_bytes_per_second;
  Ratio block_read_bytes_per_second, block_write_bytes_per_second;
  Ratio throttled_percent;  // throttled periods of elapsed periods
  // Share of the time between two readings in which something of it waited ("some"), 0..100.
  Ratio cpu_pressure_percent, memory_pressure_percent, io_pressure_percent;
};

// One container (or plain cgroup) at one moment.
struct ContainerSample {
  std::shared_ptr<const Container> who;  // never null
  // The cgroup was made anew (restart under the same path): counters began at 0.
  uint64_t incarnation = 0;
  WallTime first_seen{};
  WallTime cgroup_created{};  // birth of the cgroup directory; epoch when unknown
  CpuSample cpu;
  MemorySample memory;
  PidsSample pids;
  PressureSample cpu_pressure, memory_pressure, io_pressure;
  bool block_known = false;  // the files were read; an empty `block` then means: no I/O yet
  std::vector<BlockIo> block;
  bool net_known = false;  // likewise
  std::vector<NetInterface> net;
  std::vector<HugePages> huge_pages;     // group "hugetlb"
  std::optional<SocketCounts> sockets;   // groups "tcp", "udp"
  std::optional<ProcessSample> process;  // group "process"
  std::optional<DiskUsage> disk;         // group "disk"
  uint64_t oom_kills_before = 0;         // by earlier incarnations of the same container
  DerivedSample derived;

  // Its last start: by its runtime's word, else when it or at least its cgroup was made. Absent when not
  // known.
  std::optional<WallTime> StartedAt() const {
    if (who->started_at) return who->started_at;
    if (who->created_at) return who->created_at;
    return cgroup_created != WallTime{} ? std::optional(cgroup_created) : std::nullopt;
  }

  // Over all interfaces and devices, since the cgroup was made; absent when not known.
  Figure NetRxBytes() const {
    return Sum(net_known, net, [](const NetInterface& one) { return one.rx_bytes; });
  }
  Figure NetTxBytes() const {
    return Sum(net_known, net, [](const NetInterface& one) { return one.tx_bytes; });
  }
  Figure BlockReadBytes() const {
    return Sum(block_known, block, [](const BlockIo& one) { return one.read_bytes.value_or(0); });
  }
  Figure BlockWriteBytes() const {
    return Sum(block_known, block, [](const BlockIo& one) { return one.write_bytes.value_or(0); });
  }

 private:
  template <typename Parts, typename BytesOf>
  static Figure Sum(bool known, const Parts& parts, BytesOf bytes_of) {
    if (!known) return std::nullopt;
    uint64_t sum = 0;
    for (const auto& part : parts)
      if (!part.counted_elsewhere) sum += bytes_of(part);
    return sum;
  }
};

// One line of /proc/diskstats. Documentation/admin-guide/iostats.rst.
struct DiskStats {
  uint32_t major = 0, minor = 0;
  ShortText<32> device;  // "/dev/vda"
  uint64_t reads = 0, reads_merged = 0, sectors_read = 0, read_ms = 0;
  uint64_t writes = 0, writes_merged = 0, sectors_written = 0, write_ms = 0;
  uint64_t in_progress = 0, io_ms = 0, weighted_io_ms = 0;
};

// One mounted file system of the host that lies on a disk, by statfs(2); each device once.
struct FileSystem {
  ShortText<64> device;  // "/dev/vda1"; of ZFS its data set, "tank/data"
  uint64_t size_bytes = 0, used_bytes = 0, inodes = 0, inodes_free = 0;
};

struct HostSample {
  Ratio cpu_percent;       // 0..100 of all cores together, over the last second
  uint32_t cpu_count = 0;  // online
  Figure memory_total, memory_used, swap_total, swap_used;  // bytes; memory used = total - available
  std::vector<DiskStats> disks;
  std::vector<FileSystem> file_systems;
};

// What was found at the start. Any text may be empty (unknown).
struct MachineInfo {
  uint32_t cpu_cores = 0, physical_cores = 0, sockets = 0;
  uint64_t memory_bytes = 0, swap_bytes = 0;
  std::string machine_id, system_uuid, boot_id, kernel_version, os_version, host_name;
};

}  // namespace plimsoll
