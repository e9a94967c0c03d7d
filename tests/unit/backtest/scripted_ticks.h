#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "alerting/backtest/backtest.h"
#include "unit/engine/fake_ticks.h"

namespace plimsoll::alerting {

// Ticks every 10 seconds of containers that use what a test says.
class ScriptedTicks {
 public:
  struct Use {
    std::string name;
    std::optional<double> cpu;     // percent
    std::optional<double> memory;  // bytes
    std::optional<uint64_t> oom_kills;
  };
  std::map<uint32_t, Use> living;  // by number
  std::optional<double> host_cpu;

  // Valid until the next call.
  const ReadingSet& Next() {
    auto set = std::make_shared<ContainerSet>();
    set->wall = WallTime(std::chrono::seconds(1'700'000'000 + 10 * ticks_));
    set->mono = MonoTime(std::chrono::seconds(10'000 + 10 * ticks_));
    ++ticks_;
    set->containers.resize(living.size());
    set_.containers.clear();
    size_t at = 0;
    for (const auto& [id, use] : living) {
      std::shared_ptr<const Container>& who = known_[id];
      if (who == nullptr || who->name != use.name) who = ContainerOf(use.name);
      set->containers[at].who = who;
      Reading reading;
      reading.container = id;
      reading.elapsed_ms = 10'000;
      if (use.cpu) reading.cpu_us = static_cast<uint64_t>(*use.cpu * 100'000);
      if (use.memory) reading.memory_bytes = static_cast<uint64_t>(*use.memory);
      reading.oom_kills = use.oom_kills;
      set_.containers.push_back({reading, &set->containers[at++], nullptr});
    }
    auto frame = std::make_shared<Frame>();
    frame->host.cpu_percent = host_cpu;
    frame->set = std::move(set);
    set_.frame = std::move(frame);
    return set_;
  }
  uint64_t ticks() const { return static_cast<uint64_t>(ticks_); }

 private:
  static std::shared_ptr<const Container> ContainerOf(const std::string& name) {
    auto who = std::make_shared<Container>();
    who->runtime = RuntimeKind::kDocker;
    who->name = name;
    who->id = "id-" + name;
    who->cgroup = "/docker/" + who->id;
    return who;
  }

  int64_t ticks_ = 0;
  std::map<uint32_t, std::shared_ptr<const Container>> known_;
  ReadingSet set_;
};

inline BacktestOrder OrderOf(std::vector<RuleConfig> rules) {
  BacktestOrder order;
  order.config.alerting.rules = std::move(rules);
  return order;
}

}  // namespace plimsoll::alerting
