#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/exposition/exposition.h"
#include "manual_clock.h"
#include "model/reading.h"

namespace plimsoll::testing {

// What one container does in one tick. A figure that is absent is missing from
// /metrics and from the reading alike.
struct Life {
  std::string name, image = "nginx:1.25";
  Labels labels;
  bool living = true;
  std::optional<double> cpu = 1;        // percent; the limit is 200
  std::optional<uint64_t> memory = 10;  // bytes; the limit is 1000
  std::optional<uint64_t> rate = 0;     // bytes per second of network and disks, each way
  uint64_t periods = 0, throttled = 0;  // of this tick
  uint64_t threads = 1, threads_max = 100;
  uint64_t oom_kills = 0, restarts = 0;  // of this tick
  ContainerHealth health = ContainerHealth::kNone;
};

// A host whose containers do what a test says, 10 seconds a tick. Makes the
// readings that rules judge, and the body of /metrics of the same tick.
class ScriptedHost {
 public:
  static constexpr auto kInterval = std::chrono::seconds(10);

  ScriptedHost() : exposition_(CollectorConfig(), MachineInfo(), self_, clock_) {
    auto root = std::make_shared<Container>();
    root->cgroup = "/";
    root_ = root;
    host.memory_total = 1000;
    host.memory_used = 10;
    host.cpu_percent = 1;
  }

  // The next tick of these containers, by their numbers.
  ReadingSet Tick(const std::map<uint32_t, Life>& lives) {
    clock_.Pass(kInterval);
    auto set = std::make_shared<ContainerSet>();
    ++number_;
    set->number = number_;
    set->wall = clock_.Wall();
    set->mono = clock_.Mono();
    set->runtimes = std::make_shared<const std::vector<RuntimeHealth>>();
    ContainerSample root;
    root.who = root_;
    set->containers.push_back(std::move(root));
    std::vector<Reading> readings;
    for (const auto& [id, life] : lives) {
      Totals& totals = totals_[id];
      totals.periods += life.periods;
      totals.throttled += life.throttled;
      totals.oom_kills += life.oom_kills;
      totals.restarts += life.restarts;
      if (!life.living) continue;
      set->containers.push_back(SampleOf(id, life, totals));
      readings.push_back(ReadingOf(id, life));
    }
    auto frame = std::make_shared<Frame>();
    frame->sequence = number_;
    frame->wall = clock_.Wall();
    frame->mono = clock_.Mono();
    frame->host = host;
    frame->set = set;
    frame->set_is_new = true;
    ReadingSet read;
    for (size_t i = 0; i < readings.size(); ++i)
      read.containers.push_back({readings[i], &set->containers[i + 1], nullptr});
    read.frame = std::move(frame);
    return read;
  }

  std::string Metrics(const ReadingSet& set) {
    exposition_.Observe(set.frame);
    return *exposition_.Body({});
  }

  WallTime wall() const { return clock_.Wall(); }
  MonoTime mono() const { return clock_.Mono(); }

  HostSample host;

 private:
  struct Totals {
    uint64_t periods = 0, throttled = 0, oom_kills = 0, restarts = 0;
    std::shared_ptr<const Container> who;
  };

  // The number keeps containers in the order of their cgroups.
  static Container WhoOf(uint32_t id, const Life& life, const Totals& totals) {
    Container who;
    who.runtime = RuntimeKind::kDocker;
    who.id = "id" + std::to_string(1000 + id);
    who.cgroup = "/docker/" + who.id;
    who.name = life.name;
    who.image = life.image;
    who.labels = life.labels;
    who.state = ContainerState::kRunning;
    who.health = life.health;
    who.restart_count = totals.restarts;
    return who;
  }

  static ContainerSample SampleOf(uint32_t id, const Life& life, Totals& totals) {
    Container who = WhoOf(id, life, totals);
    if (totals.who == nullptr || *totals.who != who) totals.who = std::make_shared<Container>(std::move(who));
    ContainerSample sample;
    sample.who = totals.who;
    sample.cpu.quota_us = 200'000;
    sample.cpu.periods = totals.periods;
    sample.cpu.throttled_periods = totals.throttled;
    sample.memory.usage = life.memory;
    sample.memory.inactive_file = 0;
    sample.memory.oom_kills = totals.oom_kills;
    sample.pids.threads = life.threads;
    sample.pids.threads_max = life.threads_max;
    DerivedSample& derived = sample.derived;
    derived.cpu_percent = life.cpu;
    derived.cpu_limit_percent = 200;
    derived.cpu_limited = true;
    derived.memory_limit = 1000;
    derived.memory_limited = true;
    if (life.memory) derived.memory_percent = static_cast<double>(*life.memory) / 1000 * 100;
    if (life.rate)
      derived.net_rx_bytes_per_second = derived.net_tx_bytes_per_second =
          derived.block_read_bytes_per_second = derived.block_write_bytes_per_second =
              static_cast<double>(*life.rate);
    return sample;
  }

  static Reading ReadingOf(uint32_t id, const Life& life) {
    Reading reading;
    reading.container = id;
    reading.elapsed_ms = 10'000;
    if (life.cpu) reading.cpu_us = static_cast<uint64_t>(*life.cpu * 100'000);
    reading.memory_bytes = life.memory;
    if (life.rate)
      reading.net_rx_bytes = reading.net_tx_bytes = reading.block_read_bytes = reading.block_write_bytes =
          *life.rate * 10;
    reading.periods = life.periods;
    reading.throttled_periods = life.throttled;
    reading.threads = life.threads;
    reading.oom_kills = life.oom_kills;
    return reading;
  }

  ManualClock clock_;
  exposition::SelfMetrics self_;
  exposition::Exposition exposition_;
  std::shared_ptr<const Container> root_;
  std::map<uint32_t, Totals> totals_;
  uint64_t number_ = 0;
};

}  // namespace plimsoll::testing
