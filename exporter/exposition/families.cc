#include "exporter/exposition/families.h"

#include "exporter/exposition/extract.h"

namespace plimsoll::exposition {
namespace {

using namespace extract;

constexpr auto kCpu = &ContainerSample::cpu;
constexpr auto kMemory = &ContainerSample::memory;
constexpr auto kPids = &ContainerSample::pids;
constexpr auto kCpuPsi = &ContainerSample::cpu_pressure;
constexpr auto kMemoryPsi = &ContainerSample::memory_pressure;
constexpr auto kIoPsi = &ContainerSample::io_pressure;

constexpr Type kGauge = Type::kGauge;
constexpr Type kCounter = Type::kCounter;
constexpr About kCgroup = About::kCgroup;
constexpr About kContainer = About::kContainer;
constexpr About kMachine = About::kMachine;
constexpr About kHost = About::kHost;

// Names, types and labels of container_* and machine_* are cAdvisor's, so that
// what was written for it goes on working; the words are ours.
// clang-format off
constexpr Family kFamilies[] = {
    // Existence.
    {"container_last_seen", "Unix time at which the cgroup was last known to exist; stays frozen for a while after its end.", kGauge, kCgroup, "", LastSeen},
    {"container_start_time_seconds", "Unix time at which the container was last started.", kGauge, kCgroup, "", StartTime},
    {"container_creation_time_seconds", "Unix time at which the container was created.", kGauge, kCgroup, "", CreationTime},
    {"container_health_state", "1 while the container's health check passes, 0 while it fails or has not passed yet; absent without a check.", kGauge, kCgroup, "", HealthState},
    {"container_scrape_error", "1 if the containers could not be measured.", kGauge, kHost, "", Zero},

    // Processor.
    {"container_cpu_user_seconds_total", "Processor time spent in user mode.", kCounter, kCgroup, "", Scaled<kCpu, &CpuSample::user_ns, 9>},
    {"container_cpu_system_seconds_total", "Processor time spent in the kernel.", kCounter, kCgroup, "", Scaled<kCpu, &CpuSample::system_ns, 9>},
    {"container_cpu_usage_seconds_total", "Processor time used, all cores together, or by core with the group percpu.", kCounter, kCgroup, "", CpuUsage},
    {"container_cpu_cfs_periods_total", "Scheduling periods in which the cgroup wanted to run under its quota.", kCounter, kCgroup, "", OfQuota<&CpuSample::periods, 0>},
    {"container_cpu_cfs_throttled_periods_total", "Scheduling periods in which the quota ran out.", kCounter, kCgroup, "", OfQuota<&CpuSample::throttled_periods, 0>},
    {"container_cpu_cfs_throttled_seconds_total", "Time spent waiting for the next period after the quota ran out, summed over cores.", kCounter, kCgroup, "", OfQuota<&CpuSample::throttled_ns, 9>},
    {"container_cpu_cfs_burst_periods_total", "Scheduling periods in which saved-up quota was used.", kCounter, kCgroup, "", OfQuota<&CpuSample::burst_periods, 0>},
    {"container_cpu_cfs_burst_seconds_total", "Processor time taken from saved-up quota.", kCounter, kCgroup, "", OfQuota<&CpuSample::burst_ns, 9>},
    {"container_spec_cpu_period", "Length of a scheduling period in microseconds.", kGauge, kCgroup, "", Of<kCpu, &CpuSample::period_us>},
    {"container_spec_cpu_quota", "Processor time allowed per period in microseconds; absent without a limit.", kGauge, kCgroup, "", Of<kCpu, &CpuSample::quota_us>},
    {"container_spec_cpu_shares", "Weight against siblings when the processor is contended; 1024 is normal.", kGauge, kCgroup, "", Of<kCpu, &CpuSample::shares>},

    // Memory.
    {"container_memory_cache", "Page cache in bytes.", kGauge, kCgroup, "", Of<kMemory, &MemorySample::cache>},
    {"container_memory_rss", "Anonymous memory in bytes, huge pages included.", kGauge, kCgroup, "", Of<kMemory, &MemorySample::rss>},
    {"container_memory_kernel_usage", "Memory in bytes that the kernel holds on behalf of the cgroup.", kGauge, kCgroup, "", Of<kMemory, &MemorySample::kernel>},
    {"container_memory_mapped_file", "Page cache in bytes that is mapped into processes.", kGauge, kCgroup, "", Of<kMemory, &MemorySample::mapped_file>},
    {"container_memory_swap", "Memory in bytes that was moved to swap.", kGauge, kCgroup, "", Of<kMemory, &MemorySample::swap>},
    {"container_memory_failcnt", "Times that the memory limit was hit.", kCounter, kCgroup, "", Of<kMemory, &MemorySample::limit_hits>},
    {"container_memory_usage_bytes", "All memory charged to the cgroup, page cache included.", kGauge, kCgroup, "", Of<kMemory, &MemorySample::usage>},
    {"container_memory_max_usage_bytes", "Most memory ever charged to the cgroup at once.", kGauge, kCgroup, "", Of<kMemory, &MemorySample::max_usage>},
    {"container_memory_working_set_bytes", "Memory charged to the cgroup without the page cache that is easily given back.", kGauge, kCgroup, "", WorkingSet},
    {"container_memory_total_active_file_bytes", "Page cache that was used again lately, subtree included.", kGauge, kCgroup, "", Of<kMemory, &MemorySample::active_file>},
    {"container_memory_total_inactive_file_bytes", "Page cache that was not used again lately, subtree included.", kGauge, kCgroup, "", Of<kMemory, &MemorySample::inactive_file>},
    {"container_memory_failures_total", "Page faults, minor and major, of the cgroup alone and of its subtree.", kCounter, kCgroup, "", MemoryFailures},
    {"container_memory_events_high_total", "Times that processes were slowed down for being above memory.high.", kCounter, kCgroup, "", Of<kMemory, &MemorySample::events_high>},
    {"container_memory_events_max_total", "Times that the cgroup was about to go over memory.max.", kCounter, kCgroup, "", Of<kMemory, &MemorySample::events_max>},
    {"container_memory_file_dirty_bytes", "Page cache that still has to be written to disk.", kGauge, kCgroup, "", Of<kMemory, &MemorySample::file_dirty>},
    {"container_memory_file_writeback_bytes", "Page cache on its way to disk.", kGauge, kCgroup, "", Of<kMemory, &MemorySample::file_writeback>},
    {"container_memory_pgscan_total", "Pages that reclaim looked at.", kCounter, kCgroup, "", Of<kMemory, &MemorySample::pgscan>},
    {"container_memory_pgsteal_total", "Pages that reclaim took.", kCounter, kCgroup, "", Of<kMemory, &MemorySample::pgsteal>},
    {"container_memory_workingset_refault_file_total", "File pages that had to be read back soon after reclaim took them.", kCounter, kCgroup, "", Of<kMemory, &MemorySample::refault_file>},
    {"container_memory_workingset_refault_anon_total", "Anonymous pages that had to be read back soon after reclaim took them.", kCounter, kCgroup, "", Of<kMemory, &MemorySample::refault_anon>},
    {"container_oom_events_total", "Processes killed for want of memory, restarts of the container within collector.last_seen_for included.", kCounter, kCgroup, "", OomEvents},
    {"container_spec_memory_limit_bytes", "Memory limit, 0 for none; the machine's memory for the root.", kGauge, kCgroup, "", MemoryLimit},
    {"container_spec_memory_swap_limit_bytes", "Swap limit, 0 for none; the machine's swap for the root.", kGauge, kCgroup, "", SwapLimit},
    {"container_spec_memory_reservation_limit_bytes", "Memory that reclaim spares at first, 0 for none.", kGauge, kCgroup, "", ReservationLimit},

    // Huge pages.
    {"container_hugetlb_failcnt", "Times that the limit of huge pages was hit.", kCounter, kCgroup, "hugetlb", PerPageSize<&HugePages::limit_hits>},
    {"container_hugetlb_usage_bytes", "Huge pages in use.", kGauge, kCgroup, "hugetlb", PerPageSize<&HugePages::usage>},
    {"container_hugetlb_max_usage_bytes", "Most huge pages ever in use at once.", kGauge, kCgroup, "hugetlb", PerPageSize<&HugePages::max_usage>},

    // Disks: the host's are shown under id="/".
    {"container_fs_reads_bytes_total", "Bytes read from the device.", kCounter, kCgroup, "", Bytes<&DiskStats::sectors_read, &BlockIo::read_bytes>},
    {"container_fs_reads_total", "Reads completed.", kCounter, kCgroup, "", Operations<&DiskStats::reads, &BlockIo::reads>},
    {"container_fs_sector_reads_total", "Sectors of 512 bytes read.", kCounter, kCgroup, "", PerDisk<&DiskStats::sectors_read, 0>},
    {"container_fs_reads_merged_total", "Reads that were joined with a neighbour before they were issued.", kCounter, kCgroup, "", PerDisk<&DiskStats::reads_merged, 0>},
    {"container_fs_read_seconds_total", "Time that reads took, summed over reads.", kCounter, kCgroup, "", PerDisk<&DiskStats::read_ms, 3>},
    {"container_fs_writes_bytes_total", "Bytes written to the device.", kCounter, kCgroup, "", Bytes<&DiskStats::sectors_written, &BlockIo::write_bytes>},
    {"container_fs_writes_total", "Writes completed.", kCounter, kCgroup, "", Operations<&DiskStats::writes, &BlockIo::writes>},
    {"container_fs_sector_writes_total", "Sectors of 512 bytes written.", kCounter, kCgroup, "", PerDisk<&DiskStats::sectors_written, 0>},
    {"container_fs_writes_merged_total", "Writes that were joined with a neighbour before they were issued.", kCounter, kCgroup, "", PerDisk<&DiskStats::writes_merged, 0>},
    {"container_fs_write_seconds_total", "Time that writes took, summed over writes.", kCounter, kCgroup, "", PerDisk<&DiskStats::write_ms, 3>},
    {"container_fs_io_current", "Reads and writes in flight.", kGauge, kCgroup, "", PerDisk<&DiskStats::in_progress, 0>},
    {"container_fs_io_time_seconds_total", "Time during which at least one read or write was in flight.", kCounter, kCgroup, "", PerDisk<&DiskStats::io_ms, 3>},
    {"container_fs_io_time_weighted_seconds_total", "Time in flight, summed over reads and writes.", kCounter, kCgroup, "", PerDisk<&DiskStats::weighted_io_ms, 3>},
    {"container_fs_usage_bytes", "Bytes in use on the file system; for a container, of its writable layer.", kGauge, kCgroup, "", Storage<&FileSystem::used_bytes, &DiskUsage::used_bytes>},
    {"container_fs_limit_bytes", "Size of the file system, or what the container may take of it.", kGauge, kCgroup, "", Storage<&FileSystem::size_bytes, &DiskUsage::limit_bytes>},
    {"container_fs_inodes_free", "Inodes still free on the file system.", kGauge, kCgroup, "", Storage<&FileSystem::inodes_free, &DiskUsage::inodes_free>},
    {"container_fs_inodes_total", "Inodes of the file system.", kGauge, kCgroup, "", Storage<&FileSystem::inodes, &DiskUsage::inodes_total>},
    {"container_blkio_device_usage_total", "Bytes moved to and from the device by kind of operation.", kCounter, kCgroup, "", BlkioDeviceUsage},

    // Network.
    {"container_network_receive_bytes_total", "Bytes received.", kCounter, kCgroup, "", PerInterface<&NetInterface::rx_bytes>},
    {"container_network_receive_packets_total", "Packets received.", kCounter, kCgroup, "", PerInterface<&NetInterface::rx_packets>},
    {"container_network_receive_packets_dropped_total", "Packets that arrived and were dropped.", kCounter, kCgroup, "", PerInterface<&NetInterface::rx_dropped>},
    {"container_network_receive_errors_total", "Packets that arrived damaged.", kCounter, kCgroup, "", PerInterface<&NetInterface::rx_errors>},
    {"container_network_transmit_bytes_total", "Bytes sent.", kCounter, kCgroup, "", PerInterface<&NetInterface::tx_bytes>},
    {"container_network_transmit_packets_total", "Packets sent.", kCounter, kCgroup, "", PerInterface<&NetInterface::tx_packets>},
    {"container_network_transmit_packets_dropped_total", "Packets dropped instead of sent.", kCounter, kCgroup, "", PerInterface<&NetInterface::tx_dropped>},
    {"container_network_transmit_errors_total", "Packets that could not be sent.", kCounter, kCgroup, "", PerInterface<&NetInterface::tx_errors>},
    {"container_network_tcp_usage_total", "TCP sockets over IPv4 by state.", kGauge, kCgroup, "tcp", Tcp},
    {"container_network_tcp6_usage_total", "TCP sockets over IPv6 by state.", kGauge, kCgroup, "tcp", Tcp6},
    {"container_network_udp_usage_total", "UDP sockets over IPv4: listening ones, packets dropped and bytes queued.", kGauge, kCgroup, "udp", Udp},
    {"container_network_udp6_usage_total", "UDP sockets over IPv6: listening ones, packets dropped and bytes queued.", kGauge, kCgroup, "udp", Udp6},

    // Processes.
    {"container_processes", "Processes in the cgroup.", kGauge, kCgroup, "", Of<kPids, &PidsSample::processes>},
    {"container_threads", "Threads in the cgroup and below it.", kGauge, kCgroup, "", Of<kPids, &PidsSample::threads>},
    {"container_threads_max", "Threads allowed in the cgroup, 0 for no limit.", kGauge, kCgroup, "", ThreadsMax},
    {"container_tasks_state", "Processes by what they are doing.", kGauge, kCgroup, "process", TasksState},
    {"container_file_descriptors", "File descriptors open in all processes.", kGauge, kCgroup, "process", OfProcesses<&ProcessSample::file_descriptors>},
    {"container_ulimits_soft", "Soft limit of the first process: how many files it may have open.", kGauge, kCgroup, "process", UlimitsSoft},
    {"container_sockets", "Sockets open in all processes.", kGauge, kCgroup, "process", OfProcesses<&ProcessSample::sockets>},

    // Pressure.
    {"container_pressure_cpu_stalled_seconds_total", "Time during which every task that could run waited for a processor.", kCounter, kCgroup, "", Pressure<kCpuPsi, &PressureSample::full_total_us>},
    {"container_pressure_cpu_waiting_seconds_total", "Time during which some task waited for a processor.", kCounter, kCgroup, "", Pressure<kCpuPsi, &PressureSample::some_total_us>},
    {"container_pressure_memory_stalled_seconds_total", "Time during which all tasks waited for memory.", kCounter, kCgroup, "", Pressure<kMemoryPsi, &PressureSample::full_total_us>},
    {"container_pressure_memory_waiting_seconds_total", "Time during which some task waited for memory.", kCounter, kCgroup, "", Pressure<kMemoryPsi, &PressureSample::some_total_us>},
    {"container_pressure_io_stalled_seconds_total", "Time during which all tasks waited for a disk.", kCounter, kCgroup, "", Pressure<kIoPsi, &PressureSample::full_total_us>},
    {"container_pressure_io_waiting_seconds_total", "Time during which some task waited for a disk.", kCounter, kCgroup, "", Pressure<kIoPsi, &PressureSample::some_total_us>},

    // The machine.
    {"machine_cpu_cores", "Processors the operating system can run on.", kGauge, kMachine, "", Cores},
    {"machine_cpu_physical_cores", "Processor cores, each counted once however many threads it runs.", kGauge, kMachine, "", OfMachine<&MachineInfo::physical_cores>},
    {"machine_cpu_sockets", "Processor packages.", kGauge, kMachine, "", OfMachine<&MachineInfo::sockets>},
    {"machine_memory_bytes", "Memory of the machine.", kGauge, kMachine, "", MemoryBytes},
    {"machine_swap_bytes", "Swap space of the machine.", kGauge, kMachine, "", SwapBytes},
    {"machine_scrape_error", "1 if the facts about the machine could not be read.", kGauge, kHost, "", Zero},

    // Ready to read: containers of a runtime.
    {"plimsoll_container_info", "Always 1; the labels say what the container is.", kGauge, kContainer, "", Info},
    {"plimsoll_container_cpu_percent", "Processor use since the previous sample; 100 is one core.", kGauge, kContainer, "", Derived<&DerivedSample::cpu_percent>},
    {"plimsoll_container_cpu_percent_peak", "Highest plimsoll_container_cpu_percent of any sample in this scrape window and the one before; a window lasts from one scrape to the next, whoever scrapes.", kGauge, kContainer, "", CpuPeak},
    {"plimsoll_container_cpu_limit_percent", "Processor limit, the smallest on the way to the root; all cores of the host where limited is false.", kGauge, kContainer, "", CpuLimitPercent},
    {"plimsoll_container_memory_used_bytes", "Memory in use without the page cache that is easily given back, as docker stats shows it.", kGauge, kContainer, "", WorkingSet},
    {"plimsoll_container_memory_used_bytes_peak", "Highest plimsoll_container_memory_used_bytes of any sample in this scrape window and the one before; a window lasts from one scrape to the next, whoever scrapes.", kGauge, kContainer, "", MemoryPeak},
    {"plimsoll_container_memory_limit_bytes", "Memory limit, the smallest on the way to the root; the host's memory where limited is false.", kGauge, kContainer, "", LoadLineMemoryLimit},
    {"plimsoll_container_memory_percent", "Memory in use, of the limit.", kGauge, kContainer, "", Derived<&DerivedSample::memory_percent>},
    {"plimsoll_container_network_receive_bytes_per_second", "Bytes received per second since the previous sample, all interfaces together.", kGauge, kContainer, "", Derived<&DerivedSample::net_rx_bytes_per_second>},
    {"plimsoll_container_network_transmit_bytes_per_second", "Bytes sent per second since the previous sample, all interfaces together.", kGauge, kContainer, "", Derived<&DerivedSample::net_tx_bytes_per_second>},
    {"plimsoll_container_block_read_bytes_per_second", "Bytes read from disks per second since the previous sample.", kGauge, kContainer, "", Derived<&DerivedSample::block_read_bytes_per_second>},
    {"plimsoll_container_block_write_bytes_per_second", "Bytes written to disks per second since the previous sample.", kGauge, kContainer, "", Derived<&DerivedSample::block_write_bytes_per_second>},
    {"plimsoll_container_restarts_total", "Restarts by the runtime's restart policy.", kCounter, kContainer, "", Restarts},
    {"plimsoll_container_alert_state", "1 for the state in which the container is, 0 for the others: which of its alerts on processor and memory are open.", kGauge, kContainer, "", AlertState},
    {"plimsoll_container_alert_consecutive_breaches", "Samples in a row beyond the threshold, up to the number that the alert needs.", kGauge, kContainer, "", ConsecutiveBreaches},

    // Ready to read: the host, sampled every second.
    {"plimsoll_host_cpu_percent", "Processor use of the host over the last second, 0 to 100 of all its cores together.", kGauge, kHost, "", HostCpuPercent},
    {"plimsoll_host_memory_used_bytes", "Memory of the host that is not available to new processes.", kGauge, kHost, "", OfHost<&HostSample::memory_used>},
    {"plimsoll_host_memory_total_bytes", "Memory of the host.", kGauge, kHost, "", OfHost<&HostSample::memory_total>},
};
// clang-format on

}  // namespace

std::span<const Family> Families() { return kFamilies; }

}  // namespace plimsoll::exposition
