#include "exporter/runtime/engines.h"

#include <filesystem>

#include "exporter/runtime/sign_of_life.h"
#include "unit/runtime/fake_engine.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

class Nobody final : public EngineListener {
 public:
  void OnDescribed(int, Container) override {}
  void OnUpdated(int, const std::string&) override {}
  void OnMentioned(int, Container) override {}
  void OnEnded(int, const std::string&, std::optional<int>, std::optional<WallTime>) override {}
  void OnLive(int, const std::string&) override {}
  void OnLost(int) override {}
  std::vector<std::string> IdsOf(int) override { return {}; }
  bool IsWanted(const std::string&) override { return false; }
};

class EnginesTest : public testing::Test {
 protected:
  EnginesTest() {
    std::filesystem::create_directories(root_ / "run/podman");
    std::filesystem::create_directories(root_ / "run/user/1000/podman");
  }
  ~EnginesTest() override { engines_.Stop(); }

  std::vector<std::string> Listed() {
    std::vector<std::string> paths;
    for (const EngineSocket& socket : FindEngineSockets(config_, Paths(), ""))
      paths.push_back(std::string(RuntimeName(socket.runtime)) + " " +
                      socket.path.substr(root_.path().size()));
    return paths;
  }
  HostPaths Paths() const { return {root_ / "proc", root_ / "sys", root_.path()}; }
  SignOfLife SignOf(RuntimeKind runtime, const std::string& path, bool is_configured = false) {
    return SignOfLifeOf({runtime, root_ / path, is_configured}, Paths());
  }

  TempFolder root_;
  CollectorConfig config_;
  ManualClock clock_;
  Nobody nobody_;
  const RuntimeChoice choice_{{"auto"}};
  Engines engines_{config_, Paths(), choice_, nobody_, clock_};
};

TEST_F(EnginesTest, ASocketWithTwoNamesIsFollowedOnceUnderItsOwn) {
  FakeEngine podman(root_ / "run/podman/podman.sock");
  std::filesystem::create_symlink(root_ / "run/podman/podman.sock", root_ / "run/docker.sock");
  EXPECT_THAT(Listed(), testing::ElementsAre("podman /run/podman/podman.sock"));
  config_.docker.socket = root_ / "run/docker.sock";
  EXPECT_THAT(Listed(), testing::ElementsAre("docker /run/docker.sock")) << "the name that was asked for";
}

TEST_F(EnginesTest, ALinkThatAUserMadeToRootsSocketTakesNothingFromIt) {
  FakeEngine docker(root_ / "run/docker.sock");
  std::filesystem::create_symlink(root_ / "run/docker.sock", root_ / "run/user/1000/podman/podman.sock");
  EXPECT_THAT(Listed(), testing::ElementsAre("docker /run/docker.sock", "podman /run/podman/podman.sock"));
}

TEST_F(EnginesTest, AFolderThatAUserLinkedOrMountedFromElsewhereIsNotLookedInto) {
  std::filesystem::create_directories(root_ / "elsewhere");
  FakeEngine other(root_ / "elsewhere/podman.sock");
  std::filesystem::remove(root_ / "run/user/1000/podman");
  std::filesystem::create_directory_symlink(root_ / "elsewhere", root_ / "run/user/1000/podman");
  GiveToUser(root_ / "run/user/1000/podman");
  FakeEngine docker(root_ / "run/user/1000/docker.sock");
  const std::string roots[] = {"docker /run/docker.sock", "podman /run/podman/podman.sock"};
  EXPECT_THAT(Listed(), testing::ElementsAre(roots[0], "docker /run/user/1000/docker.sock", roots[1]));
  WriteText(root_ / "proc/self/mountinfo", "30 1 0:50 / " + (root_ / "run/user/1000") + " rw - fuse x rw\n");
  EXPECT_THAT(Listed(), testing::ElementsAreArray(roots));
}

TEST_F(EnginesTest, TheSocketOfAUserWhoLogsOutIsForgottenAndFoundAgain) {
  std::optional<FakeEngine> users(std::in_place, root_ / "run/user/1000/podman/podman.sock");
  engines_.Start();
  const auto is_up = [&] {
    const auto health = engines_.health();
    return health.size() == 1 && health[0].up;
  };
  ASSERT_TRUE(Eventually(is_up));
  users.reset();
  engines_.LookForNew();
  clock_.Pass(std::chrono::seconds(29));
  engines_.LookForNew();
  EXPECT_EQ(engines_.health().size(), 1u);
  clock_.Pass(std::chrono::seconds(2));
  engines_.LookForNew();
  EXPECT_TRUE(engines_.health().empty());
  users.emplace(root_ / "run/user/1000/podman/podman.sock");
  engines_.LookForNew();
  EXPECT_TRUE(Eventually(is_up));
}

TEST_F(EnginesTest, WhereNobodyStartsAnEngineForACallerItIsCalledWithoutASign) {
  EXPECT_FALSE(SignOf(RuntimeKind::kDocker, "run/docker.sock").look) << "no systemd";
  std::filesystem::create_directories(root_ / "run/systemd/system");
  EXPECT_FALSE(SignOf(RuntimeKind::kDocker, "run/docker.sock", true).look) << "asked for by name";
  EXPECT_FALSE(SignOf(RuntimeKind::kDocker, "run/user/1000/docker.sock").look) << "makes its socket itself";
}

TEST_F(EnginesTest, DockerLivesWhileItsPidFileNamesALivingProcess) {
  std::filesystem::create_directories(root_ / "run/systemd/system");
  const auto look = SignOf(RuntimeKind::kDocker, "run/docker.sock").look;
  ASSERT_TRUE(look);
  EXPECT_FALSE(look());
  WriteText(root_ / "run/docker.pid", "812");
  EXPECT_EQ(look(), "812") << "processes are hidden from us";
  std::filesystem::create_directories(root_ / "proc/1");
  EXPECT_FALSE(look()) << "it was killed";
  std::filesystem::create_directories(root_ / "proc/812");
  EXPECT_EQ(look(), "812");
  ReplaceText(root_ / "run/docker.pid", "not a number");
  EXPECT_FALSE(look());
  WriteText(root_ / "run/snap.docker/docker.pid", "812\n");
  EXPECT_EQ(look(), "812");
}

TEST_F(EnginesTest, PodmanLivesWhileItsServiceHasACgroup) {
  std::filesystem::create_directories(root_ / "run/systemd/system");
  const SignOfLife system = SignOf(RuntimeKind::kPodman, "run/podman/podman.sock");
  const SignOfLife users = SignOf(RuntimeKind::kPodman, "run/user/1000/podman/podman.sock");
  ASSERT_TRUE(system.look && users.look);
  EXPECT_GT(system.patience, std::chrono::seconds(5)) << "its service ends when nobody asked for so long";
  EXPECT_FALSE(system.look() || users.look());
  std::filesystem::create_directories(root_ / "sys/fs/cgroup/system.slice/podman.service");
  EXPECT_TRUE(system.look());
  EXPECT_FALSE(users.look());
  const std::string slice = "user.slice/user-1000.slice/user@1000.service/app.slice/podman.service";
  std::filesystem::create_directories(root_ / ("sys/fs/cgroup/systemd/" + slice));
  EXPECT_TRUE(users.look());
}

}  // namespace
}  // namespace plimsoll::runtime
