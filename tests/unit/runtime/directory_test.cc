#include <thread>

#include "unit/runtime/directory_fixture.h"

namespace plimsoll::runtime {
namespace {

TEST_F(DirectoryTest, AnswersFromFilesAlone) {
  PutDocker(kA, "web");
  const auto answer = Start().Identify("/docker/" + kA);
  ASSERT_EQ(answer.claim, Claim::kContainer);
  EXPECT_EQ(answer.who->runtime, RuntimeKind::kDocker);
  EXPECT_EQ(answer.who->cgroup, "/docker/" + kA);
  EXPECT_EQ(answer.who->name, "web");
  EXPECT_EQ(answer.who->image, "i:1");
  EXPECT_EQ(answer.who->labels, (Labels{{"k", "v"}}));
  EXPECT_EQ(answer.who->host_network, true);
  EXPECT_TRUE(directory_->TakeChanges().empty());  // an answer is no change
  EXPECT_TRUE(HealthHas(RuntimeKind::kDocker, "file://", true));
}

TEST_F(DirectoryTest, PlainCgroupsArePlain) {
  Directory& directory = Start();
  for (const std::string& path : {std::string("/"), std::string("/system.slice/cron.service"),
                                  "/docker/" + kA + "/nested", std::string("/lxc.payload.x")}) {
    const auto answer = directory.Identify(path);
    EXPECT_EQ(answer.claim, Claim::kPlain) << path;
    ASSERT_TRUE(answer.who) << path;
    EXPECT_EQ(answer.who->cgroup, path);
    EXPECT_EQ(answer.who->runtime, RuntimeKind::kCgroup);
    EXPECT_EQ(answer.who->id + answer.who->name, "");
  }
}

TEST_F(DirectoryTest, WhatNobodyExplainsIsPendingThenShownUnderItsId) {
  Directory& directory = Start();
  const std::string path = "/machine.slice/libpod-" + kA + ".scope";
  EXPECT_EQ(directory.Identify(path).claim, Claim::kPending);
  clock_.Pass(std::chrono::milliseconds(1900));
  EXPECT_EQ(directory.Identify(path).claim, Claim::kPending);
  clock_.Pass(std::chrono::milliseconds(200));
  const auto answer = directory.Identify(path);
  ASSERT_EQ(answer.claim, Claim::kContainer);
  EXPECT_EQ(answer.who->runtime, RuntimeKind::kPodman);
  EXPECT_EQ(answer.who->id, kA);
  EXPECT_EQ(answer.who->name, kA);
  EXPECT_EQ(answer.who->cgroup, path);
}

TEST_F(DirectoryTest, AGuessIsCorrectedWhenTheFilesCome) {
  Directory& directory = Start();
  EXPECT_EQ(directory.Identify("/docker/" + kA).claim, Claim::kPending);
  clock_.Pass(std::chrono::seconds(3));
  EXPECT_EQ(directory.Identify("/docker/" + kA).who->name, kA);
  PutDocker(kA, "late");
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.name == "late"; }));
  EXPECT_EQ(newest_[kA]->cgroup, "/docker/" + kA);
}

TEST_F(DirectoryTest, ForgetsAHealthThatIsNotWrittenAnew) {
  PutDocker(
      kA, "web",
      R"({"Running":true,"StartedAt":"2023-11-14T22:13:00Z","Health":{"Status":"healthy","FailingStreak":0,
                "Log":[{"Start":"2023-11-14T22:13:19Z","End":"2023-11-14T22:13:20Z","ExitCode":0}]}})");
  EXPECT_EQ(Start().Identify("/docker/" + kA).who->health, ContainerHealth::kHealthy);
  clock_.JumpWall(std::chrono::minutes(2));
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.health == ContainerHealth::kUnknown; }));
}

TEST_F(DirectoryTest, FollowsDockersFilesWithoutASocket) {
  PutDocker(kA, "web");
  Start().Identify("/docker/" + kA);
  PutDocker(kA, "renamed");
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.name == "renamed"; }));
  directory_->Forget(kA);  // its cgroup goes before Docker writes how it ended
  PutDocker(kA, "renamed", kExited);
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.exit_code == 7; }));
  EXPECT_EQ(newest_[kA]->state, ContainerState::kExited);
  EXPECT_EQ(newest_[kA]->cgroup, "/docker/" + kA);
}

TEST_F(DirectoryTest, ARemovedContainerHasEnded) {
  PutDocker(kA, "web");
  Start().Identify("/docker/" + kA);
  std::filesystem::remove_all(root_ / ("var/lib/docker/containers/" + kA));
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.state == ContainerState::kExited; }));
  EXPECT_EQ(newest_[kA]->exit_code, std::nullopt);
  EXPECT_EQ(newest_[kA]->name, "web");
}

TEST_F(DirectoryTest, AFileThatIsBrokenForAMomentEndsNothing) {
  PutDocker(kA, "web");
  Start().Identify("/docker/" + kA);
  const std::string file = root_ / ("var/lib/docker/containers/" + kA + "/config.v2.json");
  ReplaceText(file, "{\"ID\":");
  ReplaceText(file, DockerConfig(kA, "mended", kRunning));
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.name == "mended"; }));
  EXPECT_EQ(newest_[kA]->state, ContainerState::kRunning);
}

TEST_F(DirectoryTest, AFileThatIsBrokenAtFirstIsNoAnswerUntilItIsWhole) {
  PutDocker(kA, "web");
  const std::string file = root_ / ("var/lib/docker/containers/" + kA + "/config.v2.json");
  ReplaceText(file, "{\"ID\":");
  Directory& directory = Start();
  EXPECT_EQ(directory.Identify("/docker/" + kA).claim, Claim::kPending);
  ReplaceText(file, DockerConfig(kA, "mended", kRunning));
  const auto answer = directory.Identify("/docker/" + kA);
  ASSERT_EQ(answer.claim, Claim::kContainer);
  EXPECT_EQ(answer.who->name, "mended");
}

TEST_F(DirectoryTest, RuntimesLeftOutAreIgnoredTheRootNever) {
  PutDocker(kA, "web");
  Directory& directory = Start({"podman"});
  EXPECT_EQ(directory.Identify("/docker/" + kA).claim, Claim::kIgnored);
  EXPECT_EQ(directory.Identify("/parent/" + kA).claim, Claim::kIgnored);  // its files say whose it is
  EXPECT_EQ(directory.Identify("/system.slice/docker-" + kB + ".scope").claim, Claim::kIgnored);
  EXPECT_EQ(directory.Identify("/system.slice/cron.service").claim, Claim::kIgnored);
  EXPECT_EQ(directory.Identify("/").claim, Claim::kPlain);
  EXPECT_EQ(directory.Identify("/machine.slice/libpod-" + kB + ".scope").claim, Claim::kPending);
  EXPECT_FALSE(HealthHas(RuntimeKind::kDocker, "", true));
}

TEST_F(DirectoryTest, OnlyPlainCgroups) {
  PutDocker(kA, "web");
  Directory& directory = Start({"cgroup"});
  EXPECT_EQ(directory.Identify("/docker/" + kA).claim, Claim::kIgnored);
  EXPECT_EQ(directory.Identify("/system.slice/cron.service").claim, Claim::kPlain);
}

TEST_F(DirectoryTest, ACgroupOfRuncsUsersChoiceIsExplainedAfterwards) {
  Directory& directory = Start();
  EXPECT_EQ(directory.Identify("/my/own").claim, Claim::kPlain);  // runc writes its state later
  ReplaceText(
      root_ / "run/runc/web/state.json",
      R"({"id":"web","init_process_pid":7,"cgroup_paths":{"memory":"/sys/fs/cgroup/memory/my/own"}})");
  EXPECT_TRUE(Changes("web", [](const Container& who) { return who.cgroup == "/my/own"; }));
  EXPECT_EQ(newest_["web"]->runtime, RuntimeKind::kOci);
  EXPECT_EQ(directory.Identify("/my/own").claim, Claim::kContainer);
  // The next one comes into a directory that is watched by now.
  std::filesystem::create_directories(root_ / "run/runc/db");
  ReplaceText(root_ / "run/runc/db/state.json",
              R"({"id":"db","cgroup_paths":{"memory":"/sys/fs/cgroup/memory/my/db"}})");
  EXPECT_TRUE(Changes("db", [](const Container& who) { return who.cgroup == "/my/db"; }));
  std::filesystem::remove_all(root_ / "run/runc/web");
  EXPECT_TRUE(Changes("web", [](const Container& who) { return who.state == ContainerState::kExited; }));
}

TEST_F(DirectoryTest, ABundleThatIsHalfWrittenWhenItIsFirstSeenIsReadWhenItIsWhole) {
  const auto write = [&](const std::string& id) {
    ReplaceText(
        root_ / ("run/runc/" + id + "/state.json"),
        R"({"id":")" + id + R"(","cgroup_paths":{"memory":"/sys/fs/cgroup/memory/my/)" + id + R"("}})");
  };
  std::filesystem::create_directories(root_ / "run/runc/db");
  std::filesystem::create_directories(root_ / "run/runc/given-up");
  Start();
  write("db");
  EXPECT_TRUE(Changes("db", [](const Container& who) { return who.cgroup == "/my/db"; }));
  std::filesystem::remove_all(root_ / "run/runc");  // with its last container
  EXPECT_TRUE(Changes("db", [](const Container& who) { return who.state == ContainerState::kExited; }));
  for (const char* id : {"given-up", "next"}) {
    std::filesystem::create_directories(root_ / (std::string("run/runc/") + id));
    write(id);
    EXPECT_TRUE(Changes(id, [](const Container& who) { return who.state != ContainerState::kExited; })) << id;
  }
}

TEST_F(DirectoryTest, ContainerdsPodsNeedNoSocket) {
  std::filesystem::create_directories(root_ / "run/containerd");
  std::filesystem::copy(FixturePath("containerd-1.6.20/state"), root_ / "run/containerd",
                        std::filesystem::copy_options::recursive);
  const std::string app = "cdffd5dd8ca8126c0482ba994814b9014cc9e973435d399f1cf1f69479e6b907";
  Directory& directory = Start();
  const std::string slice = "/kubepods.slice/kubepods-pod0b3a5ad0_3c39_4c1f_9f02_0e4d1d0c5a11.slice/";
  for (const std::string& path : {"/kubepods/pod0b3a5ad0-3c39-4c1f-9f02-0e4d1d0c5a11/" + app,
                                  slice + "cri-containerd-" + app + ".scope"}) {
    const auto answer = directory.Identify(path);
    ASSERT_EQ(answer.claim, Claim::kContainer) << path;
    EXPECT_EQ(answer.who->kube_pod, "web-7d9c");
    EXPECT_EQ(answer.who->kube_container, "app");
    EXPECT_EQ(answer.who->cgroup, path);
  }
  EXPECT_EQ(directory.Identify("/odd/place").who->id, "elsewhere");
}

TEST_F(DirectoryTest, PodmansDatabaseNeedsNoSocket) {
  std::filesystem::create_directories(root_ / "home/anna/.local/share/containers");
  WriteText(root_ / "etc/passwd", "anna:x:1000:1000::/home/anna:/bin/sh\n");
  std::filesystem::copy(FixturePath("podman-4.3.1/storage"),
                        root_ / "home/anna/.local/share/containers/storage",
                        std::filesystem::copy_options::recursive);
  const std::string web = "dc6c020030165916e81b6a5049ea5abb93ef90dc08c08764233f3f572329e6b8";
  const auto answer =
      Start().Identify("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + web + ".scope");
  ASSERT_EQ(answer.claim, Claim::kContainer);
  EXPECT_EQ(answer.who->name, "web");
  EXPECT_EQ(answer.who->labels.size(), 2u);
}

TEST_F(DirectoryTest, TheEngineTellsWhatNoFileDoes) {
  std::filesystem::create_directories(root_ / "run");
  FakeEngine engine(root_ / "run/docker.sock");
  engine.Put(kA, "web", "running");
  Directory& directory = Start();
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.name == "web"; }));
  EXPECT_EQ(newest_[kA]->cgroup, "");  // nobody asked yet
  const auto answer = directory.Identify("/parent/" + kA);
  ASSERT_EQ(answer.claim, Claim::kContainer);
  EXPECT_EQ(answer.who->cgroup, "/parent/" + kA);
  EXPECT_TRUE(Eventually([&] { return HealthHas(RuntimeKind::kDocker, "run/docker.sock", true); }));
  engine.Put(kA, "renamed", "running");
  engine.SendEvent("rename", kA);
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.name == "renamed"; }));
  EXPECT_EQ(newest_[kA]->cgroup, "/parent/" + kA);
}

TEST_F(DirectoryTest, TheEngineTellsHowAContainerEnded) {
  std::filesystem::create_directories(root_ / "run");
  FakeEngine engine(root_ / "run/docker.sock");
  engine.Put(kA, "web", "running");
  Start();
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.name == "web"; }));
  ASSERT_TRUE(Eventually([&] { return HealthHas(RuntimeKind::kDocker, "run/docker.sock", true); }));
  engine.Remove(kA);  // before anybody could ask how
  engine.SendEvent("die", kA, ",\"exitCode\":\"9\"");
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.exit_code == 9; }));
  EXPECT_EQ(newest_[kA]->state, ContainerState::kExited);
  EXPECT_EQ(newest_[kA]->name, "web");
  engine.SendLine(FakeEngine::EventLine("start", kB) +
                  FakeEngine::EventLine("die", kB, ",\"exitCode\":\"3\"") +
                  FakeEngine::EventLine("destroy", kB));
  EXPECT_TRUE(Changes(kB, [](const Container& who) { return who.exit_code == 3; }));
  EXPECT_EQ(newest_[kB]->name, "from-event");
}

TEST_F(DirectoryTest, AnUnknownContainerIsAskedOfTheEngine) {
  std::filesystem::create_directories(root_ / "run");
  FakeEngine engine(root_ / "run/docker.sock");
  Directory& directory = Start();
  ASSERT_TRUE(Eventually([&] { return HealthHas(RuntimeKind::kDocker, "run/docker.sock", true); }));
  engine.Put(kA, "quiet", "running");  // its event is yet to come
  EXPECT_EQ(directory.Identify("/docker/" + kA).claim, Claim::kPending);
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.name == "quiet"; }));
  EXPECT_EQ(newest_[kA]->cgroup, "/docker/" + kA);
}

TEST_F(DirectoryTest, FilesTakeOverWhenTheEngineIsLost) {
  std::filesystem::create_directories(root_ / "run");
  PutDocker(kA, "web");
  FakeEngine engine(root_ / "run/docker.sock");
  engine.Put(kA, "web", "running");
  Directory& directory = Start();
  EXPECT_TRUE(Eventually([&] { return HealthHas(RuntimeKind::kDocker, "run/docker.sock", true); }));
  EXPECT_FALSE(HealthHas(RuntimeKind::kDocker, "file://", true));  // one word per runtime is enough
  EXPECT_EQ(directory.Identify("/docker/" + kA).claim, Claim::kContainer);
  engine.Stop();
  EXPECT_TRUE(Eventually([&] { return HealthHas(RuntimeKind::kDocker, "run/docker.sock", false); }));
  EXPECT_EQ(directory.Identify("/docker/" + kA).who->name, "web");  // what was known stays known
  PutDocker(kA, "while-down");
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.name == "while-down"; }));
  engine.Put(kA, "back", "running");
  engine.Start();
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.name == "back"; }));
  EXPECT_TRUE(Eventually([&] { return HealthHas(RuntimeKind::kDocker, "run/docker.sock", true); }));
  EXPECT_EQ(directory.Identify("/docker/" + kA).who->name, "back");
}

TEST_F(DirectoryTest, RuncsAndCrunsRootsAreRuntimesThatAreUp) {
  std::filesystem::create_directories(root_ / "run/runc");
  std::filesystem::create_directories(root_ / "run/user/1000/crun");
  Start();
  EXPECT_TRUE(HealthHas(RuntimeKind::kOci, "run/runc", true));
  EXPECT_TRUE(HealthHas(RuntimeKind::kOci, "run/user/1000/crun", true));
  EXPECT_EQ(directory_->health()->size(), 2u);
}

TEST_F(DirectoryTest, ChangedLimitsAreAChangeThoughNoDescriptionHoldsThem) {
  std::filesystem::create_directories(root_ / "run");
  FakeEngine engine(root_ / "run/docker.sock");
  engine.Put(kA, "web", "running");
  Directory& directory = Start();
  ASSERT_TRUE(Eventually([&] { return HealthHas(RuntimeKind::kDocker, "run/docker.sock", true); }));
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.name == "web"; }));
  EXPECT_TRUE(directory.TakeChanges().empty());
  engine.SendEvent("update", kA);
  EXPECT_TRUE(Eventually([&] { return directory.TakeChanges().size() == 1; }));
}

TEST_F(DirectoryTest, EnginesThatNeverWereAreNotDown) {
  const auto health = Start().health();
  EXPECT_TRUE(health->empty());
}

TEST_F(DirectoryTest, ManyThreadsAtOnce) {
  std::filesystem::create_directories(root_ / "run");
  PutDocker(kA, "web");
  FakeEngine engine(root_ / "run/docker.sock");
  engine.Put(kA, "web", "running");
  engine.Put(kB, "db", "running");
  Directory& directory = Start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        directory.Identify("/docker/" + kA);
        directory.Identify("/parent/" + kB);
        directory.Identify("/system.slice/x.service");
        directory.TakeChanges();
        directory.health();
        if (t == 0) directory.Forget(kA);
      }
    });
  for (int i = 0; i < 20; ++i) {
    PutDocker(kA, "web" + std::to_string(i));
    engine.SendEvent("rename", kB);
    if (i == 10) engine.DropConnections();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Eventually([&] { return directory.Identify("/parent/" + kB).claim == Claim::kContainer; }));
}

TEST_F(DirectoryTest, StopsWithoutBeingStartedAndTwice) {
  Directory idle(config_, HostPaths{procfs_, "/sys", root_.path()}, clock_);
  idle.Stop();
  Directory& directory = Start();
  directory.Stop();
  directory.Stop();
}

}  // namespace
}  // namespace plimsoll::runtime
