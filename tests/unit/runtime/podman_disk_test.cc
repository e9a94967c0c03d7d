#include "exporter/runtime/podman_disk.h"

#include "exporter/runtime/docker_api.h"
#include "exporter/runtime/podman_state.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

constexpr const char* kWeb = "dc6c020030165916e81b6a5049ea5abb93ef90dc08c08764233f3f572329e6b8";
constexpr const char* kWebOf5 = "b853ecdc7a19154eb2c6903c05715eba152399a65a72e4d7bf96d4a689f574c2";
constexpr const char* kEnded = "ea048371dc3ec5f2fe6c6dcac3e2d4d00ceb8e4429eac1895e8d9c9362306d6e";
constexpr const char* kHostNet = "dd160a325f0696608cac0079ba1d5ca7eaba3e25baf3190bbf8abb09a4e438c5";
constexpr const char* kJoins = "57dcdbe2a912bf182a7b9246be55066282343c1ac1987e63feba8e7fce245924";
constexpr const char* kChecked = "19d89c17f3bb0c17dfdb6822d92f1fba2bbb2df89d17e084d9ab1cbe0e47065c";
constexpr const char* kNever = "eda5f94e1bca285287b3a943536ab6f9ab943bba6058455789cd725c33df8f3d";

CgroupName Named(const std::string& id) { return ClassifyCgroup("/libpod_parent/libpod-" + id); }

PodmanDisk CapturedDisk() {
  return PodmanDisk(Roots({"/nowhere", FixturePath("podman-4.3.1/storage")}),
                    HostBelow(FixturePath("podman-4.3.1")));
}

Container Captured(const std::string& id) {
  PodmanDisk disk = CapturedDisk();
  auto record = Find(disk, "", Named(id));
  EXPECT_TRUE(record) << record.error().message;
  EXPECT_TRUE(*record);
  return (*record)->who;
}

TEST(PodmanDiskTest, DescribesARunningContainerWithItsLabels) {
  const Container web = Captured(kWeb);
  EXPECT_EQ(web.runtime, RuntimeKind::kPodman);
  EXPECT_EQ(web.id, kWeb);
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.image, "localhost/busy:1");
  EXPECT_EQ(web.labels, (Labels{{"app", "shop"}, {"com.docker.compose.service", "web"}}));
  EXPECT_EQ(web.state, ContainerState::kRunning);
  EXPECT_EQ(web.health, ContainerHealth::kNone);
  EXPECT_EQ(web.restart_count, 0u);
  EXPECT_EQ(web.exit_code, std::nullopt);
  EXPECT_EQ(web.host_network, false);
  EXPECT_FALSE(web.shares_network);
  EXPECT_TRUE(web.init_pid);
  EXPECT_TRUE(web.created_at);
  EXPECT_TRUE(web.started_at);
}

TEST(PodmanDiskTest, TellsStatesNetworksAndHealthApart) {
  const Container ended = Captured(kEnded);
  EXPECT_EQ(ended.state, ContainerState::kExited);
  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_TRUE(ended.finished_at);
  const Container host = Captured(kHostNet);
  EXPECT_EQ(host.host_network, true);
  EXPECT_EQ(host.state, ContainerState::kPaused);
  const Container joins = Captured(kJoins);
  EXPECT_TRUE(joins.shares_network);
  EXPECT_EQ(joins.host_network, false);
  EXPECT_EQ(Captured(kChecked).health, ContainerHealth::kHealthy);
  const Container never = Captured(kNever);
  EXPECT_EQ(never.state, ContainerState::kCreated);
  EXPECT_EQ(never.exit_code, std::nullopt);
}

TEST(PodmanDiskTest, WithoutTheDatabaseTheStorageListTells) {
  TempFolder dir;
  std::filesystem::copy(FixturePath("podman-4.3.1/storage/vfs-containers"), dir / "vfs-containers",
                        std::filesystem::copy_options::recursive);
  PodmanDisk disk(Roots({dir.path()}), HostPaths());
  const auto record = Find(disk, "", Named(kHostNet));
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->who.name, "hostnet");
  EXPECT_EQ((*record)->who.image, "localhost/busy:1");
  EXPECT_EQ((*record)->who.host_network, true);
  EXPECT_EQ((*record)->who.state, ContainerState::kUnknown);
  EXPECT_FALSE(Find(disk, "", Named(FullId('0')))->has_value());
}

// Of each container in the real database the API told the same.
TEST(PodmanDiskTest, Podman5sDatabaseSaysWhatItsApiSays) {
  PodmanDisk disk(Roots({FixturePath("podman-5.7.0/storage")}), HostBelow(FixturePath("podman-5.7.0")));
  for (const char* name : {"web", "hostnet", "joins", "ended", "never", "checked"}) {
    const auto told = ParseInspection(FixtureText(std::string("podman-5.7.0/api/inspect-") + name + ".json"),
                                      RuntimeKind::kPodman);
    ASSERT_TRUE(told) << name;
    const auto record = Find(disk, "", Named(told->id));
    ASSERT_TRUE(record && *record) << name << (record ? "" : ": " + record.error().message);
    const Container& who = (*record)->who;
    EXPECT_EQ(who.name, name);
    EXPECT_EQ(who, *told) << name;
  }
}

TEST(PodmanDiskTest, FollowsPodman5sDatabase) {
  TempFolder dir;
  std::filesystem::copy(FixturePath("podman-5.7.0/storage"), dir.path(),
                        std::filesystem::copy_options::recursive);
  PodmanDisk disk(Roots({dir.path()}), HostPaths());
  const auto record = Find(disk, "", Named(kWebOf5));
  ASSERT_TRUE(record) << record.error().message;
  ASSERT_TRUE(*record);
  const Container& web = (*record)->who;
  EXPECT_EQ(web.labels,
            (Labels{{"com.docker.compose.project", "shop"}, {"com.docker.compose.service", "web"}}));
  EXPECT_EQ(web.health, ContainerHealth::kNone);  // it has a log of checks and no check
  EXPECT_EQ((*record)->watch[0].path, dir.path());
  EXPECT_TRUE((*record)->watch[0].in_place);
  EXPECT_FALSE(Find(disk, "", Named(FullId('0')))->has_value());
  EXPECT_EQ(Find(disk, "", Named(kWebOf5)).value()->who, web);
  WriteText(dir / "db.sql", "SQLite format 3\0 and then garbage, more than the header");
  EXPECT_FALSE(Find(disk, "", Named(FullId('1'))));
}

TEST(PodmanDiskTest, ABrokenDatabaseIsAnError) {
  TempFolder dir;
  WriteText(dir / "libpod/bolt_state.db", std::string(10000, 'x'));
  PodmanDisk disk(Roots({dir.path()}), HostPaths());
  const auto record = Find(disk, "", Named(kWeb));
  ASSERT_FALSE(record);
  EXPECT_THAT(record.error().message, testing::HasSubstr("bolt_state.db"));
}

TEST(PodmanDiskTest, AStorageThatCannotBeReadHidesNoOther) {
  TempFolder dir;
  WriteText(dir / "vfs-containers/containers.json", "{}");
  PodmanDisk disk(Roots({dir.path(), FixturePath("podman-4.3.1/storage")}), HostPaths());
  const auto record = Find(disk, "", Named(kWeb));
  ASSERT_TRUE(record && *record);
  EXPECT_FALSE(Find(disk, "", Named(FullId('0'))));
}

TEST(PodmanDiskTest, AnUnchangedDatabaseIsNotReadAgain) {
  PodmanDisk disk = CapturedDisk();
  const auto first = Find(disk, "", Named(kWeb));
  const auto second = Find(disk, "", Named(kWeb));
  ASSERT_TRUE(first && *first && second && *second);
  EXPECT_EQ((*first)->who, (*second)->who);
}

TEST(PodmanStateTest, ReadsEveryState) {
  const std::pair<int, ContainerState> states[] = {
      {0, ContainerState::kUnknown}, {1, ContainerState::kCreated}, {2, ContainerState::kCreated},
      {3, ContainerState::kRunning}, {4, ContainerState::kExited},  {5, ContainerState::kPaused},
      {6, ContainerState::kExited},  {8, ContainerState::kRunning}, {99, ContainerState::kUnknown}};
  for (const auto& [number, state] : states) {
    Container who;
    EXPECT_TRUE(ApplyPodmanState("{\"state\":" + std::to_string(number) + "}", who));
    EXPECT_EQ(who.state, state) << number;
  }
}

TEST(PodmanStateTest, ALeftOutExitCodeIsZeroOnceItEnded) {
  Container who;
  const auto dir = ApplyPodmanState(R"({"state":6,"startedTime":"2026-11-23T05:30:29Z","restartCount":2,
                                        "oomKilled":true,"runDir":"/run/x/userdata"})",
                                    who);
  ASSERT_TRUE(dir);
  EXPECT_EQ(*dir, "/run/x/userdata");
  EXPECT_EQ(who.exit_code, 0);
  EXPECT_EQ(who.restart_count, 2u);
  EXPECT_EQ(who.oom_killed, true);
}

TEST(PodmanStateTest, HealthInEitherSpelling) {
  EXPECT_EQ(ParsePodmanHealth(R"({"Status":"unhealthy"})"), ContainerHealth::kUnhealthy);
  EXPECT_EQ(ParsePodmanHealth(R"({"status":"healthy"})"), ContainerHealth::kHealthy);
  EXPECT_EQ(ParsePodmanHealth(R"({"Status":"starting"})"), ContainerHealth::kStarting);
  EXPECT_EQ(ParsePodmanHealth(""), ContainerHealth::kStarting);
}

TEST(PodmanStateTest, RefusesWhatIsNoConfig) {
  EXPECT_FALSE(ParsePodmanConfig(""));
  EXPECT_FALSE(ParsePodmanConfig("{}"));
  EXPECT_FALSE(ParsePodmanConfig("[1,2]"));
  EXPECT_FALSE(ParseStorageContainers("{}", "x"));
  EXPECT_FALSE(ParseStorageContainers("[null,3,{\"id\":4}]", "x")->has_value());
}

}  // namespace
}  // namespace plimsoll::runtime
