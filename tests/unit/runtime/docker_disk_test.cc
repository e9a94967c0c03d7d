#include "exporter/runtime/docker_disk.h"

#include <filesystem>
#include <map>
#include <set>

#include "temp_folder.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

constexpr const char* kWeb = "b5b28089473b36ab317984ac411a1c9f2ddf8a1acc7bb9e43331ed8a9e2f1387";
constexpr const char* kHostNet = "bc0aa3e7f049010c7fb3b86ca467a61a8090f6170be0fd7a18b674e7d38e9c3a";
constexpr const char* kJoins = "50ae79581bf24b0fd059e8616bb5b50818ee8666139b4568ae2f72d2c643a7d5";
constexpr const char* kEnded = "0aaa7ad70a2774106cf710ec936dff2bca4f96ca2a0dc9a3f7873319e8fde7f4";
constexpr const char* kNever = "af07259c59d6fd459c3730d22c965576e3f3eef24ea6d61c01dcc39e3acde5cc";
constexpr const char* kPaused = "987412eadc4db85cdd85877ecab3424fd32927489ed286ed29cc0dd8fdf8c360";
constexpr const char* kAgain = "8db2a9cbe5149b313de73007cbaa057d167b03adc82c99f7d3de34b8bf39377b";
constexpr const char* kOomed = "a864195a027a1ae1cd0ae1627ef55997cbb5ec6b6b442259ef86f5a1c90f95e3";

CgroupName Named(const std::string& id) { return ClassifyCgroup("/docker/" + id); }

Container Captured(const std::string& id) {
  const ManualClock clock;  // long before any of this was captured
  DockerDisk disk(Roots({"/nowhere", FixturePath("docker-20.10.24")}), clock);
  auto record = Find(disk, "/docker/" + id, Named(id));
  EXPECT_TRUE(record) << record.error().message;
  EXPECT_TRUE(*record);
  return (*record)->who;
}

TEST(DockerDiskTest, DescribesARunningContainer) {
  const Container web = Captured(kWeb);
  EXPECT_EQ(web.runtime, RuntimeKind::kDocker);
  EXPECT_EQ(web.id, kWeb);
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.image, "busy:1");
  EXPECT_EQ(web.labels,
            (Labels{{"com.docker.compose.project", "shop"}, {"com.docker.compose.service", "web"}}));
  EXPECT_EQ(web.state, ContainerState::kRunning);
  EXPECT_EQ(web.health, ContainerHealth::kHealthy);
  EXPECT_EQ(web.restart_count, 0u);
  EXPECT_EQ(web.exit_code, std::nullopt);
  EXPECT_EQ(web.oom_killed, false);
  EXPECT_EQ(web.init_pid, 29534);
  EXPECT_EQ(web.host_network, false);
  EXPECT_FALSE(web.shares_network);
  EXPECT_EQ(web.started_at, At(1795414119, 607744667));
  EXPECT_EQ(web.finished_at, std::nullopt);
  EXPECT_TRUE(web.created_at);
}

// Permission says nothing to root, a link to itself does.
TEST(DockerDiskTest, AClosedFolderIsOneFaultAndHidesNoOther) {
  const TempFolder folder;
  std::filesystem::create_directory_symlink("containers", folder / "containers");
  const ManualClock clock;
  DockerDisk disk(Roots({folder / "", FixturePath("docker-20.10.24")}), clock);
  const auto web = Find(disk, "/docker/" + std::string(kWeb), Named(kWeb));
  ASSERT_TRUE(web) << web.error().message;
  EXPECT_EQ((*web)->who.name, "web");
  std::set<std::string> faults;
  for (const char digit : {'1', '2', '3'}) {
    const std::string unknown(64, digit);
    const auto found = Find(disk, "/docker/" + unknown, Named(unknown));
    ASSERT_FALSE(found);
    faults.insert(found.error().message);
  }
  EXPECT_EQ(faults.size(), 1u) << *faults.begin();
}

TEST(DockerDiskTest, TellsNetworksApart) {
  EXPECT_EQ(Captured(kHostNet).host_network, true);
  EXPECT_FALSE(Captured(kHostNet).shares_network);
  EXPECT_EQ(Captured(kJoins).host_network, false);
  EXPECT_TRUE(Captured(kJoins).shares_network);
}

TEST(DockerDiskTest, TellsStatesApart) {
  const Container ended = Captured(kEnded);
  EXPECT_EQ(ended.state, ContainerState::kExited);
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.health, ContainerHealth::kNone);
  EXPECT_EQ(ended.init_pid, std::nullopt);
  EXPECT_TRUE(ended.finished_at);

  const Container never = Captured(kNever);
  EXPECT_EQ(never.state, ContainerState::kCreated);
  EXPECT_EQ(never.exit_code, std::nullopt);
  EXPECT_EQ(never.started_at, std::nullopt);

  const Container paused = Captured(kPaused);
  EXPECT_EQ(paused.state, ContainerState::kPaused);
  EXPECT_EQ(paused.labels, (Labels{{"odd.label", "line\n\"two\" \\\xc3\xbc"}}));

  const Container again = Captured(kAgain);
  EXPECT_EQ(again.state, ContainerState::kRestarting);
  EXPECT_EQ(again.exit_code, 6);
  EXPECT_GT(again.restart_count, 0u);

  const Container oomed = Captured(kOomed);
  EXPECT_EQ(oomed.state, ContainerState::kExited);
  EXPECT_EQ(oomed.oom_killed, true);
  EXPECT_EQ(oomed.exit_code, 137);
}

// Up to Docker 24 every check is written down, at most a check's time after the one before.
TEST(DockerDiskTest, AHealthThatWasNotWrittenAnewInTimeIsUnknown) {
  ManualClock clock;
  const WallTime last_check = At(1795414127, 44'331'000);
  clock.JumpWall(last_check - clock.Wall() + std::chrono::seconds(1));
  DockerDisk disk(Roots({FixturePath("docker-20.10.24")}), clock);
  const auto fresh = Find(disk, "", Named(kWeb)).value().value();
  EXPECT_EQ(fresh.who.health, ContainerHealth::kHealthy);
  // An interval of 1 s, the usual timeout of 30 s, and 30 s to start the check's command.
  ASSERT_TRUE(fresh.look_again_at);
  EXPECT_EQ(std::chrono::round<std::chrono::seconds>(*fresh.look_again_at - last_check),
            std::chrono::seconds(61));
  clock.JumpWall(*fresh.look_again_at - clock.Wall());
  const auto old = Find(disk, "", Named(kWeb)).value().value();
  EXPECT_EQ(old.who.health, ContainerHealth::kUnknown);
  EXPECT_FALSE(old.look_again_at);
  // Without a check there is nothing to wait for.
  const auto paused = Find(disk, "", Named(kPaused)).value().value();
  EXPECT_EQ(paused.who.health, ContainerHealth::kNone);
  EXPECT_FALSE(paused.look_again_at);
}

std::map<std::string, Container> Docker29sContainers() {
  const ManualClock clock;
  DockerDisk disk(Roots({FixturePath("docker-29.1.3")}), clock);
  std::map<std::string, Container> found;
  for (const auto& entry : std::filesystem::directory_iterator(FixturePath("docker-29.1.3/containers"))) {
    const auto record = Find(disk, "", Named(entry.path().filename()));
    EXPECT_TRUE(record && *record) << entry.path();
    if (record && *record) found.emplace((*record)->who.name, (*record)->who);
  }
  return found;
}

TEST(DockerDiskTest, DescribesDocker29sContainersWhoseImagesAreInContainerdsStore) {
  const auto found = Docker29sContainers();
  ASSERT_EQ(found.size(), 7u);
  const Container& web = found.at("web");
  EXPECT_EQ(web.image, "plimsoll/busy:1");
  EXPECT_EQ(web.labels,
            (Labels{{"com.docker.compose.project", "shop"}, {"com.docker.compose.service", "web"}}));
  EXPECT_EQ(web.state, ContainerState::kRunning);
  EXPECT_TRUE(web.init_pid && web.started_at && web.created_at);
  EXPECT_EQ(found.at("hostnet").host_network, true);
  EXPECT_TRUE(found.at("joins").shares_network);
  EXPECT_EQ(found.at("ended").exit_code, 3);
  EXPECT_EQ(found.at("never").state, ContainerState::kCreated);
  EXPECT_EQ(found.at("paused").state, ContainerState::kPaused);
  EXPECT_EQ(found.at("oomed").oom_killed, true);
}

// Docker 29 had found it healthy twice when this was captured: the file says "starting".
TEST(DockerDiskTest, HealthIsUnknownWhereChecksAreNotWrittenDown) {
  const auto found = Docker29sContainers();
  EXPECT_EQ(found.at("web").health, ContainerHealth::kUnknown);
  EXPECT_EQ(found.at("paused").health, ContainerHealth::kNone);
}

TEST(DockerDiskTest, KubernetesContainersCarryTheirPod) {
  const auto who = ParseDockerConfig(R"({"ID":"x","Name":"/k8s_POD_web_shop","Config":{"Labels":{
      "io.kubernetes.container.name":"POD","io.kubernetes.docker.type":"podsandbox",
      "io.kubernetes.pod.name":"web","io.kubernetes.pod.namespace":"shop"}}})",
                                     "");
  ASSERT_TRUE(who);
  EXPECT_TRUE(who->is_sandbox);
  EXPECT_EQ(who->kube_container, "POD");
  EXPECT_EQ(who->kube_pod, "web");
  EXPECT_EQ(who->kube_namespace, "shop");
  EXPECT_EQ(who->host_network, std::nullopt);  // hostconfig.json was not there to tell
}

TEST(DockerDiskTest, WrongTypesReadAsUnknown) {
  const auto who = ParseDockerConfig(
      R"({"ID":"x","Name":7,"RestartCount":-1,"Config":[],"State":{"Running":"yes","Pid":1e99,"ExitCode":"1"}})",
      "[]");
  ASSERT_TRUE(who);
  EXPECT_EQ(who->name, "");
  EXPECT_EQ(who->restart_count, std::nullopt);
  EXPECT_EQ(who->state, ContainerState::kUnknown);
  EXPECT_EQ(who->exit_code, std::nullopt);
  EXPECT_EQ(who->init_pid, std::nullopt);
}

TEST(DockerDiskTest, CutAtEveryLengthIsAnError) {
  const std::string whole =
      FixtureText("docker-20.10.24/containers/" + std::string(kWeb) + "/config.v2.json");
  for (size_t length = 0; length + 1 < whole.size(); ++length)
    EXPECT_FALSE(ParseDockerConfig(whole.substr(0, length), "")) << length;
  EXPECT_TRUE(ParseDockerConfig(whole, ""));
}

TEST(DockerDiskTest, UnknownIsNoErrorBrokenIs) {
  TempFolder dir;
  const ManualClock clock;
  DockerDisk disk(Roots({dir.path()}), clock);
  const std::string id = FullId('a');
  EXPECT_EQ(Find(disk, "/docker/" + id, Named(id))->has_value(), false);
  EXPECT_EQ(Find(disk, "/default/web", ClassifyCgroup("/default/web"))->has_value(), false);
  WriteText(dir / ("containers/" + id + "/config.v2.json"), "{\"ID\":");
  const auto broken = Find(disk, "/docker/" + id, Named(id));
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, testing::HasSubstr("config.v2.json: not JSON"));
  WriteText(dir / ("containers/" + id + "/config.v2.json"), "{\"ID\":\"" + FullId('b') + "\"}");
  EXPECT_THAT(Find(disk, "/docker/" + id, Named(id)).error().message,
              testing::HasSubstr("another container"));
}

TEST(DockerDiskTest, ReadsALearntRoot) {
  const ManualClock clock;
  DockerDisk disk(Roots({"/nowhere"}), clock);
  EXPECT_FALSE(Find(disk, "/docker/x", Named(kWeb))->has_value());
  disk.AddRoot(FixturePath("docker-20.10.24"), 0);
  disk.AddRoot(FixturePath("docker-20.10.24"), 0);
  EXPECT_TRUE(Find(disk, "/docker/x", Named(kWeb))->has_value());
  EXPECT_EQ(disk.RootsOf(0).size(), 2u);
}

TEST(DockerDiskTest, WithAUserNamespaceTheFilesAreInADirectoryNamedAfterIt) {
  TempFolder dir;
  ManualClock clock;
  DockerDisk disk(Roots({dir.path()}), clock);
  std::filesystem::create_directories(dir / "165536.165536");
  std::filesystem::copy(FixturePath("docker-20.10.24"), dir / "165536.165536",
                        std::filesystem::copy_options::recursive);
  std::filesystem::create_directories(dir / "1.x/containers");
  std::filesystem::create_directories(dir / "volumes");
  EXPECT_TRUE(Find(disk, "/docker/x", Named(kWeb))->has_value());
  std::vector<std::string> paths;
  for (const Place& place : disk.PlacesOf(0)) paths.push_back(place.path);
  EXPECT_THAT(paths, testing::ElementsAre(dir / "containers", dir / "165536.165536/containers"));
}

TEST(DockerDiskTest, OfAUsersEngineTheLastWordCountsForThatUserAlone) {
  ManualClock clock;
  DockerDisk disk(Roots({}), clock);
  disk.AddRoot("/home/anna/a", 1000);
  disk.AddRoot("/home/anna/b", 1000);
  ASSERT_EQ(disk.PlacesOf(1000).size(), 1u);
  EXPECT_EQ(disk.PlacesOf(1000)[0].path, "/home/anna/b/containers");
  EXPECT_EQ(disk.PlacesOf(1000)[0].user, 1000u);
  EXPECT_TRUE(disk.PlacesOf(0).empty());
}

TEST(DockerDiskTest, DaemonSettings) {
  EXPECT_EQ(ParseDaemonDataRoot(R"({"data-root":"/mnt/docker"})"), "/mnt/docker");
  EXPECT_EQ(ParseDaemonDataRoot(R"({"graph":"/old"})"), "/old");
  EXPECT_EQ(ParseDaemonDataRoot(R"({"data-root":"relative"})"), std::nullopt);
  EXPECT_EQ(ParseDaemonDataRoot("{}"), std::nullopt);
  EXPECT_EQ(ParseDaemonDataRoot(""), std::nullopt);
}

}  // namespace
}  // namespace plimsoll::runtime
