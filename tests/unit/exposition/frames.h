#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "manual_clock.h"
#include "model/clock.h"
#include "model/frame.h"

// Frames for the tests of this room, built from plain values.
namespace plimsoll::exposition::testing {

using namespace std::chrono_literals;

inline WallTime At(int64_t unix_seconds) { return WallTime{std::chrono::seconds(unix_seconds)}; }

inline std::shared_ptr<Container> Plain(std::string cgroup) {
  auto who = std::make_shared<Container>();
  who->cgroup = std::move(cgroup);
  return who;
}

inline std::shared_ptr<Container> Docker(std::string id, std::string name) {
  auto who = std::make_shared<Container>();
  who->runtime = RuntimeKind::kDocker;
  who->cgroup = "/docker/" + id;
  who->id = std::move(id);
  who->name = std::move(name);
  who->image = "nginx:1.25";
  who->state = ContainerState::kRunning;
  return who;
}

inline ContainerSample Sample(std::shared_ptr<const Container> who) {
  ContainerSample sample;
  sample.who = std::move(who);
  return sample;
}

inline std::shared_ptr<const EndedContainer> Ended(std::shared_ptr<const Container> who, int64_t last_seen) {
  auto ended = std::make_shared<EndedContainer>();
  ended->last.who = std::move(who);
  ended->last_seen = At(last_seen);
  return ended;
}

inline std::shared_ptr<ContainerSet> Set(std::vector<ContainerSample> containers, uint64_t number = 1) {
  auto set = std::make_shared<ContainerSet>();
  set->number = number;
  set->wall = At(1'700'000'000);
  set->containers = std::move(containers);
  set->runtimes = std::make_shared<const std::vector<RuntimeHealth>>();
  return set;
}

inline std::shared_ptr<Frame> FrameOf(std::shared_ptr<const ContainerSet> set, uint64_t sequence = 1) {
  auto frame = std::make_shared<Frame>();
  frame->sequence = sequence;
  frame->wall = At(1'700'000'000);
  frame->set = std::move(set);
  frame->set_is_new = true;
  return frame;
}

inline BlockIo Block(const char* device, uint32_t major, uint32_t minor, uint64_t base) {
  BlockIo io;
  io.major = major;
  io.minor = minor;
  io.device.Set(device);
  io.read_bytes = base;
  io.write_bytes = base + 1;
  io.reads = base + 2;
  io.writes = base + 3;
  return io;
}

inline NetInterface Net(const char* name, uint64_t base) {
  NetInterface net;
  net.name.Set(name);
  net.rx_bytes = base;
  net.rx_packets = base + 1;
  net.rx_errors = base + 2;
  net.rx_dropped = base + 3;
  net.tx_bytes = base + 4;
  net.tx_packets = base + 5;
  net.tx_errors = base + 6;
  net.tx_dropped = base + 7;
  return net;
}

inline MachineInfo Machine() {
  MachineInfo machine;
  machine.cpu_cores = 8;
  machine.physical_cores = 4;
  machine.sockets = 1;
  machine.memory_bytes = 16'777'216'000;
  machine.swap_bytes = 2'147'483'648;
  machine.machine_id = "0123456789abcdef0123456789abcdef";
  machine.system_uuid = "4c4c4544-0042";
  machine.boot_id = "c0ffee00-1111";
  return machine;
}

// A container with every figure that is always collected.
inline ContainerSample FullSample(std::shared_ptr<const Container> who, uint64_t base = 1000) {
  ContainerSample s = Sample(std::move(who));
  s.cgroup_created = At(1'699'999'000);
  s.cpu = {.usage_ns = base * 1'000'000'007,
           .user_ns = base * 700'000'003,
           .system_ns = base * 300'000'004,
           .periods = base + 1,
           .throttled_periods = base / 2,
           .throttled_ns = base * 1001,
           .burst_periods = 3,
           .burst_ns = 1'500'000'000,
           .shares = 512,
           .period_us = 100'000,
           .quota_us = 30'000};
  s.memory = {.usage = base * 4096 + 8192,
              .max_usage = base * 8192,
              .cache = base * 1024,
              .rss = base * 2048,
              .swap = 0,
              .mapped_file = base * 512,
              .kernel = base * 64,
              .active_file = base * 256,
              .inactive_file = base * 768,
              .file_dirty = 4096,
              .file_writeback = 0,
              .limit_hits = 2,
              .events_high = 5,
              .events_max = 6,
              .oom_kills = 1,
              .pgfault = base * 3,
              .pgmajfault = 4,
              .total_pgfault = base * 5,
              .total_pgmajfault = 6,
              .pgscan = 11,
              .pgsteal = 12,
              .refault_file = 13,
              .refault_anon = 14,
              .limit = 536'870'912,
              .swap_limit = MemorySample::kUnlimited,
              .reservation = MemorySample::kUnlimited};
  s.pids = {.threads = 17, .threads_max = MemorySample::kUnlimited, .processes = 5};
  s.cpu_pressure = {.some_total_us = base * 13, .full_total_us = base * 11};
  s.memory_pressure = {.some_total_us = 1'000'001, .full_total_us = 999'999};
  s.io_pressure = {.some_total_us = 20, .full_total_us = 0};
  s.block = {Block("/dev/sda", 8, 0, base), Block("", 253, 1, base + 10)};
  s.net = {Net("eth0", base), Net("eth1", base * 2)};
  s.derived.cpu_percent = 12.5;
  s.derived.cpu_limit_percent = 30;
  s.derived.cpu_limited = true;
  s.derived.memory_limit = 536'870'912;
  s.derived.memory_limited = true;
  s.derived.memory_percent = 0.1;
  s.derived.net_rx_bytes_per_second = 1e6 / 3;
  s.derived.net_tx_bytes_per_second = 0;
  s.derived.block_read_bytes_per_second = 4096;
  s.derived.block_write_bytes_per_second = 1e21;
  return s;
}

inline HostSample Host() {
  HostSample host;
  host.cpu_percent = 53.25;
  host.cpu_count = 8;
  host.memory_total = 16'777'216'000;
  host.memory_used = 4'294'967'296;
  DiskStats disk{.major = 254,
                 .minor = 0,
                 .reads = 101,
                 .reads_merged = 7,
                 .sectors_read = 4096,
                 .read_ms = 1234,
                 .writes = 202,
                 .writes_merged = 8,
                 .sectors_written = 8192,
                 .write_ms = 5,
                 .in_progress = 2,
                 .io_ms = 999,
                 .weighted_io_ms = 1000};
  disk.device.Set("/dev/vda");
  host.disks = {disk};
  FileSystem root{
      .size_bytes = 10'737'418'240, .used_bytes = 5'368'709'120, .inodes = 655'360, .inodes_free = 600'000};
  root.device.Set("/dev/vda1");
  host.file_systems = {root};
  return host;
}

// The frame of the golden scrape: a root, a service, Docker with and without
// limits, a pod, one of each costly group, containers that ended.
inline FramePtr GoldenFrame() {
  ContainerSample root = Sample(Plain("/"));
  root.cgroup_created = At(1'690'000'000);
  root.cpu.usage_ns = 123'456'789'012'345'678;
  root.cpu.shares = 1024;
  root.memory.usage = 9'000'000'000;
  root.memory.inactive_file = 1'000'000'000;
  root.memory.limit = MemorySample::kUnlimited;
  root.net = {Net("eth0", 70'000)};

  auto web = Docker("aa11", "web-1");
  web->labels = {{"com.docker.compose.project", "shop"},
                 {"com.docker.compose.service", "we\"b\\\n\xc3\xbc"},
                 {"com.example.hidden", "not on the list"}};
  web->health = ContainerHealth::kHealthy;
  web->restart_count = 3;
  web->created_at = At(1'699'000'000);
  web->started_at = At(1'699'500'000);
  ContainerSample web_sample = FullSample(web);
  web_sample.oom_kills_before = 2;

  auto idle = Docker("bb22", "idle");
  idle->state = ContainerState::kPaused;
  idle->health = ContainerHealth::kStarting;
  ContainerSample idle_sample = Sample(idle);
  idle_sample.cpu.usage_ns = 1;
  idle_sample.cpu.periods = 0;
  idle_sample.memory.usage = 0;
  idle_sample.derived.cpu_limit_percent = 800;
  idle_sample.derived.memory_limit = 16'777'216'000;

  auto pod = Plain("/kubepods/burstable/pod1/cc33");
  pod->runtime = RuntimeKind::kContainerd;
  pod->id = "cc33";
  pod->name = "cc33";
  pod->image = "registry.example/app@sha256:00";
  pod->kube_namespace = "prod";
  pod->kube_pod = "app-0";
  pod->kube_container = "app";
  pod->labels = {{"app", "app"}, {"app.kubernetes.io/name", "app"}};
  pod->state = ContainerState::kRunning;
  ContainerSample pod_sample = FullSample(pod, 7);
  pod_sample.cpu.per_cpu_ns = {5'000'000'000, 2'000'000'001};
  HugePages pages{.usage = 2'097'152, .max_usage = 4'194'304, .limit_hits = 1};
  pages.page_size.Set("2MB");
  pod_sample.huge_pages = {pages};
  SocketCounts sockets;
  sockets.has_tcp = sockets.has_tcp6 = sockets.has_udp = sockets.has_udp6 = true;
  for (uint64_t i = 1; i < 12; ++i) sockets.tcp[i] = i;
  sockets.udp = {1, 2, 3, 4};
  pod_sample.sockets = sockets;
  pod_sample.process = ProcessSample{21, 4, 5, 1, 0, 2, 1024};
  DiskUsage disk{
      .used_bytes = 123, .limit_bytes = 10'737'418'240, .inodes_total = 655'360, .inodes_free = 600'000};
  disk.device.Set("/dev/vda1");
  pod_sample.disk = disk;

  ContainerSample service = Sample(Plain("/system.slice/ssh.service"));
  service.memory.usage = 4096;
  service.memory.inactive_file = 8192;

  auto set = Set({root, web_sample, idle_sample, pod_sample, service});
  for (size_t i = 0; i < set->containers.size(); ++i) set->containers[i].incarnation = i + 1;
  set->ended = {Ended(Docker("dd44", "job"), 1'699'999'700), Ended(Docker("aa11", "web-1"), 1'699'999'800),
                Ended(Docker("dd44", "job-again"), 1'699'999'900)};
  set->events = {{ContainerEvent::Kind::kStart, web, At(1'699'999'000), {}, 1},
                 {ContainerEvent::Kind::kStop, idle, At(1'699'999'000), 0, 1}};
  set->runtimes = std::make_shared<const std::vector<RuntimeHealth>>(std::vector<RuntimeHealth>{
      {RuntimeKind::kDocker, "unix:///var/run/docker.sock", true, "20.10", ""},
      {RuntimeKind::kPodman, "unix:///run/podman/podman.sock", false, "", "refused"}});
  set->stats = {.duration = 1500us, .beats = 10, .beats_skipped = 1, .descriptors = 500};
  auto frame = FrameOf(set);
  frame->host = Host();
  return frame;
}

inline CollectorConfig AllGroups() {
  CollectorConfig config;
  config.enable_groups = {"percpu", "tcp", "udp", "process", "disk", "hugetlb"};
  return config;
}

}  // namespace plimsoll::exposition::testing
