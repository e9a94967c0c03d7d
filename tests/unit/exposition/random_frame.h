#pragma once

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "model/frame.h"
#include "unit/exposition/frames.h"

namespace plimsoll::exposition::testing {

// Frames in which every figure may be there or not and every size occurs.
// Tame names are distinct and plain; wild ones are whatever bytes there are,
// doubled, empty and enormous ones among them. The same seed gives the same frames.
class RandomFrames {
 public:
  enum class Names { kTame, kWild };
  RandomFrames(uint64_t seed, Names names) : random_(seed), wild_(names == Names::kWild) {}

  FramePtr Next() {
    auto set = Set({}, ++sequence_);
    if (Chance(80)) set->containers.push_back(Container(Plain("/"), true));
    std::set<std::string> taken{"/"};
    for (uint64_t i = Below(12); i > 0; --i) {
      auto who = Who();
      if (wild_ || taken.insert(who->cgroup).second)
        set->containers.push_back(Container(std::move(who), false));
    }
    for (uint64_t i = Below(5); i > 0; --i) {
      auto who = Who();
      if (Chance(30) && !set->containers.empty()) who->cgroup = set->containers.back().who->cgroup;
      set->ended.push_back(Ended(std::move(who), static_cast<int64_t>(1 + Below(2'000'000'000))));
    }
    for (uint64_t i = Below(4); i > 0; --i) {
      set->events.push_back({static_cast<ContainerEvent::Kind>(Below(7)), Who(), At(1), {}, Below(5)});
    }
    std::vector<RuntimeHealth> runtimes(Below(3));
    for (auto& runtime : runtimes) {
      runtime.runtime = static_cast<RuntimeKind>(Below(6));
      runtime.endpoint = Text("unix:///run/");
      runtime.up = Chance(50);
    }
    set->runtimes = std::make_shared<const std::vector<RuntimeHealth>>(runtimes);
    auto frame = FrameOf(set, sequence_);
    frame->wall = At(static_cast<int64_t>(1 + Below(4'000'000'000)));
    Fill(frame->host);
    return frame;
  }

 private:
  uint64_t Below(uint64_t n) { return random_() % n; }
  bool Chance(unsigned percent) { return Below(100) < percent; }
  uint64_t Size() { return random_() >> Below(64); }
  Figure Maybe() {
    if (Chance(25)) return std::nullopt;
    if (Chance(5)) return MemorySample::kUnlimited;
    return Size();
  }
  Ratio MaybeReal() {
    if (Chance(25)) return std::nullopt;
    static constexpr double kOdd[] = {0, -0.0, 1e-320, 1e300, 0.1, 100};
    return Chance(30) ? kOdd[Below(6)] : static_cast<double>(Size()) / 1e5;
  }

  std::string Text(const std::string& prefix) {
    if (!wild_) return prefix + std::to_string(Below(1'000'000));
    switch (Below(8)) {
      case 0:
        return "";
      case 1:
        return prefix;
      case 2:
        return prefix + std::string(Below(70'000), static_cast<char>(random_()));
      case 3:
        return prefix + "\"} 1\n# EOF\n";
      default:
        break;
    }
    std::string text = Chance(50) ? prefix : "";
    static constexpr std::string_view kBytes =
        "ab\"\\\n\t\r{}=,# \0\xC3\xBC\xE2\x82\xAC\xF0\x9F\x9A\xA2\xFF\xED";
    for (uint64_t i = Below(12); i > 0; --i) text += kBytes[Below(kBytes.size())];
    return text;
  }

  std::shared_ptr<plimsoll::Container> Who() {
    auto who = Plain(Text("/docker/"));
    if (who->cgroup.empty()) who->cgroup = "/empty";  // a path begins with a slash
    who->runtime = static_cast<RuntimeKind>(Below(6));
    if (Chance(80)) who->id = Text("id");
    if (Chance(80)) who->name = Text("name");
    if (Chance(80)) who->image = Text("image:");
    if (Chance(30)) {
      who->kube_namespace = Text("ns");
      who->kube_pod = Text("pod");
      who->kube_container = Text("c");
    }
    std::map<std::string, std::string> labels;
    static const std::vector<std::string> kKeys{"com.docker.compose.project", "app", "com.example.unlisted",
                                                "a.b"};
    for (uint64_t i = Below(4); i > 0; --i) {
      labels[wild_ && Chance(50) ? Text("a-b") : kKeys[Below(kKeys.size())]] = Text("v");
    }
    who->labels.assign(labels.begin(), labels.end());
    who->state = static_cast<ContainerState>(Below(7));
    who->health = static_cast<ContainerHealth>(Below(5));
    who->restart_count = Maybe();
    if (Chance(50)) who->created_at = At(static_cast<int64_t>(Below(2'000'000'000)));
    if (Chance(50)) who->started_at = At(static_cast<int64_t>(Below(2'000'000'000)) - 1000);
    return who;
  }

  std::string Name(const char* prefix, uint64_t i) {
    return wild_ ? Text(prefix) : std::string(prefix) + std::to_string(i);
  }

  ContainerSample Container(std::shared_ptr<const plimsoll::Container> who, bool root) {
    ContainerSample s = Sample(std::move(who));
    s.cgroup_created = At(static_cast<int64_t>(Below(2)) * 1'600'000'000);
    s.incarnation = Below(3);
    s.oom_kills_before = Below(3);
    for (Figure* f : {&s.cpu.usage_ns, &s.cpu.user_ns, &s.cpu.system_ns, &s.cpu.periods,
                      &s.cpu.throttled_periods, &s.cpu.throttled_ns, &s.cpu.burst_periods, &s.cpu.burst_ns,
                      &s.cpu.shares, &s.cpu.period_us, &s.cpu.quota_us}) {
      *f = Maybe();
    }
    if (Chance(30)) s.cpu.per_cpu_ns.assign(Below(130), Size());
    MemorySample& m = s.memory;
    for (Figure* f : {&m.usage,
                      &m.max_usage,
                      &m.cache,
                      &m.rss,
                      &m.swap,
                      &m.mapped_file,
                      &m.kernel,
                      &m.active_file,
                      &m.inactive_file,
                      &m.file_dirty,
                      &m.file_writeback,
                      &m.limit_hits,
                      &m.events_high,
                      &m.events_max,
                      &m.oom_kills,
                      &m.pgfault,
                      &m.pgmajfault,
                      &m.total_pgfault,
                      &m.total_pgmajfault,
                      &m.pgscan,
                      &m.pgsteal,
                      &m.refault_file,
                      &m.refault_anon,
                      &m.limit,
                      &m.swap_limit,
                      &m.reservation}) {
      *f = Maybe();
    }
    if (m.oom_kills && *m.oom_kills > 1'000'000) m.oom_kills = 1;
    for (Figure* f : {&s.pids.threads, &s.pids.threads_max, &s.pids.processes}) *f = Maybe();
    for (PressureSample* p : {&s.cpu_pressure, &s.memory_pressure, &s.io_pressure}) {
      p->some_total_us = Maybe();
      p->full_total_us = Maybe();
    }
    for (uint64_t i = 0, n = Below(root ? 20 : 5); i < n; ++i) {
      BlockIo io = Block(Name("/dev/sd", i).c_str(), 8, static_cast<uint32_t>(wild_ ? Below(3) : i), Size());
      for (Figure* f : {&io.read_bytes, &io.write_bytes, &io.reads, &io.writes, &io.discard_bytes,
                        &io.sync_bytes, &io.async_bytes, &io.total_bytes}) {
        *f = Maybe();
      }
      s.block.push_back(io);
    }
    for (uint64_t i = 0, n = Below(root ? 20 : 4); i < n; ++i)
      s.net.push_back(Net(Name("eth", i).c_str(), Size()));
    for (uint64_t i = 0, n = Below(3); i < n; ++i) {
      HugePages pages{.usage = Maybe(), .max_usage = Maybe(), .limit_hits = Maybe()};
      pages.page_size.Set(Name("2MB", i));
      s.huge_pages.push_back(pages);
    }
    if (Chance(30)) {
      SocketCounts sockets;
      sockets.has_tcp = Chance(50);
      sockets.has_tcp6 = Chance(50);
      sockets.has_udp = Chance(50);
      sockets.has_udp6 = Chance(50);
      for (auto& count : sockets.tcp) count = Below(9);
      s.sockets = sockets;
    }
    if (Chance(30)) s.process = ProcessSample{Maybe(), Maybe(), Maybe(), Maybe(), Maybe(), Maybe(), Maybe()};
    if (Chance(30)) {
      DiskUsage disk{
          .used_bytes = Maybe(), .limit_bytes = Maybe(), .inodes_total = Maybe(), .inodes_free = Maybe()};
      disk.device.Set(Name("/dev/vd", 0));
      s.disk = disk;
    }
    DerivedSample& d = s.derived;
    for (Ratio* r :
         {&d.cpu_percent, &d.memory_percent, &d.net_rx_bytes_per_second, &d.net_tx_bytes_per_second,
          &d.block_read_bytes_per_second, &d.block_write_bytes_per_second}) {
      *r = MaybeReal();
    }
    d.cpu_limit_percent = MaybeReal().value_or(0);
    d.cpu_limited = Chance(50);
    d.memory_limit = Below(2) * Size();
    d.memory_limited = Chance(50);
    return s;
  }

  void Fill(HostSample& host) {
    host.cpu_percent = MaybeReal();
    host.memory_total = Maybe();
    host.memory_used = Maybe();
    for (uint64_t i = 0, n = Below(20); i < n; ++i) {
      DiskStats disk{.major = 254, .minor = static_cast<uint32_t>(wild_ ? Below(3) : i), .reads = Size()};
      disk.read_ms = Size();
      disk.sectors_read = Size() >> 10;
      disk.device.Set(Name("/dev/vd", i));
      host.disks.push_back(disk);
    }
    for (uint64_t i = 0, n = Below(20); i < n; ++i) {
      FileSystem fs{.size_bytes = Size(), .used_bytes = Size(), .inodes = Size(), .inodes_free = Size()};
      fs.device.Set(Name("/dev/fs", i));
      host.file_systems.push_back(fs);
    }
  }

  std::mt19937_64 random_;
  const bool wild_;
  uint64_t sequence_ = 0;
};

}  // namespace plimsoll::exposition::testing
