#pragma once

#include "exporter/runtime/engine_watcher.h"
#include "unit/runtime/fake_engine.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {

inline const std::string kA = FullId('a');
inline const std::string kB = FullId('b');
inline const std::string kC = FullId('c');

// Keeps what it is told; thread-safe.
class Notebook final : public EngineListener {
 public:
  void OnDescribed(int engine, Container who) override {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(engine, 7);
    ++told_;
    known_[who.id] = std::move(who);
  }
  void OnUpdated(int, const std::string& id) override {
    const std::lock_guard lock(mutex_);
    ++updated_[id];
  }
  void OnMentioned(int engine, Container who) override {
    {
      const std::lock_guard lock(mutex_);
      ++mentioned_;
    }
    if (!Known(who.id)) OnDescribed(engine, std::move(who));
  }
  void OnEnded(int, const std::string& id, std::optional<int> exit_code, std::optional<WallTime>) override {
    const std::lock_guard lock(mutex_);
    ended_[id].push_back(exit_code);
    if (!known_.contains(id)) return;
    known_[id].state = ContainerState::kExited;
    if (exit_code) known_[id].exit_code = exit_code;
  }
  void OnLive(int, const std::string& data_root) override {
    const std::lock_guard lock(mutex_);
    data_root_ = data_root;
    ++live_;
  }
  void OnLost(int) override {
    const std::lock_guard lock(mutex_);
    ++lost_;
  }
  std::vector<std::string> IdsOf(int) override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& [id, who] : known_) ids.push_back(id);
    return ids;
  }
  bool IsWanted(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    return known_.contains(id);
  }

  std::optional<Container> Known(const std::string& id) {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(id);
    return found == known_.end() ? std::nullopt : std::optional(found->second);
  }
  bool Knows(const std::string& id, const std::string& name, ContainerState state) {
    const auto who = Known(id);
    return who && who->name == name && who->state == state;
  }
  int live() { return Locked(live_); }
  int lost() { return Locked(lost_); }
  int told() { return Locked(told_); }
  int mentioned() { return Locked(mentioned_); }
  int updated(const std::string& id) {
    const std::lock_guard lock(mutex_);
    return updated_[id];
  }
  std::string data_root() {
    const std::lock_guard lock(mutex_);
    return data_root_;
  }
  std::vector<std::optional<int>> ended(const std::string& id) {
    const std::lock_guard lock(mutex_);
    return ended_[id];
  }

 private:
  int Locked(const int& number) {
    const std::lock_guard lock(mutex_);
    return number;
  }
  std::mutex mutex_;
  std::map<std::string, Container> known_;
  std::map<std::string, std::vector<std::optional<int>>> ended_;
  std::map<std::string, int> updated_;
  std::string data_root_;
  int live_ = 0, lost_ = 0, told_ = 0, mentioned_ = 0;
};

class EngineWatcherTest : public testing::Test {
 protected:
  EngineOptions Options(bool is_configured = false) {
    EngineOptions options;
    options.number = 7;
    options.socket_path = dir_ / "e.sock";
    options.is_configured = is_configured;
    options.answer_timeout = std::chrono::seconds(20);
    options.first_backoff = std::chrono::milliseconds(10);
    options.last_backoff = std::chrono::milliseconds(20);
    return options;
  }
  void BecomeLive() {
    watcher_.Start();
    ASSERT_TRUE(
        Eventually([&] { return notebook_.live() == 1 && watcher_.health() && watcher_.health()->up; }));
  }
  bool HealthSays(const std::string& part) {
    return Eventually([&] {
      const auto health = watcher_.health();
      return health && !health->up && health->last_error.find(part) != std::string::npos;
    });
  }

  TempFolder dir_;
  FakeEngine engine_{dir_ / "e.sock"};
  Notebook notebook_;
  EngineWatcher watcher_{Options(), notebook_};
};

}  // namespace plimsoll::runtime
