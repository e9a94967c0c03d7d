#include "unit/runtime/engine_watcher_fixture.h"

namespace plimsoll::runtime {
namespace {

TEST_F(EngineWatcherTest, TellsWhatRunsAndSkipsWhatNobodySaw) {
  engine_.Put(kA, "a", "running");
  engine_.Put(kB, "b", "paused");
  engine_.Put(kC, "c", "exited", 3);
  BecomeLive();
  EXPECT_TRUE(notebook_.Knows(kA, "a", ContainerState::kRunning));
  EXPECT_TRUE(notebook_.Knows(kB, "b", ContainerState::kPaused));
  EXPECT_FALSE(notebook_.Known(kC));
  EXPECT_EQ(notebook_.data_root(), "/nowhere/docker");
  EXPECT_EQ(watcher_.health()->version, "1.2.3");
  EXPECT_EQ(watcher_.health()->endpoint, "unix://" + (dir_ / "e.sock"));
}

TEST_F(EngineWatcherTest, FollowsEvents) {
  BecomeLive();
  engine_.Put(kA, "a", "running");
  engine_.SendEvent("start", kA);
  EXPECT_TRUE(Eventually([&] { return notebook_.Knows(kA, "a", ContainerState::kRunning); }));
  engine_.Put(kA, "renamed", "running");
  engine_.SendEvent("rename", kA);
  EXPECT_TRUE(Eventually([&] { return notebook_.Knows(kA, "renamed", ContainerState::kRunning); }));
  engine_.Put(kA, "renamed", "exited", 9);
  engine_.SendEvent("die", kA, ",\"exitCode\":\"9\"");
  EXPECT_TRUE(Eventually([&] { return notebook_.Knows(kA, "renamed", ContainerState::kExited); }));
  EXPECT_EQ(notebook_.Known(kA)->exit_code, 9);
  EXPECT_EQ(notebook_.ended(kA), (std::vector<std::optional<int>>{9}));
}

TEST_F(EngineWatcherTest, AContainerGoneBeforeItCouldBeInspectedIsToldFromItsEvents) {
  BecomeLive();
  engine_.SendEvent("start", kA);
  engine_.SendEvent("die", kA, ",\"exitCode\":\"4\",\"app\":\"batch\"");
  engine_.SendEvent("destroy", kA);
  EXPECT_TRUE(Eventually([&] { return notebook_.Knows(kA, "from-event", ContainerState::kExited); }));
  EXPECT_TRUE(Eventually([&] { return notebook_.Known(kA)->exit_code == 4; }));
  EXPECT_EQ(notebook_.Known(kA)->image, "i:1");
}

TEST_F(EngineWatcherTest, AContainerGoneBeforeAnybodyAskedIsToldFromItsEventsUnasked) {
  BecomeLive();
  engine_.SendLine(FakeEngine::EventLine("start", kA) +
                   FakeEngine::EventLine("die", kA, ",\"exitCode\":\"4\"") +
                   FakeEngine::EventLine("destroy", kA));
  EXPECT_TRUE(Eventually([&] { return notebook_.Knows(kA, "from-event", ContainerState::kExited); }));
  EXPECT_EQ(notebook_.Known(kA)->exit_code, 4);
  EXPECT_EQ(engine_.requests(kA), 0);
}

TEST_F(EngineWatcherTest, EventsInPiecesAndOfOtherThingsAreUnderstood) {
  BecomeLive();
  engine_.Put(kA, "a", "running");
  engine_.SendLine("{\"Type\":\"network\",\"Action\":\"connect\"}\n\r\n\n");
  const std::string line =
      "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"" + kA + "\"}}\n";
  for (const char c : line) engine_.SendLine(std::string(1, c));
  EXPECT_TRUE(Eventually([&] { return notebook_.Knows(kA, "a", ContainerState::kRunning); }));
}

TEST_F(EngineWatcherTest, ALostConnectionIsResyncedNothingLostNothingDoubled) {
  engine_.Put(kA, "a", "running");
  engine_.Put(kB, "b", "running");
  BecomeLive();
  EXPECT_EQ(notebook_.told(), 2);
  engine_.Stop();
  EXPECT_TRUE(Eventually([&] { return notebook_.lost() == 1; }));
  EXPECT_TRUE(HealthSays("connect"));
  // While nobody listened: a ended, b was removed, c began.
  engine_.Put(kA, "a", "exited", 2);
  engine_.Remove(kB);
  engine_.Put(kC, "c", "running");
  engine_.Start();
  EXPECT_TRUE(Eventually([&] { return notebook_.live() == 2; }));
  EXPECT_TRUE(notebook_.Knows(kA, "a", ContainerState::kExited));
  EXPECT_EQ(notebook_.Known(kA)->exit_code, 2);
  EXPECT_EQ(notebook_.ended(kB).size(), 1u);
  EXPECT_TRUE(notebook_.Knows(kC, "c", ContainerState::kRunning));
  EXPECT_EQ(notebook_.told(), 4);
  EXPECT_TRUE(Eventually([&] { return watcher_.health()->up; }));
  EXPECT_EQ(watcher_.health()->last_error, "");
}

TEST_F(EngineWatcherTest, ADroppedStreamAloneIsEnoughToResync) {
  BecomeLive();
  engine_.Put(kA, "a", "running");
  engine_.DropConnections();
  EXPECT_TRUE(Eventually([&] { return notebook_.live() == 2; }));
  EXPECT_TRUE(notebook_.Knows(kA, "a", ContainerState::kRunning));
  EXPECT_EQ(notebook_.lost(), 1);
}

TEST_F(EngineWatcherTest, SomebodysQuestionIsAnswered) {
  BecomeLive();
  engine_.Put(kA, "a", "running");
  watcher_.Ask(kA);
  watcher_.Ask(kB);  // another engine's
  EXPECT_TRUE(Eventually([&] { return notebook_.Knows(kA, "a", ContainerState::kRunning); }));
  EXPECT_TRUE(Eventually([&] { return engine_.requests(kB) == 1; }));
  EXPECT_FALSE(notebook_.Known(kB));
  EXPECT_EQ(notebook_.lost(), 0);
}

TEST_F(EngineWatcherTest, EveryBrokenAnswerIsSurvivedAndNamed) {
  struct Case {
    const char* where;
    std::string answer;
    const char* error;
  };
  const Case cases[] = {
      {"/version", "HTTP/1.1 500 Oops\r\nContent-Length: 18\r\n\r\n{\"message\":\"oops\"}",
       "status 500: oops"},
      {"/version", FakeEngine::Ok("garbage"), "/version: not JSON"},
      {"/version", "\x16\x03\x01garbage", "closed without an answer"},
      {"/events", "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", "status 400"},
      {"/containers/json", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "in the middle"},
      {"/containers/json", FakeEngine::Ok("{\"message\":\"no\"}"), "not a list"},
      {"/containers/json", FakeEngine::Ok("[{\"Id\":\"../../etc\"}]"), "no id"},
  };
  engine_.Put(kA, "a", "running");
  engine_.SetFault([](const std::string&) { return "HTTP/1.1 500 x\r\n\r\n"; });
  watcher_.Start();
  for (const Case& one : cases) {
    engine_.SetFault([&](const std::string& target) -> std::optional<std::string> {
      if (target.find(one.where) == std::string::npos) return std::nullopt;
      return one.answer;
    });
    EXPECT_TRUE(HealthSays(one.error))
        << one.where << ": " << one.error << ", but " << watcher_.health()->last_error;
    EXPECT_EQ(notebook_.live(), 0);
  }
  engine_.SetFault(nullptr);
  EXPECT_TRUE(Eventually([&] { return notebook_.live() == 1; }));
  EXPECT_TRUE(notebook_.Knows(kA, "a", ContainerState::kRunning));
}

TEST_F(EngineWatcherTest, AContainerThatCannotBeInspectedHurtsNobodyElse) {
  engine_.Put(kA, "a", "running");
  engine_.Put(kB, "b", "running");
  const std::string answers[] = {"HTTP/1.1 500 Busy\r\nContent-Length: 0\r\n\r\n", FakeEngine::Ok("[]"),
                                 FakeEngine::Ok("{\"Id\":\"" + kB + "\"}"), FakeEngine::Ok("garbage"),
                                 "nonsense"};
  int lives = 0;
  for (const std::string& answer : answers) {
    engine_.SetFault([&](const std::string& target) -> std::optional<std::string> {
      if (target.find(kA) == std::string::npos) return std::nullopt;
      return answer;
    });
    if (lives == 0) {
      watcher_.Start();
    } else {
      engine_.DropConnections();
    }
    ++lives;
    EXPECT_TRUE(Eventually([&] { return notebook_.live() == lives; })) << answer;
    EXPECT_TRUE(notebook_.Knows(kB, "b", ContainerState::kRunning));
    EXPECT_FALSE(notebook_.Known(kA));
  }
  EXPECT_EQ(notebook_.lost(), lives - 1);
  engine_.SendEvent("die", kA, ",\"exitCode\":\"4\"");  // what the event says is better than nothing
  EXPECT_TRUE(Eventually([&] { return notebook_.Knows(kA, "from-event", ContainerState::kExited); }));
  EXPECT_EQ(notebook_.Known(kA)->exit_code, 4);
}

TEST_F(EngineWatcherTest, AFailedInspectionIsRepeated) {
  BecomeLive();
  std::atomic<int> failures{2};
  engine_.SetFault([&](const std::string& target) -> std::optional<std::string> {
    if (target.find(kA) == std::string::npos || failures-- <= 0) return std::nullopt;
    return "HTTP/1.1 500 Busy\r\nContent-Length: 0\r\n\r\n";
  });
  engine_.Put(kA, "a", "running");
  engine_.SendEvent("start", kA);
  EXPECT_TRUE(Eventually([&] { return notebook_.Knows(kA, "a", ContainerState::kRunning); }));
  EXPECT_EQ(notebook_.lost(), 0);
}

TEST_F(EngineWatcherTest, AnEngineThatAnswersNothingAnyMoreIsLost) {
  EngineOptions options = Options();
  options.answer_timeout = std::chrono::milliseconds(300);
  EngineWatcher impatient(options, notebook_);
  impatient.Start();
  ASSERT_TRUE(Eventually([&] { return notebook_.live() == 1; }));
  engine_.SetFault([](const std::string&) { return ""; });
  for (const char digit : {'1', '2', '3', '4'}) engine_.SendEvent("start", FullId(digit));
  EXPECT_TRUE(Eventually([&] { return notebook_.lost() == 1; }));
}

TEST_F(EngineWatcherTest, GarbageInTheStreamIsALostConnection) {
  BecomeLive();
  engine_.SendLine("{\"Type\":\n");
  EXPECT_TRUE(Eventually([&] { return notebook_.live() == 2; }));
  engine_.SendRaw("zz\r\n");
  EXPECT_TRUE(Eventually([&] { return notebook_.live() == 3; }));
  EXPECT_EQ(notebook_.lost(), 2);
}

TEST_F(EngineWatcherTest, AnAnswerThatNeverComesIsGivenUp) {
  EngineOptions options = Options();
  options.answer_timeout = std::chrono::milliseconds(30);
  EngineWatcher impatient(options, notebook_);
  engine_.SetFault([](const std::string&) { return ""; });
  impatient.Start();
  EXPECT_TRUE(Eventually([&] {
    const auto health = impatient.health();
    return health && health->last_error.find("timed out") != std::string::npos;
  }));
}

TEST_F(EngineWatcherTest, StopsAtOnceWhateverItWaitsFor) {
  engine_.SetFault([](const std::string&) { return ""; });
  watcher_.Start();
  EXPECT_TRUE(Eventually([&] { return engine_.requests("/version") == 1; }));
  watcher_.Stop();  // in an answer of 20 s
  engine_.SetFault(nullptr);
  BecomeLive();
  watcher_.Stop();  // in a stream without end
}

TEST_F(EngineWatcherTest, AnEngineThatNeverWasIsNotDownUnlessConfigured) {
  engine_.Stop();
  EngineWatcher asked_for(Options(true), notebook_);
  watcher_.Start();
  asked_for.Start();
  EXPECT_TRUE(Eventually([&] { return !asked_for.health()->last_error.empty(); }));
  EXPECT_FALSE(asked_for.health()->up);
  EXPECT_EQ(watcher_.health(), std::nullopt);
  asked_for.Stop();
  engine_.Start();
  EXPECT_TRUE(Eventually([&] { return notebook_.live() == 1; }));
  EXPECT_TRUE(Eventually([&] { return watcher_.health() && watcher_.health()->up; }));
  engine_.Stop();
  EXPECT_TRUE(HealthSays("connect"));  // it has been there: now it is missed
}

TEST_F(EngineWatcherTest, ASocketThatAppearsEndsTheLongestPause) {
  engine_.Stop();
  EngineOptions options = Options();
  options.first_backoff = options.last_backoff = std::chrono::hours(1);
  EngineWatcher patient(options, notebook_);
  patient.Start();
  std::this_thread::sleep_for(
      std::chrono::milliseconds(50));  // most likely it waits by now; right either way
  engine_.Start();
  EXPECT_TRUE(Eventually([&] { return notebook_.live() == 1; }));
}

TEST_F(EngineWatcherTest, ASocketFileNobodyListensOnIsDown) {
  engine_.Stop();
  WriteText(dir_ / "e.sock", "");
  watcher_.Start();
  EXPECT_TRUE(HealthSays("Connection refused"));
}

// Filtering proxies in front of an engine's socket refuse this one.
TEST_F(EngineWatcherTest, AnEngineThatDoesNotSayWhereItsDataIsIsFollowedAllTheSame) {
  engine_.Put(kA, "a", "running");
  engine_.SetFault([](const std::string& target) -> std::optional<std::string> {
    if (target.find("/info") == std::string::npos) return std::nullopt;
    return "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
  });
  BecomeLive();
  EXPECT_EQ(notebook_.data_root(), "");
  EXPECT_TRUE(notebook_.Knows(kA, "a", ContainerState::kRunning));
}

TEST_F(EngineWatcherTest, ChangedLimitsAreToldThoughNoDescriptionHoldsThem) {
  engine_.Put(kA, "a", "running");
  BecomeLive();
  engine_.SendEvent("rename", kA);
  engine_.SendEvent("update", kA);
  EXPECT_TRUE(Eventually([&] { return notebook_.updated(kA) == 1; }));
}

TEST_F(EngineWatcherTest, AllQuestionsGoOverOneConnection) {
  for (const std::string& id : {kA, kB, kC}) engine_.Put(id, "x", "running");
  BecomeLive();
  EXPECT_EQ(engine_.connections(), 2) << "one for events, one for questions";
}

TEST_F(EngineWatcherTest, PodmanOnASocketThatIsCalledDockersIsPodman) {
  engine_.Put(kA, "a", "running");
  engine_.SetFault([](const std::string& target) -> std::optional<std::string> {
    if (target != "/version") return std::nullopt;
    return FakeEngine::Ok(
        R"({"Version":"4.3.1","ApiVersion":"1.41","Components":[{"Name":"Podman Engine"}]})");
  });
  BecomeLive();
  EXPECT_EQ(watcher_.health()->runtime, RuntimeKind::kPodman);
  EXPECT_EQ(watcher_.runtime(), RuntimeKind::kPodman);
  EXPECT_EQ(notebook_.Known(kA)->runtime, RuntimeKind::kPodman);
}

TEST_F(EngineWatcherTest, AnEngineOfARuntimeThatIsLeftOutIsNotFollowedAndNotDown) {
  EngineOptions options = Options();
  options.wanted = [](RuntimeKind runtime) { return runtime != RuntimeKind::kDocker; };
  EngineWatcher watcher(options, notebook_);
  watcher.Start();
  EXPECT_TRUE(Eventually([&] { return engine_.requests("/version") >= 2; }));
  EXPECT_FALSE(watcher.health());
  EXPECT_EQ(notebook_.live(), 0);
}

TEST_F(EngineWatcherTest, ASocketThatIsGoneForAWhileIsSpokenOfNoMore) {
  EngineOptions options = Options();
  options.keep_gone = std::chrono::milliseconds(0);
  EngineWatcher watcher(options, notebook_);
  watcher.Start();
  ASSERT_TRUE(Eventually([&] { return watcher.health() && watcher.health()->up; }));
  engine_.Stop();
  EXPECT_TRUE(Eventually([&] { return !watcher.health(); }));
  engine_.Start();
  EXPECT_TRUE(Eventually([&] { return watcher.health() && watcher.health()->up; }));
}

}  // namespace
}  // namespace plimsoll::runtime
