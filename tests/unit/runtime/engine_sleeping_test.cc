#include "unit/runtime/engine_watcher_fixture.h"

namespace plimsoll::runtime {
namespace {

// An engine whose socket systemd holds: the socket is there even when the engine is not.
class SleepingEngineTest : public EngineWatcherTest {
 protected:
  SleepingEngineTest() {
    EngineOptions options = Options();
    options.stopping = std::chrono::hours(1);
    options.sign.stops_slowly = true;
    options.sign.look = [this] {
      const std::lock_guard lock(mutex_);
      ++looks_;
      return life_;
    };
    sleeper_.emplace(options, notebook_);
    engine_.Put(kA, "a", "running");
  }
  ~SleepingEngineTest() override { sleeper_->Stop(); }
  void Live(std::optional<std::string> life) {
    const std::lock_guard lock(mutex_);
    life_ = std::move(life);
  }
  // Until the watcher has looked for a sign several times, and may have done whatever it wants.
  bool LooksAround() {
    const auto looks = [this] {
      const std::lock_guard lock(mutex_);
      return looks_;
    };
    return Eventually([&, until = looks() + 3] { return looks() >= until; });
  }
  bool BecomesLive(int times) {
    return Eventually([&] { return notebook_.live() == times && sleeper_->health(); });
  }

  std::mutex mutex_;
  std::optional<std::string> life_;
  int looks_ = 0;
  std::optional<EngineWatcher> sleeper_;
};

TEST_F(SleepingEngineTest, IsNotWokenAndNotDown) {
  sleeper_->Start();
  ASSERT_TRUE(LooksAround());
  EXPECT_EQ(engine_.connections(), 0);
  EXPECT_FALSE(sleeper_->health());
  Live("4711");
  EXPECT_TRUE(BecomesLive(1));
}

TEST_F(SleepingEngineTest, OneThatEndsTheConnectionIsConnectedToWhenItLivesAnew) {
  Live("4711");
  sleeper_->Start();
  ASSERT_TRUE(BecomesLive(1));
  const int connections = engine_.connections();
  engine_.DropConnections();
  EXPECT_TRUE(Eventually([&] { return notebook_.lost() == 1; }));
  ASSERT_TRUE(LooksAround());
  EXPECT_EQ(engine_.connections(), connections) << "it may be stopping";
  EXPECT_FALSE(sleeper_->health());
  Live("4712");
  EXPECT_TRUE(BecomesLive(2));
}

TEST_F(SleepingEngineTest, OneThatIsStoppingIsNotAskedAboutContainersThatEnd) {
  Live("4711");
  sleeper_->Start();
  ASSERT_TRUE(BecomesLive(1));
  const int connections = engine_.connections();
  engine_.DropQuestions();
  engine_.SendEvent("die", kA, ",\"exitCode\":\"137\"");
  EXPECT_TRUE(Eventually([&] { return notebook_.mentioned() == 1; })) << "all that is known of its end";
  EXPECT_EQ(notebook_.Known(kA)->exit_code, 137);
  EXPECT_EQ(engine_.connections(), connections);
}

TEST_F(SleepingEngineTest, AnAnswerThatIsTooLargeIsNotTheEngineThatEnds) {
  const std::string big[] = {kA, FullId('1'), FullId('2'), FullId('3')};
  for (const std::string& id : big) engine_.Put(id, "big", "running");
  engine_.Put(kB, "b", "running");
  engine_.SetFault([&](const std::string& target) -> std::optional<std::string> {
    for (const std::string& id : big)
      if (target.find(id) != std::string::npos) return FakeEngine::Ok(std::string(5 << 20, ' '));
    return std::nullopt;
  });
  Live("4711");
  sleeper_->Start();
  ASSERT_TRUE(BecomesLive(1));
  EXPECT_TRUE(notebook_.Knows(kB, "b", ContainerState::kRunning));
  engine_.SendEvent("die", kA, ",\"exitCode\":\"4\"");
  EXPECT_TRUE(Eventually([&] { return notebook_.Knows(kA, "from-event", ContainerState::kExited); }));
  engine_.Put(kC, "c", "running");
  engine_.SendEvent("start", kC);
  EXPECT_TRUE(Eventually([&] { return notebook_.Knows(kC, "c", ContainerState::kRunning); }));
  EXPECT_EQ(notebook_.lost(), 0);
  EXPECT_EQ(engine_.requests(kA), 2) << "once for the list, once for the event";
}

TEST_F(SleepingEngineTest, TheConnectionForQuestionsIsKeptInUse) {
  EngineOptions options = Options();
  options.sign.look = [] { return std::optional<std::string>("4711"); };
  options.sign.stops_slowly = true;
  options.ask_every = std::chrono::milliseconds(1);
  EngineWatcher watcher(options, notebook_);
  watcher.Start();
  EXPECT_TRUE(Eventually([&] { return engine_.requests("/_ping") >= 3; }));
  EXPECT_EQ(engine_.connections(), 2);
  engine_.DropQuestions();
  EXPECT_TRUE(Eventually([&] { return notebook_.lost() == 1; })) << "it is stopping";
}

TEST_F(SleepingEngineTest, OneThatWasWokenForAQuestionIsLetGo) {
  EngineOptions options = Options();
  options.sign.look = [] { return std::optional<std::string>("service"); };
  options.sign.patience = std::chrono::hours(1);
  EngineWatcher watcher(options, notebook_);
  sleeper_->Start();
  watcher.Start();
  ASSERT_TRUE(LooksAround());
  EXPECT_EQ(engine_.connections(), 0);
}

}  // namespace
}  // namespace plimsoll::runtime
