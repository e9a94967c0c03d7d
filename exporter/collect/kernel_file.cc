#include "exporter/collect/kernel_file.h"

#include <charconv>

namespace plimsoll::collect {
namespace {

constexpr uint64_t kNsPerUs = 1000;
constexpr uint64_t kNsPerTick = 10'000'000;  // USER_HZ is 100 on every Linux user space
constexpr uint64_t kV1Unlimited = uint64_t{1} << 62;

// "12345"
bool ParseNumber(std::string_view word, Figure& figure) {
  TextCursor cursor(word);
  uint64_t value;
  if (!cursor.Uint(value) || !cursor.done()) return false;
  figure = value;
  return true;
}

// "12345\n": a file without its newline was cut.
bool ParseFigure(std::string_view text, Figure& figure) {
  return !text.empty() && text.back() == '\n' && ParseNumber(text.substr(0, text.size() - 1), figure);
}

template <auto part, auto member>
bool One(std::string_view text, ContainerSample& sample, ParseContext&) {
  return ParseFigure(text, sample.*part.*member);
}

template <auto part, auto member>
void Keep(const ContainerSample& last, ContainerSample& sample) {
  sample.*part.*member = last.*part.*member;
}

template <auto part, auto member>
bool Limit(std::string_view text, ContainerSample& sample, ParseContext&) {
  return ParseLimit(text, sample.*part.*member);
}

template <auto pressure>
bool Pressure(std::string_view text, ContainerSample& sample, ParseContext&) {
  return ParsePressure(text, sample.*pressure);
}

// cpuacct.stat: "user 123\nsystem 45\n", in ticks of USER_HZ.
bool CpuacctStat(std::string_view text, ContainerSample& sample, ParseContext&) {
  TextCursor cursor(text);
  uint64_t user, system;
  if (!cursor.Literal("user ") || !cursor.Uint(user) || !cursor.Literal('\n')) return false;
  if (!cursor.Literal("system ") || !cursor.Uint(system)) return false;
  sample.cpu.user_ns = user * kNsPerTick;
  sample.cpu.system_ns = system * kNsPerTick;
  return true;
}

// cpuacct.usage_percpu: "123 456 \n", nanoseconds, one word for each possible CPU.
bool CpuacctPerCpu(std::string_view text, ContainerSample& sample, ParseContext&) {
  TextCursor cursor(text);
  sample.cpu.per_cpu_ns.clear();
  for (cursor.SkipSpaces(); !cursor.done() && !cursor.Literal('\n'); cursor.SkipSpaces()) {
    uint64_t value;
    if (!cursor.Uint(value)) return false;
    sample.cpu.per_cpu_ns.push_back(value);
  }
  return true;
}

bool CpuStatV1(std::string_view text, ContainerSample& sample, ParseContext& context) {
  return context.cpu_stat_v1.Parse(text, sample.cpu);
}

bool CpuStatV2(std::string_view text, ContainerSample& sample, ParseContext& context) {
  return context.cpu_stat_v2.Parse(text, sample.cpu);
}

bool MemoryStatV1(std::string_view text, ContainerSample& sample, ParseContext& context) {
  return context.memory_stat_v1.Parse(text, sample.memory);
}

bool MemoryStatV2(std::string_view text, ContainerSample& sample, ParseContext& context) {
  return context.memory_stat_v2.Parse(text, sample.memory);
}

bool MemoryEvents(std::string_view text, ContainerSample& sample, ParseContext& context) {
  if (!context.memory_events.Parse(text, sample.memory)) return false;
  sample.memory.limit_hits = sample.memory.events_max;
  return true;
}

// memory.oom_control: "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n" (oom_kill since Linux 4.13).
bool OomControl(std::string_view text, ContainerSample& sample, ParseContext&) {
  TextCursor cursor(text);
  while (!cursor.done()) {
    if (cursor.Literal("oom_kill ")) {
      uint64_t kills;
      if (!cursor.Uint(kills)) return false;
      sample.memory.oom_kills = kills;
    }
    cursor.Line();
  }
  return true;
}

// cpu.cfs_quota_us: "-1\n" (none) or microseconds.
bool CfsQuota(std::string_view text, ContainerSample& sample, ParseContext&) {
  if (text.substr(0, 2) == "-1") {
    sample.cpu.quota_us.reset();
    return true;
  }
  return ParseFigure(text, sample.cpu.quota_us);
}

bool CpuMax(std::string_view text, ContainerSample& sample, ParseContext&) {
  return ParseCpuMax(text, sample.cpu);
}

// cpu.weight: 1..10000, shown in the units of cpu.shares (2..262144) as the
// OCI runtimes convert them, rounded as they do.
bool CpuWeight(std::string_view text, ContainerSample& sample, ParseContext&) {
  Figure weight;
  if (!ParseFigure(text, weight) || *weight == 0) return false;
  sample.cpu.shares = 2 + ((*weight - 1) * 262142) / 9999;
  return true;
}

// cgroup.procs: one pid a line. A threaded cgroup has none to show (EOPNOTSUPP), so it stays absent.
bool CgroupProcs(std::string_view text, ContainerSample& sample, ParseContext&) {
  TextCursor cursor(text);
  uint64_t lines = 0;
  for (; !cursor.done(); ++lines) cursor.Line();
  sample.pids.processes = lines;
  return true;
}

using S = ContainerSample;
using M = MemorySample;
using P = PidsSample;
using C = CpuSample;
using When = KernelFile::When;

template <auto part, auto member>
constexpr KernelFile Slow(Tree tree, const char* name) {
  return {.tree = tree,
          .name = name,
          .parse = One<part, member>,
          .when = When::kSlow,
          .keep = Keep<part, member>};
}

constexpr KernelFile kFilesV1[] = {
    {Tree::kCpuacct, "cpuacct.usage", One<&S::cpu, &C::usage_ns>, When::kBeat},
    {Tree::kCpuacct, "cpuacct.stat", CpuacctStat},
    {Tree::kCpuacct, "cpuacct.usage_percpu", CpuacctPerCpu, When::kActive, kPerCpu},
    {Tree::kCpu, "cpu.stat", CpuStatV1},
    {Tree::kMemory, "memory.usage_in_bytes", One<&S::memory, &M::usage>},
    {Tree::kMemory, "memory.stat", MemoryStatV1},
    Slow<&S::memory, &M::max_usage>(Tree::kMemory, "memory.max_usage_in_bytes"),
    Slow<&S::memory, &M::limit_hits>(Tree::kMemory, "memory.failcnt"),
    Slow<&S::memory, &M::kernel>(Tree::kMemory, "memory.kmem.usage_in_bytes"),
    {Tree::kMemory, "memory.oom_control", OomControl},
    {Tree::kPids, "pids.current", One<&S::pids, &P::threads>},
    // An open file that is read again within a second shows the kernel's list of before
    // (kernel/cgroup/cgroup-v1.c, CGROUP_PIDLIST_DESTROY_DELAY), to everyone.
    {.tree = Tree::kMemory,
     .name = "cgroup.procs",
     .parse = CgroupProcs,
     .when = When::kSlow,
     .keep = Keep<&S::pids, &P::processes>,
     .opened_anew = true},
    {Tree::kBlkio, "blkio.throttle.io_service_bytes_recursive", ParseBlkioBytes, When::kActive, kAlways,
     "blkio.throttle.io_service_bytes"},
    {.tree = Tree::kBlkio,
     .name = "blkio.throttle.io_serviced_recursive",
     .parse = ParseBlkioCount,
     .when = When::kSlow,
     .instead = "blkio.throttle.io_serviced",
     .keep = KeepBlkioCount},
    {Tree::kCpu, "cpu.shares", One<&S::cpu, &C::shares>, When::kSpec},
    {Tree::kCpu, "cpu.cfs_period_us", One<&S::cpu, &C::period_us>, When::kSpec},
    {Tree::kCpu, "cpu.cfs_quota_us", CfsQuota, When::kSpec},
    {Tree::kMemory, "memory.limit_in_bytes", Limit<&S::memory, &M::limit>, When::kSpec},
    {Tree::kMemory, "memory.memsw.limit_in_bytes", Limit<&S::memory, &M::swap_limit>, When::kSpec},
    {Tree::kMemory, "memory.soft_limit_in_bytes", Limit<&S::memory, &M::reservation>, When::kSpec},
    {Tree::kPids, "pids.max", Limit<&S::pids, &P::threads_max>, When::kSpec},
};

constexpr KernelFile kFilesHybrid[] = {
    {Tree::kUnified, "cpu.pressure", Pressure<&S::cpu_pressure>},
    {Tree::kUnified, "memory.pressure", Pressure<&S::memory_pressure>},
    {Tree::kUnified, "io.pressure", Pressure<&S::io_pressure>},
};

constexpr KernelFile kFilesV2[] = {
    {Tree::kUnified, "cpu.stat", CpuStatV2, When::kBeat, kAlways, nullptr, true},
    {Tree::kUnified, "memory.current", One<&S::memory, &M::usage>},
    {Tree::kUnified, "memory.stat", MemoryStatV2},
    Slow<&S::memory, &M::max_usage>(Tree::kUnified, "memory.peak"),
    Slow<&S::memory, &M::swap>(Tree::kUnified, "memory.swap.current"),
    {Tree::kUnified, "memory.events", MemoryEvents},
    {Tree::kUnified, "pids.current", One<&S::pids, &P::threads>},
    {.tree = Tree::kUnified,
     .name = "cgroup.procs",
     .parse = CgroupProcs,
     .when = When::kSlow,
     .of_payload = true,
     .keep = Keep<&S::pids, &P::processes>},
    {Tree::kUnified, "io.stat", ParseIoStat},
    {Tree::kUnified, "cpu.pressure", Pressure<&S::cpu_pressure>},
    {Tree::kUnified, "memory.pressure", Pressure<&S::memory_pressure>},
    {Tree::kUnified, "io.pressure", Pressure<&S::io_pressure>},
    {Tree::kUnified, "cpu.weight", CpuWeight, When::kSpec, kAlways, nullptr, true},
    {Tree::kUnified, "cpu.max", CpuMax, When::kSpec, kAlways, nullptr, true},
    {Tree::kUnified, "memory.max", Limit<&S::memory, &M::limit>, When::kSpec, kAlways, nullptr, true},
    {Tree::kUnified, "memory.swap.max", Limit<&S::memory, &M::swap_limit>, When::kSpec, kAlways, nullptr,
     true},
    {Tree::kUnified, "memory.min", Limit<&S::memory, &M::reservation>, When::kSpec, kAlways, nullptr, true},
    {Tree::kUnified, "pids.max", Limit<&S::pids, &P::threads_max>, When::kSpec, kAlways, nullptr, true},
};

}  // namespace

ParseContext::ParseContext(std::string sysfs)
    : block_names(std::move(sysfs)),
      memory_stat_v1({{"total_cache", &M::cache},
                      {"total_rss", &M::rss},
                      {"total_swap", &M::swap},
                      {"total_mapped_file", &M::mapped_file},
                      {"total_inactive_file", &M::inactive_file},
                      {"total_active_file", &M::active_file},
                      {"total_dirty", &M::file_dirty},
                      {"total_writeback", &M::file_writeback},
                      {"pgfault", &M::pgfault},
                      {"pgmajfault", &M::pgmajfault},
                      {"total_pgfault", &M::total_pgfault},
                      {"total_pgmajfault", &M::total_pgmajfault},
                      {"total_workingset_refault_file", &M::refault_file},
                      {"total_workingset_refault_anon", &M::refault_anon}}),
      memory_stat_v2({{"file", &M::cache},
                      {"anon", &M::rss},
                      {"kernel", &M::kernel},
                      {"file_mapped", &M::mapped_file},
                      {"inactive_file", &M::inactive_file},
                      {"active_file", &M::active_file},
                      {"file_dirty", &M::file_dirty},
                      {"file_writeback", &M::file_writeback},
                      {"pgfault", &M::pgfault, &M::total_pgfault},
                      {"pgmajfault", &M::pgmajfault, &M::total_pgmajfault},
                      {"pgscan", &M::pgscan},
                      {"pgsteal", &M::pgsteal},
                      {"workingset_refault_file", &M::refault_file},
                      {"workingset_refault_anon", &M::refault_anon}}),
      memory_events({{"high", &M::events_high}, {"max", &M::events_max}, {"oom_kill", &M::oom_kills}}),
      cpu_stat_v1({{"nr_periods", &C::periods},
                   {"nr_throttled", &C::throttled_periods},
                   {"throttled_time", &C::throttled_ns},
                   {"nr_bursts", &C::burst_periods},
                   {"burst_time", &C::burst_ns}}),
      cpu_stat_v2({{"usage_usec", &C::usage_ns, nullptr, kNsPerUs},
                   {"user_usec", &C::user_ns, nullptr, kNsPerUs},
                   {"system_usec", &C::system_ns, nullptr, kNsPerUs},
                   {"nr_periods", &C::periods},
                   {"nr_throttled", &C::throttled_periods},
                   {"throttled_usec", &C::throttled_ns, nullptr, kNsPerUs},
                   {"nr_bursts", &C::burst_periods},
                   {"burst_usec", &C::burst_ns, nullptr, kNsPerUs}}) {}

std::span<const KernelFile> FilesV1() { return kFilesV1; }
std::span<const KernelFile> FilesV2() { return kFilesV2; }
std::span<const KernelFile> FilesHybrid() { return kFilesHybrid; }

bool ParseLimit(std::string_view text, Figure& figure) {
  if (text == "max\n") {
    figure = MemorySample::kUnlimited;
    return true;
  }
  if (!ParseFigure(text, figure)) return false;
  if (*figure >= kV1Unlimited) figure = MemorySample::kUnlimited;
  return true;
}

// cpu.max: "max 100000\n" or "10000 100000\n", microseconds.
bool ParseCpuMax(std::string_view text, CpuSample& cpu) {
  TextCursor cursor(text);
  Figure quota;
  if (!cursor.Literal("max")) {
    uint64_t value;
    if (!cursor.Uint(value)) return false;
    quota = value;
  }
  uint64_t period;
  if (!cursor.Literal(' ') || !cursor.Uint(period)) return false;
  cpu.quota_us = quota;
  cpu.period_us = period;
  return true;
}

// some avg10=0.12 avg60=0.02 avg300=0.00 total=157622151
// full avg10=0.00 avg60=0.00 avg300=0.00 total=0          (cpu: since Linux 5.13)
bool ParsePressure(std::string_view text, PressureSample& pressure) {
  TextCursor cursor(text);
  while (!cursor.done()) {
    TextCursor line(cursor.Line());
    const bool some = line.Literal("some ");
    if (!some && !line.Literal("full ")) return false;
    if (!line.Literal("avg10=")) return false;
    const std::string_view average = line.Word();
    double avg10;
    const auto [end, error] = std::from_chars(average.data(), average.data() + average.size(), avg10);
    if (error != std::errc() || end != average.data() + average.size()) return false;
    line.Word();  // avg60=
    line.Word();  // avg300=
    line.SkipSpaces();
    uint64_t total;
    if (!line.Literal("total=") || !line.Uint(total)) return false;
    if (some) pressure.some_avg10 = avg10;
    (some ? pressure.some_total_us : pressure.full_total_us) = total;
  }
  return true;
}

}  // namespace plimsoll::collect
