#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "exporter/api/sources.h"
#include "rollup/store.h"

namespace plimsoll::api {

// A history that tests write by hand, on a disk that fails when told to. Counts
// how often it was asked: live answers must not.
class FakeHistory final : public rollup::History {
 public:
  Result<rollup::EndedContainers> Ended(const std::vector<uint32_t>& living, size_t most) override {
    rollup::EndedContainers ended;
    for (const auto& one : known)
      if (std::find(living.begin(), living.end(), one.id) == living.end()) ended.newest.push_back(one);
    std::sort(ended.newest.begin(), ended.newest.end(),
              [](const auto& a, const auto& b) { return a.last_seen > b.last_seen; });
    ended.total = ended.newest.size();
    ended.newest.resize(std::min(most, ended.total));
    return Ask(std::move(ended));
  }
  Result<std::optional<rollup::KnownContainer>> Find(uint32_t id) override {
    for (const auto& one : known)
      if (one.id == id) return Ask(std::optional(one));
    return Ask(std::optional<rollup::KnownContainer>());
  }
  // The last of `points`, whichever known container is asked for.
  Result<std::optional<rollup::Point>> Latest(uint32_t id) override {
    const bool has = Holds(id) && !points.empty();
    return Ask(has ? std::optional(points.back()) : std::nullopt);
  }
  Result<std::vector<rollup::Point>> Points(const rollup::PointQuery& query) override {
    {
      const std::lock_guard lock(mutex);
      asked_points = query;
    }
    std::vector<rollup::Point> within;
    for (const rollup::Point& point : points)
      if (point.at >= query.from && point.at < query.to) within.push_back(point);
    if (query.granularity == rollup::Granularity::kRaw)
      within.resize(std::min<size_t>(within.size(), rollup::kMostPoints + 1));
    return Ask(std::move(within));
  }
  Result<std::vector<rollup::Consumer>> Top(const rollup::TopQuery& query) override {
    {
      const std::lock_guard lock(mutex);
      asked_top = query;
    }
    return Ask(consumers);
  }

  std::vector<rollup::KnownContainer> known;
  std::vector<rollup::Point> points;
  std::vector<rollup::Consumer> consumers;
  std::atomic<bool> fails{false};
  std::atomic<int> asked{0};
  std::mutex mutex;  // guards the next two
  rollup::PointQuery asked_points;
  rollup::TopQuery asked_top;

 private:
  bool Holds(uint32_t id) const {
    return std::any_of(known.begin(), known.end(), [&](const auto& one) { return one.id == id; });
  }
  template <typename T>
  Result<T> Ask(T answer) {
    ++asked;
    if (fails) return Fail("read data/plimsoll.db: disk I/O error");
    return answer;
  }
};

class FakeStore final : public rollup::Store {
 public:
  explicit FakeStore(const Clock& clock) : clock_(clock) {}

  void Attach(Companion&) override {}
  // On a real database in memory.
  Result<void> Change(const std::function<void(Database&)>& work) override { return Read(work); }
  Result<void> Read(const std::function<void(Database&)>& work) override {
    const std::lock_guard lock(mutex_);
    if (history_.fails) return Fail("disk I/O error");
    work(*database_);
    return {};
  }
  Result<std::vector<std::pair<uint32_t, AlertSetting>>> AlertSettings() override {
    const std::lock_guard lock(mutex_);
    return std::vector<std::pair<uint32_t, AlertSetting>>(settings_.begin(), settings_.end());
  }
  void Start(OnReadings, OnWrite) override {}
  void Stop() override {}
  void Observe(FramePtr) override {}
  void NoteScrape() override {}
  void Reconfigure(const StorageConfig&) override {}
  std::shared_ptr<const ReadingSet> newest() const override {
    const std::lock_guard lock(mutex_);
    return newest_;
  }
  void SetNewest(std::shared_ptr<const ReadingSet> set) {
    const std::lock_guard lock(mutex_);
    newest_ = std::move(set);
  }
  rollup::StoreStatus status() const override { return status_now; }
  FakeHistory& history() override { return history_; }

  Result<std::optional<AlertSetting>> FindAlertSetting(uint32_t container) override {
    const std::lock_guard lock(mutex_);
    if (history_.fails) return Fail("disk I/O error");
    const auto found = settings_.find(container);
    return found == settings_.end() ? std::nullopt : std::optional(found->second);
  }
  Result<AlertSetting> PutAlertSetting(uint32_t container, const AlertSetting& setting) override {
    const std::lock_guard lock(mutex_);
    if (history_.fails) return Fail("disk I/O error");
    if (setting.IsEmpty()) {
      settings_.erase(container);
      return AlertSetting();
    }
    auto [at, fresh] = settings_.try_emplace(container, setting);
    const WallTime created = fresh ? clock_.Wall() : at->second.created_at;
    at->second = setting;
    at->second.created_at = created;
    at->second.updated_at = clock_.Wall();
    return at->second;
  }

  rollup::StoreStatus status_now;

 private:
  const Clock& clock_;
  FakeHistory history_;
  mutable std::mutex mutex_;
  const std::unique_ptr<Database> database_ = std::move(*Database::OpenForWriting(":memory:"));
  std::shared_ptr<const ReadingSet> newest_;
  std::map<uint32_t, AlertSetting> settings_;
};

// Sets of readings, container by container.
class SetBuilder {
 public:
  SetBuilder(WallTime wall, uint64_t number = 1) {
    set_->number = number;
    set_->wall = wall;
    set_->runtimes = std::make_shared<std::vector<RuntimeHealth>>(
        std::vector<RuntimeHealth>{{RuntimeKind::kDocker, "unix:///var/run/docker.sock", true, "24.0", ""}});
    frame_->wall = wall;
    frame_->host.cpu_percent = 12.5;
    frame_->host.cpu_count = 4;
    frame_->host.memory_total = 8'000'000'000;
    frame_->host.memory_used = 2'000'000'000;
    ContainerSample root;
    auto host = std::make_shared<Container>();
    host->cgroup = "/";
    root.who = host;
    root.derived.net_rx_bytes_per_second = 1000;
    root.derived.net_tx_bytes_per_second = 2000;
    set_->containers.push_back(std::move(root));
  }

  static std::shared_ptr<const Container> Who(const std::string& name) {
    auto who = std::make_shared<Container>();
    who->runtime = RuntimeKind::kDocker;
    who->name = name;
    who->id = name + "-0123456789abcdef";
    who->cgroup = "/docker/" + who->id;
    who->image = "nginx:1.25";
    who->labels = {{"com.docker.compose.service", name}};
    who->state = ContainerState::kRunning;
    who->started_at = WallTime(std::chrono::seconds(1'699'999'000));
    return who;
  }

  // All figures are known and follow from `size`.
  SetBuilder& Add(uint32_t id, const std::string& name, uint64_t size) {
    ContainerSample& sample = Bare(id, name);
    Reading& reading = readings_.back();
    reading.elapsed_ms = 10'000;
    reading.cpu_us = size * 100'000;
    reading.memory_bytes = size << 20;
    sample.derived.cpu_percent = static_cast<double>(size);
    sample.derived.cpu_limit_percent = 400;
    sample.derived.cpu_limited = true;
    sample.derived.throttled_percent = 12.5;
    sample.derived.memory_limit = uint64_t{1} << 30;
    sample.derived.net_rx_bytes_per_second = static_cast<double>(size) * 10;
    sample.derived.net_tx_bytes_per_second = static_cast<double>(size) * 20;
    sample.derived.block_read_bytes_per_second = static_cast<double>(size) * 30;
    sample.derived.block_write_bytes_per_second = static_cast<double>(size) * 40;
    sample.derived.cpu_pressure_percent = 33.3333;
    sample.derived.memory_pressure_percent = 0;
    sample.derived.io_pressure_percent = 2;
    sample.net_known = sample.block_known = true;
    sample.net.resize(2);
    sample.net[0].rx_bytes = size * 100;
    sample.net[1].rx_bytes = size;
    sample.net[1].tx_bytes = size * 2;
    sample.block.resize(1);
    sample.block[0].read_bytes = size * 3;
    return *this;
  }
  // Nothing of it is known but its name.
  ContainerSample& Bare(uint32_t id, const std::string& name) {
    Reading& reading = readings_.emplace_back();
    reading.container = id;
    ContainerSample& sample = set_->containers.emplace_back();
    sample.who = Who(name);
    return sample;
  }
  SetBuilder& Happened(ContainerEvent::Kind kind, const std::string& name) {
    set_->events.push_back({kind, Who(name), set_->wall, {}, 1});
    return *this;
  }
  Frame& frame() { return *frame_; }
  ContainerSet& set() { return *set_; }

  std::shared_ptr<const ReadingSet> Done() {
    auto done = std::make_shared<ReadingSet>();
    frame_->set = set_;
    frame_->set_is_new = true;
    done->frame = frame_;
    for (size_t i = 0; i < readings_.size(); ++i)
      done->containers.push_back({readings_[i], &set_->containers[i + 1], nullptr});  // the root is the first
    return done;
  }

 private:
  std::shared_ptr<ContainerSet> set_ = std::make_shared<ContainerSet>();
  std::shared_ptr<Frame> frame_ = std::make_shared<Frame>();
  std::vector<Reading> readings_;
};

inline rollup::KnownContainer Known(uint32_t id, const std::string& name, WallTime last_seen) {
  rollup::KnownContainer known;
  known.id = id;
  known.key = "name:" + name;
  known.first_seen = last_seen - std::chrono::hours(1);
  known.last_seen = last_seen;
  known.revision.name = name;
  known.revision.runtime = "docker";
  known.revision.runtime_id = name + "-fedcba9876543210";
  known.revision.image = "busybox";
  return known;
}

}  // namespace plimsoll::api
