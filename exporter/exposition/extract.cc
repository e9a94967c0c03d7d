#include "exporter/exposition/extract.h"

#include <charconv>

namespace plimsoll::exposition::extract {
namespace {

// cAdvisor prints whole seconds. Nothing before 1970 is a time of ours.
void AddSeconds(WallTime at, Sink& out) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
  if (seconds > 0) out.Add(Number::Whole(static_cast<uint64_t>(seconds)));
}

// Limits that no machine has are "none", which cAdvisor prints as 0.
constexpr uint64_t kNoLimitAbove = uint64_t{1} << 62;

void AddLimit(const Figure& limit, Sink& out) {
  if (limit) out.Add(Number::Whole(*limit > kNoLimitAbove ? 0 : *limit));
}

class DecimalText {
 public:
  explicit DecimalText(uint64_t value) : end_(std::to_chars(text_, text_ + sizeof text_, value).ptr) {}
  std::string_view text() const { return {text_, static_cast<size_t>(end_ - text_)}; }

 private:
  char text_[20];
  char* end_;
};

// include/net/tcp_states.h, numbers 1 to 11, in cAdvisor's spelling.
constexpr std::string_view kTcpStates[] = {"",          "established", "synsent",  "synrecv",
                                           "finwait1",  "finwait2",    "timewait", "close",
                                           "closewait", "lastack",     "listen",   "closing"};

void AddTcp(const std::array<uint64_t, 12>& counts, Sink& out) {
  for (size_t state = 1; state < counts.size(); ++state) {
    out.Add(Number::Whole(counts[state]), {{"tcp_state", kTcpStates[state]}});
  }
}

void AddUdp(const SocketCounts::Udp& udp, Sink& out) {
  out.Add(Number::Whole(udp.listen), {{"udp_state", "listen"}});
  out.Add(Number::Whole(udp.dropped), {{"udp_state", "dropped"}});
  out.Add(Number::Whole(udp.rx_queued), {{"udp_state", "rxqueued"}});
  out.Add(Number::Whole(udp.tx_queued), {{"udp_state", "txqueued"}});
}

// The newest where there is one: processors, memory and swap may be added while the host is up. 0: not known.
uint64_t HostMemory(const Subject& s) { return s.frame.host.memory_total.value_or(s.machine.memory_bytes); }

// A host without swap has 0 bytes of it; that is known as soon as its memory is.
void AddHostSwap(const Subject& s, Sink& out) {
  if (HostMemory(s) != 0) out.Add(Number::Whole(s.frame.host.swap_total.value_or(s.machine.swap_bytes)));
}

std::string_view YesNo(bool yes) { return yes ? "true" : "false"; }

}  // namespace

void DeviceName::SetNumbers(uint32_t major, uint32_t minor) {
  char text[24];
  char* end = std::to_chars(text, text + 11, major).ptr;
  *end++ = ':';
  end = std::to_chars(end, end + 11, minor).ptr;
  text_.Set({text, static_cast<size_t>(end - text)});
}

void Zero(const Subject&, Sink& out) { out.Add(Number::Whole(0)); }

// The frame's time: a cgroup that is still in the newest set was there a beat
// of the host ago, even when containers are measured only every five minutes.
void LastSeen(const Subject& s, Sink& out) { AddSeconds(s.frame.wall, out); }

void StartTime(const Subject& s, Sink& out) { AddSeconds(s.sample->StartedAt().value_or(WallTime{}), out); }

void CreationTime(const Subject& s, Sink& out) {
  AddSeconds(s.sample->who->created_at.value_or(s.sample->cgroup_created), out);
}

void HealthState(const Subject& s, Sink& out) {
  const ContainerHealth health = s.sample->who->health;
  if (health == ContainerHealth::kUnknown || health == ContainerHealth::kNone) return;
  out.Add(Number::Whole(health == ContainerHealth::kHealthy ? 1 : 0));
}

void CpuUsage(const Subject& s, Sink& out) {
  const CpuSample& cpu = s.sample->cpu;
  if (cpu.per_cpu_ns.empty()) {
    if (cpu.usage_ns) out.Add(Number::Decimal(*cpu.usage_ns, 9), {{"cpu", "total"}});
    return;
  }
  for (size_t i = 0; i < cpu.per_cpu_ns.size(); ++i) {
    if (cpu.per_cpu_ns[i] == 0)
      continue;  // cgroup v1 lists all that the machine could have; so does cAdvisor
    std::string name = i < 10 ? "cpu0" : "cpu";
    name += DecimalText(i).text();
    out.Add(Number::Decimal(cpu.per_cpu_ns[i], 9), {{"cpu", name}});
  }
}

void WorkingSet(const Subject& s, Sink& out) {
  if (const Figure used = s.sample->memory.WorkingSet()) out.Add(Number::Whole(*used));
}

void MemoryFailures(const Subject& s, Sink& out) {
  const MemorySample& memory = s.sample->memory;
  const auto add = [&](const Figure& figure, std::string_view type, std::string_view scope) {
    if (figure) out.Add(Number::Whole(*figure), {{"failure_type", type}, {"scope", scope}});
  };
  add(memory.pgfault, "pgfault", "container");
  add(memory.pgmajfault, "pgmajfault", "container");
  add(memory.total_pgfault, "pgfault", "hierarchy");
  add(memory.total_pgmajfault, "pgmajfault", "hierarchy");
}

void OomEvents(const Subject& s, Sink& out) {
  const Figure& now = s.sample->memory.oom_kills;
  if (!now && s.sample->oom_kills_before == 0) return;
  out.Add(Number::Whole(s.sample->oom_kills_before + now.value_or(0)));
}

void MemoryLimit(const Subject& s, Sink& out) {
  if (!s.IsRoot()) return AddLimit(s.sample->memory.limit, out);
  if (const uint64_t bytes = HostMemory(s)) out.Add(Number::Whole(bytes));
}

void SwapLimit(const Subject& s, Sink& out) {
  if (!s.IsRoot()) return AddLimit(s.sample->memory.swap_limit, out);
  AddHostSwap(s, out);
}

void ReservationLimit(const Subject& s, Sink& out) { AddLimit(s.sample->memory.reservation, out); }

void ThreadsMax(const Subject& s, Sink& out) { AddLimit(s.sample->pids.threads_max, out); }

void TasksState(const Subject& s, Sink& out) {
  if (!s.sample->process) return;
  const ProcessSample& tasks = *s.sample->process;
  const auto add = [&](const Figure& figure, std::string_view state) {
    if (figure) out.Add(Number::Whole(*figure), {{"state", state}});
  };
  add(tasks.sleeping, "sleeping");
  add(tasks.running, "running");
  add(tasks.stopped, "stopped");
  add(tasks.uninterruptible, "uninterruptible");
}

void UlimitsSoft(const Subject& s, Sink& out) {
  if (s.sample->process && s.sample->process->open_files_limit)
    out.Add(Number::Whole(*s.sample->process->open_files_limit), {{"ulimit", "max_open_files"}});
}

void BlkioDeviceUsage(const Subject& s, Sink& out) {
  for (const BlockIo& io : s.sample->block) {
    const DeviceName device(io);
    const DecimalText major(io.major), minor(io.minor);
    const auto add = [&](const Figure& figure, std::string_view operation) {
      if (!figure) return;
      out.Add(Number::Whole(*figure), {{"device", device.text()},
                                       {"major", major.text()},
                                       {"minor", minor.text()},
                                       {"operation", operation}});
    };
    add(io.async_bytes, "Async");
    add(io.discard_bytes, "Discard");
    add(io.read_bytes, "Read");
    add(io.sync_bytes, "Sync");
    add(io.total_bytes, "Total");
    add(io.write_bytes, "Write");
  }
}

void Tcp(const Subject& s, Sink& out) {
  if (s.sample->sockets && s.sample->sockets->has_tcp) AddTcp(s.sample->sockets->tcp, out);
}

void Tcp6(const Subject& s, Sink& out) {
  if (s.sample->sockets && s.sample->sockets->has_tcp6) AddTcp(s.sample->sockets->tcp6, out);
}

void Udp(const Subject& s, Sink& out) {
  if (s.sample->sockets && s.sample->sockets->has_udp) AddUdp(s.sample->sockets->udp, out);
}

void Udp6(const Subject& s, Sink& out) {
  if (s.sample->sockets && s.sample->sockets->has_udp6) AddUdp(s.sample->sockets->udp6, out);
}

void Cores(const Subject& s, Sink& out) {
  const uint32_t cores = s.frame.host.cpu_count != 0 ? s.frame.host.cpu_count : s.machine.cpu_cores;
  if (cores != 0) out.Add(Number::Whole(cores));
}

void MemoryBytes(const Subject& s, Sink& out) {
  if (const uint64_t bytes = HostMemory(s)) out.Add(Number::Whole(bytes));
}

void SwapBytes(const Subject& s, Sink& out) { AddHostSwap(s, out); }

void CpuLimitPercent(const Subject& s, Sink& out) {
  const DerivedSample& derived = s.sample->derived;
  if (derived.cpu_limit_percent <= 0) return;
  out.Add(Number::Real(derived.cpu_limit_percent), {{"limited", YesNo(derived.cpu_limited)}});
}

void LoadLineMemoryLimit(const Subject& s, Sink& out) {
  const DerivedSample& derived = s.sample->derived;
  if (derived.memory_limit == 0) return;
  out.Add(Number::Whole(derived.memory_limit), {{"limited", YesNo(derived.memory_limited)}});
}

void CpuPeak(const Subject& s, Sink& out) {
  if (s.peak->cpu_percent) out.Add(Number::Real(*s.peak->cpu_percent));
}

void MemoryPeak(const Subject& s, Sink& out) {
  if (s.peak->memory_used) out.Add(Number::Whole(*s.peak->memory_used));
}

void Restarts(const Subject& s, Sink& out) {
  if (s.sample->who->restart_count) out.Add(Number::Whole(*s.sample->who->restart_count));
}

void AlertState(const Subject& s, Sink& out) {
  if (!s.standing) return;
  const auto add = [&](const char* state, bool cpu, bool memory) {
    const bool is_so = s.standing->cpu_alert == cpu && s.standing->memory_alert == memory;
    out.Add(Number::Whole(is_so ? 1 : 0), {{"state", state}});
  };
  add("both_alert", true, true);
  add("cpu_alert", true, false);
  add("mem_alert", false, true);
  add("normal", false, false);
}

void ConsecutiveBreaches(const Subject& s, Sink& out) {
  if (!s.standing) return;
  out.Add(Number::Whole(s.standing->cpu_breaches), {{"metric", "cpu"}});
  out.Add(Number::Whole(s.standing->memory_breaches), {{"metric", "memory"}});
}

void Info(const Subject& s, Sink& out) {
  const Container& who = *s.sample->who;
  out.Add(Number::Whole(1), {{"container", who.kube_container},
                             {"health", HealthName(who.health)},
                             {"namespace", who.kube_namespace},
                             {"pod", who.kube_pod},
                             {"runtime", RuntimeName(who.runtime)},
                             {"runtime_id", who.id},
                             {"state", StateName(who.state)}});
}

void HostCpuPercent(const Subject& s, Sink& out) {
  if (s.frame.host.cpu_percent) out.Add(Number::Real(*s.frame.host.cpu_percent));
}

}  // namespace plimsoll::exposition::extract
