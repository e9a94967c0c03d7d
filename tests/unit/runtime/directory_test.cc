#include "exporter/runtime/directory.h"

#include <functional>
#include <map>
#include <thread>

#include "unit/runtime/fake_engine.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

using Claim = Directory::Claim;

const std::string kA = FullId('a');
const std::string kB = FullId('b');

std::string DockerConfig(const std::string& id, const std::string& name, const std::string& state) {
  return "{\"ID\":\"" + id + "\",\"Name\":\"/" + name +
         "\",\"Config\":{\"Image\":\"i:1\",\"Labels\":{\"k\":\"v\"}}," +
         "\"RestartCount\":0,\"State\":" + state + "}";
}
const std::string kRunning = R"({"Running":true,"StartedAt":"2026-11-23T05:30:29Z","Pid":42,"ExitCode":0})";
const std::string kExited = R"({"Running":false,"StartedAt":"2026-11-23T05:30:29Z","ExitCode":7})";

// A host of its own below a temporary root.
class DirectoryTest : public testing::Test {
 protected:
  DirectoryTest() { ::unsetenv("DOCKER_HOST"); }

  Directory& Start(const std::vector<std::string>& runtimes = {"auto"}) {
    config_.runtimes = runtimes;
    directory_ = std::make_unique<Directory>(config_, HostPaths{procfs_, "/sys", root_.path()}, clock_);
    directory_->Start();
    return *directory_;
  }
  void PutDocker(const std::string& id, const std::string& name, const std::string& state = kRunning) {
    ReplaceText(root_ / ("var/lib/docker/containers/" + id + "/config.v2.json"),
                DockerConfig(id, name, state));
    ReplaceText(root_ / ("var/lib/docker/containers/" + id + "/hostconfig.json"),
                R"({"NetworkMode":"host"})");
  }
  // Takes changes until one of `id` satisfies `condition`.
  bool Changes(const std::string& id, const std::function<bool(const Container&)>& condition) {
    return Eventually([&] {
      for (const auto& who : directory_->TakeChanges()) newest_[who->id] = who;
      const auto found = newest_.find(id);
      return found != newest_.end() && condition(*found->second);
    });
  }
  bool HealthHas(RuntimeKind runtime, const std::string& endpoint, bool up) {
    const auto health = directory_->health();
    for (const RuntimeHealth& one : *health)
      if (one.runtime == runtime && one.endpoint.find(endpoint) != std::string::npos && one.up == up)
        return true;
    return false;
  }

  TempFolder root_;
  std::string procfs_ = "/proc";
  ManualClock clock_;
  CollectorConfig config_;
  std::unique_ptr<Directory> directory_;
  std::map<std::string, std::shared_ptr<const Container>> newest_;
};

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

// A user's files and sockets; the cgroups of user 1000 are those below the slice.
class SpoofingTest : public DirectoryTest {
 protected:
  SpoofingTest() {
    WriteText(root_ / "etc/passwd", "mallory:x:1000:1000::/home/mallory:/bin/sh\n");
    std::filesystem::create_directories(root_ / "run/user/1000");
  }
  void PutUsersDocker(const std::string& id, const std::string& name) {
    ReplaceText(root_ / ("home/mallory/.local/share/docker/containers/" + id + "/config.v2.json"),
                DockerConfig(id, name, kRunning));
  }
  static constexpr const char* kSlice = "/user.slice/user-1000.slice/user@1000.service/user.slice/";
};

TEST_F(SpoofingTest, AUsersFilesNameTheUsersContainersAndNobodyElses) {
  PutUsersDocker(kA, "spoofed");
  PutUsersDocker(kB, "own");
  Directory& directory = Start();
  EXPECT_EQ(directory.Identify("/kubepods/besteffort/pod0b3a5ad0-3c39-4c1f-9f02-0e4d1d0c5a11/" + kA).claim,
            Claim::kPending);
  const auto own = directory.Identify(kSlice + ("docker-" + kB + ".scope"));
  ASSERT_EQ(own.claim, Claim::kContainer);
  EXPECT_EQ(own.who->name, "own");
  PutDocker(kB, "roots");
  EXPECT_EQ(directory.Identify(kSlice + ("docker-" + kB + ".scope")).who->name, "roots");
}

TEST_F(SpoofingTest, AUsersRuncStateNamesNoServiceOfTheHosts) {
  const auto state = [&](const std::string& id, const std::string& cgroup) {
    ReplaceText(root_ / ("run/user/1000/runc/" + id + "/state.json"),
                R"({"id":")" + id + R"(","config":{"labels":["plimsoll.alerts.x.threshold=1"]},)" +
                    R"("cgroup_paths":{"":"/sys/fs/cgroup)" + cgroup + R"("}})");
  };
  state("x", "/system.slice/sshd.service");
  state("y", kSlice + std::string("own"));
  Directory& directory = Start();
  EXPECT_EQ(directory.Identify("/system.slice/sshd.service").claim, Claim::kPlain);
  EXPECT_EQ(directory.Identify(kSlice + std::string("own")).claim, Claim::kContainer);
  EXPECT_TRUE(directory.TakeChanges().empty());  // neither was told of unasked
}

TEST_F(SpoofingTest, AUsersEngineNeitherNamesNorEndsOthersContainers) {
  PutDocker(kA, "web");
  FakeEngine engine(root_ / "run/user/1000/docker.sock");
  engine.Put(kA, "spoofed", "running");
  engine.Put(kB, "own", "running");
  Directory& directory = Start();
  ASSERT_TRUE(Eventually([&] { return HealthHas(RuntimeKind::kDocker, "1000/docker.sock", true); }));
  EXPECT_TRUE(directory.TakeChanges().empty());
  EXPECT_EQ(directory.Identify("/docker/" + kA).who->name, "web");
  EXPECT_EQ(directory.Identify(kSlice + ("docker-" + kB + ".scope")).who->name, "own");
  engine.Put(kA, "again", "running");
  engine.SendEvent("rename", kA);
  engine.SendEvent("die", kA, ",\"exitCode\":\"1\"");
  engine.SendEvent("die", kB, ",\"exitCode\":\"2\"");
  EXPECT_TRUE(Changes(kB, [](const Container& who) { return who.exit_code == 2; }));
  EXPECT_EQ(newest_.count(kA), 0u);
  const auto web = directory.Identify("/docker/" + kA).who;
  EXPECT_EQ(web->name, "web");
  EXPECT_EQ(web->state, ContainerState::kRunning);
  PutDocker(kA, "renamed");
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.name == "renamed"; }));
}

TEST_F(SpoofingTest, AUsersEngineSendsNobodyToWhatIsMountedFromElsewhere) {
  procfs_ = root_ / "proc";
  ReplaceText(root_ / ("home/mallory/far/containers/" + kB + "/config.v2.json"),
              DockerConfig(kB, "far", kRunning));
  FakeEngine engine(root_ / "run/user/1000/docker.sock");
  engine.Put(kA, "one", "running");
  engine.SetFault([](const std::string& target) -> std::optional<std::string> {
    if (target.find("/info") == std::string::npos) return std::nullopt;
    return FakeEngine::Ok(R"({"DockerRootDir":"/home/mallory/./far"})");
  });
  const std::string path = kSlice + ("docker-" + kB + ".scope");
  Start();
  EXPECT_TRUE(Eventually([&] { return directory_->Identify(path).claim == Claim::kContainer; }));
  WriteText(root_ / "proc/self/mountinfo",
            "30 1 0:50 / " + (root_ / "home/mallory/far") + " rw - nfs4 x rw\n");
  Start();
  ASSERT_TRUE(Eventually([&] { return HealthHas(RuntimeKind::kDocker, "1000/docker.sock", true); }));
  directory_->Identify(kSlice + ("docker-" + kA + ".scope"));
  engine.Put(kA, "two", "running");
  engine.SendEvent("rename", kA);  // told of after the data root was
  EXPECT_TRUE(Changes(kA, [](const Container& who) { return who.name == "two"; }));
  EXPECT_EQ(directory_->Identify(path).claim, Claim::kPending);
}

TEST_F(SpoofingTest, ARuntimesFolderThatAUserLinkedIsNotFollowed) {
  std::filesystem::create_directories(root_ / "elsewhere");
  std::filesystem::create_directory_symlink(root_ / "elsewhere", root_ / "run/user/1000/runc");
  GiveToUser(root_ / "run/user/1000/runc");
  Start();
  EXPECT_TRUE(HealthHas(RuntimeKind::kOci, "run/user/1000/runc", false));
}

TEST_F(SpoofingTest, AUsersContainerdIsFoundInTheRuntimeDirectory) {
  WriteText(root_ / ("run/user/1000/containerd/io.containerd.runtime.v2.task/default/" + kA + "/config.json"),
            R"({"annotations":{"a":"b"},"linux":{"namespaces":[{"type":"network"}]}})");
  Directory& directory = Start();
  const auto own = directory.Identify(kSlice + ("nerdctl-" + kA + ".scope"));
  ASSERT_EQ(own.claim, Claim::kContainer);
  EXPECT_EQ(own.who->runtime, RuntimeKind::kContainerd);
  EXPECT_EQ(directory.Identify("/system.slice/nerdctl-" + kA + ".scope").claim, Claim::kPending);
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
