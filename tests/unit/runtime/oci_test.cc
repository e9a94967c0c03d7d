#include <set>

#include "exporter/runtime/host_places.h"
#include "exporter/runtime/oci_spec.h"
#include "exporter/runtime/oci_state.h"
#include "table.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

PathsOf Below(const std::string& rootfs) {
  return [paths = HostBelow(rootfs)](uid_t user) { return OciRoots(paths, user); };
}

TEST(OciSpecTest, CgroupPathsInBothForms) {
  ExpectTable(
      CgroupOfSpecPath,
      {{"/default/web", "/default/web"},
       {"/default/web//", "/default/web"},
       {"/", "/"},
       {"kubepods-burstable-pod1_2.slice:cri-containerd:ab",
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-ab.scope"},
       {"system.slice:docker:ab", "/system.slice/docker-ab.scope"},
       {":runc:ab", "/system.slice/runc-ab.scope"},
       {"-.slice:runc:ab", "/runc-ab.scope"},
       {"user.slice::web", "/user.slice/web.scope"},
       {"a.slice:b:c.slice", "/a.slice/c.slice"},
       {"", ""},
       {"relative", ""},
       {"a:b", ""},
       {"a.slice:b:", ""}});
}

TEST(OciSpecTest, NetworkOwnJoinedNamedOrTheHosts) {
  const auto network = [](const std::string& namespaces) {
    const auto spec = ParseOciSpec(R"({"linux":{"namespaces":)" + namespaces + "}}");
    EXPECT_TRUE(spec);
    Container who;
    FillNetwork(*spec, who);
    return std::pair(*who.host_network, who.shares_network);
  };
  ExpectTable(network, {{R"([{"type":"network"}])", std::pair(false, false)},
                        {R"([{"type":"network","path":"/run/netns/cni-1"}])", std::pair(false, false)},
                        {R"([{"type":"network","path":"/proc/12/ns/net"}])", std::pair(false, true)},
                        {R"([{"type":"pid"}])", std::pair(true, false)}});
}

TEST(OciStateTest, FindsWhatRuncStarted) {
  OciState state(Below(FixturePath("runc-1.1.5")));
  const auto record = Find(state, "/my/own", ClassifyCgroup("/my/own"));
  ASSERT_TRUE(record && *record);
  const Container& who = (*record)->who;
  EXPECT_EQ(who.runtime, RuntimeKind::kOci);
  EXPECT_EQ(who.id, "rcy");
  EXPECT_EQ(who.name, "rcy");
  EXPECT_EQ(who.cgroup, "/my/own");
  EXPECT_EQ(who.labels, (Labels{{"who", "me"}}));
  EXPECT_EQ(who.state, ContainerState::kRunning);
  EXPECT_EQ(who.host_network, false);
  EXPECT_TRUE(who.init_pid);
  EXPECT_TRUE(who.created_at);
  EXPECT_FALSE(Find(state, "/my", ClassifyCgroup("/my"))->has_value());
  EXPECT_FALSE(Find(state, "/my/own/below", ClassifyCgroup("/my/own/below"))->has_value());
}

TEST(OciStateTest, FindsWhatCrunStarted) {
  OciState state(Below(FixturePath("crun-1.8.1")));
  const auto record = Find(state, "/crun/own", ClassifyCgroup("/crun/own"));
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->who.id, "cry");
  EXPECT_EQ((*record)->who.labels, (Labels{{"who", "me"}}));
  EXPECT_EQ((*record)->who.host_network, false);
  EXPECT_EQ((*record)->who.init_pid, 3144);
}

TEST(OciStateTest, LooksIntoAUsersDirectory) {
  TempFolder run;
  std::filesystem::create_directories(run / "run/user/1000/runc/x");
  WriteText(run / "run/user/1000/runc/x/state.json",
            R"({"id":"x","init_process_pid":7,"cgroup_paths":{"":"/sys/fs/cgroup/user.slice/x"}})");
  OciState state(Below(run.path()));
  EXPECT_FALSE(Find(state, "/user.slice/x", ClassifyCgroup("/user.slice/x"))->has_value());
  const auto record =
      FindInPlaces(state, state.PlacesOf(1000), "/user.slice/x", ClassifyCgroup("/user.slice/x"));
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->who.id, "x");
}

TEST(OciStateTest, CgroupPathsOfEveryHierarchy) {
  const auto cgroup = [](const std::string& paths) {
    return ParseRuncState(R"({"id":"x","cgroup_paths":)" + paths + "}")->cgroup;
  };
  ExpectTable(cgroup, {{R"({"memory":"/sys/fs/cgroup/memory/a/b"})", "/a/b"},
                       {R"({"cpu":"/sys/fs/cgroup/cpu,cpuacct/a/b"})", "/a/b"},
                       {R"({"":"/sys/fs/cgroup/a/b"})", "/a/b"},
                       {R"({"":"/sys/fs/cgroup/unified/a","pids":"/sys/fs/cgroup/pids/a"})", "/a"},
                       {R"({"memory":"/elsewhere/memory/a"})", ""},
                       {"null", ""}});
}

TEST(OciStateTest, AStateNotYetWrittenIsNoContainerAndABrokenOneAnError) {
  TempFolder run;
  std::filesystem::create_directories(run / "run/runc/x");
  OciState state(Below(run.path()));
  EXPECT_FALSE(state.FindBundle(run / "run/runc/x")->has_value());
  EXPECT_FALSE(Find(state, "/a", ClassifyCgroup("/a"))->has_value());
  ReplaceText(run / "run/runc/x/state.json", R"({"id":"x","cgroup_paths":{"":"/sys/fs/cgroup/a"}})");
  EXPECT_TRUE(
      Find(state, "/a", ClassifyCgroup("/a"))->has_value());  // found although its directory is no newer
  ReplaceText(run / "run/runc/x/state.json", "{}");
  EXPECT_FALSE(state.FindBundle(run / "run/runc/x"));
}

// Permission says nothing to root, a link to itself does.
TEST(OciStateTest, AClosedFolderIsOneFaultAndHidesNoOther) {
  TempFolder run;
  std::filesystem::create_directories(run / "run");
  std::filesystem::create_directory_symlink("runc", run / "run/runc");
  const std::string mine = FullId('a');
  WriteText(run / ("run/crun/" + mine + "/status"), R"({"pid":7,"cgroup-path":"/x/)" + mine + R"("})");
  OciState state(Below(run.path()));
  const auto found = Find(state, "/x/" + mine, ClassifyCgroup("/x/" + mine));
  ASSERT_TRUE(found && *found) << found.error().message;
  std::set<std::string> faults;
  for (const char digit : {'1', '2', '3'}) {
    const std::string path = "/x/" + FullId(digit);
    const auto unknown = Find(state, path, ClassifyCgroup(path));
    ASSERT_FALSE(unknown);
    faults.insert(unknown.error().message);
  }
  EXPECT_EQ(faults.size(), 1u) << *faults.begin();
}

}  // namespace
}  // namespace plimsoll::runtime
