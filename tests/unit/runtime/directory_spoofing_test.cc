#include "unit/runtime/directory_fixture.h"

namespace plimsoll::runtime {
namespace {

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

}  // namespace
}  // namespace plimsoll::runtime
