#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "manual_clock.h"
#include "model/frame.h"

namespace plimsoll {

// A host in memory: containers that run, use things and end, and the frames a
// collector would make of them. Times come from the test's clock.
class FrameMaker {
 public:
  explicit FrameMaker(const ManualClock& clock) : clock_(clock) {}

  // A container comes to life now, all counters at 0. The reference holds until
  // it ends; tests change what it used directly. A name that runs already makes a second one.
  ContainerSample& Run(const std::string& name, const std::string& image = "nginx:1.25") {
    auto who = std::make_shared<Container>();
    who->runtime = RuntimeKind::kDocker;
    who->id = "id" + std::to_string(++made_);
    who->cgroup = "/docker/" + who->id;
    who->name = name;
    who->image = image;
    who->state = ContainerState::kRunning;
    who->started_at = clock_.Wall();
    ContainerSample& sample = running_[who->cgroup];
    sample = ContainerSample{};
    sample.who = std::move(who);
    Born(sample);
    return sample;
  }

  // A cgroup that no runtime claims.
  ContainerSample& RunPlain(const std::string& cgroup) {
    auto who = std::make_shared<Container>();
    who->cgroup = cgroup;
    ContainerSample& sample = running_[cgroup];
    sample = ContainerSample{};
    sample.who = std::move(who);
    Born(sample);
    return sample;
  }

  // The same container and cgroup path, a new cgroup: what `docker restart` does.
  void Restart(ContainerSample& sample) {
    End(sample, false);
    const std::shared_ptr<const Container> who = sample.who;
    sample = ContainerSample{};
    sample.who = who;
    Born(sample);
  }

  // It stops now; its figures are its last. `sample` is gone afterwards.
  void Stop(ContainerSample& sample) { End(sample, true); }

  // Changes who a container is, as news from its runtime do.
  template <typename Change>
  void Rename(ContainerSample& sample, Change change) {
    auto who = std::make_shared<Container>(*sample.who);
    change(*who);
    sample.who = std::move(who);
  }

  // Plimsoll is started anew: it counts incarnations and sets from the beginning.
  void NewCollector() {
    incarnations_ = sets_ = frames_ = 0;
    ended_.clear();
    for (auto& [cgroup, sample] : running_) sample.incarnation = ++incarnations_;
  }

  // What ended until now is no longer told of.
  void NewTrail() { ended_.clear(); }

  // What the collector sees now.
  FramePtr Beat() {
    auto set = std::make_shared<ContainerSet>();
    set->number = ++sets_;
    set->wall = clock_.Wall();
    set->mono = clock_.Mono();
    for (const auto& [cgroup, sample] : running_) set->containers.push_back(sample);
    set->ended = ended_;
    set->runtimes = std::make_shared<const std::vector<RuntimeHealth>>();
    auto frame = std::make_shared<Frame>();
    frame->sequence = ++frames_;
    frame->wall = set->wall;
    frame->mono = set->mono;
    frame->host = host;
    frame->set = newest_ = std::move(set);
    frame->set_is_new = true;
    return frame;
  }

  // A frame of the host alone, between two beats.
  FramePtr HostBeat() {
    auto frame = std::make_shared<Frame>();
    frame->sequence = ++frames_;
    frame->wall = clock_.Wall();
    frame->mono = clock_.Mono();
    frame->host = host;
    frame->set = newest_;
    return frame;
  }

  HostSample host;  // of every frame from now on

 private:
  void Born(ContainerSample& sample) {
    sample.incarnation = ++incarnations_;
    sample.first_seen = sample.cgroup_created = clock_.Wall();
    sample.cpu.usage_ns = 0;
    sample.cpu.periods = sample.cpu.throttled_periods = 0;
    sample.memory.usage = 0;
    sample.memory.inactive_file = 0;
    sample.memory.oom_kills = 0;
    sample.pids.threads = 1;
    sample.net_known = sample.block_known = true;
  }

  void End(ContainerSample& sample, bool gone) {
    auto ended = std::make_shared<EndedContainer>();
    ended->last = sample;
    ended->last_seen = clock_.Wall();
    ended->ended_at = clock_.Mono();
    ended_.push_back(std::move(ended));
    if (gone) running_.erase(std::string(sample.who->cgroup));
  }

  const ManualClock& clock_;
  std::map<std::string, ContainerSample> running_;  // by cgroup
  std::vector<std::shared_ptr<const EndedContainer>> ended_;
  std::shared_ptr<const ContainerSet> newest_ = std::make_shared<ContainerSet>();
  uint64_t made_ = 0, incarnations_ = 0, sets_ = 0, frames_ = 0;
};

// An interface that has moved so many bytes since its birth.
inline NetInterface NetOf(const char* name, uint64_t rx_bytes, uint64_t tx_bytes) {
  NetInterface net;
  net.name.Set(name);
  net.rx_bytes = rx_bytes;
  net.tx_bytes = tx_bytes;
  return net;
}

inline BlockIo BlockOf(const char* device, uint32_t minor, uint64_t read_bytes, uint64_t write_bytes) {
  BlockIo io;
  io.major = 8;
  io.minor = minor;
  io.device.Set(device);
  io.read_bytes = read_bytes;
  io.write_bytes = write_bytes;
  return io;
}

}  // namespace plimsoll
