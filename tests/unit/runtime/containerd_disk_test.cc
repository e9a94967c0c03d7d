#include "exporter/runtime/containerd_disk.h"

#include "exporter/runtime/docker_fields.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

constexpr const char* kApp = "cdffd5dd8ca8126c0482ba994814b9014cc9e973435d399f1cf1f69479e6b907";
constexpr const char* kSandbox = "c9fea4d5aa396a3ab03f629357d31fd35ffd4d77dc077cd0173c5abf8181f80f";
constexpr const char* kPod = "/kubepods/burstable/pod0b3a5ad0-3c39-4c1f-9f02-0e4d1d0c5a11/";
constexpr const char* kAppOf2 = "b4eb275c544a41d1a8fbac676ea073adb4eb275c544a41d1a8fbac676ea073ad";
constexpr const char* kSandboxOf2 = "579aa8e7d58445709fed20830be11004579aa8e7d58445709fed20830be11004";
constexpr const char* kTasks = "io.containerd.runtime.v2.task/";

std::optional<DiskRecord> FindAt(ContainerdDisk& disk, const std::string& cgroup) {
  auto record = Find(disk, cgroup, ClassifyCgroup(cgroup));
  EXPECT_TRUE(record) << record.error().message;
  return record ? std::move(*record) : std::nullopt;
}

class ContainerdDiskTest : public testing::Test {
 protected:
  ContainerdDisk disk_{Roots({"/nowhere", FixturePath("containerd-1.6.20/state")}), "/nowhere"};
};

TEST_F(ContainerdDiskTest, DescribesAContainerOfCtr) {
  const auto record = FindAt(disk_, "/default/web2");
  ASSERT_TRUE(record);
  const Container& web = record->who;
  EXPECT_EQ(web.runtime, RuntimeKind::kContainerd);
  EXPECT_EQ(web.id, "web2");
  EXPECT_EQ(web.name, "web2");
  EXPECT_EQ(web.labels, (Labels{{"a", "b"}}));
  EXPECT_EQ(web.state, ContainerState::kRunning);
  EXPECT_TRUE(web.init_pid);
  EXPECT_TRUE(web.created_at);
  EXPECT_TRUE(web.started_at);
  EXPECT_EQ(web.host_network, false);
  EXPECT_EQ(web.health, ContainerHealth::kUnknown);
}

TEST_F(ContainerdDiskTest, FindsAContainerByACgroupOfItsUsersChoice) {
  const auto record = FindAt(disk_, "/odd/place");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->who.id, "elsewhere");
  EXPECT_EQ(record->who.host_network, true);
  EXPECT_FALSE(FindAt(disk_, "/odd"));
  EXPECT_FALSE(FindAt(disk_, "/odd/place/below"));
  EXPECT_FALSE(FindAt(disk_, "/system.slice/cron.service"));
}

TEST_F(ContainerdDiskTest, PodsCarryNamespaceNameAndContainer) {
  const auto app = FindAt(disk_, std::string(kPod) + kApp);
  ASSERT_TRUE(app);
  EXPECT_EQ(app->who.kube_namespace, "shop");
  EXPECT_EQ(app->who.kube_pod, "web-7d9c");
  EXPECT_EQ(app->who.kube_container, "app");
  EXPECT_EQ(app->who.image, "docker.io/library/busy:1");
  EXPECT_FALSE(app->who.is_sandbox);
  EXPECT_TRUE(app->who.shares_network);
  EXPECT_EQ(LabelOf(app->who.labels, "io.kubernetes.pod.name"), "web-7d9c");
  EXPECT_EQ(LabelOf(app->who.labels, "io.kubernetes.pod.uid"), "0b3a5ad0-3c39-4c1f-9f02-0e4d1d0c5a11");

  const auto sandbox = FindAt(disk_, std::string(kPod) + kSandbox);
  ASSERT_TRUE(sandbox);
  EXPECT_TRUE(sandbox->who.is_sandbox);
  EXPECT_EQ(sandbox->who.kube_container, "POD");
  EXPECT_FALSE(sandbox->who.shares_network);
}

TEST(Containerd2DiskTest, DescribesItsContainersAndPods) {
  ContainerdDisk disk(Roots({FixturePath("containerd-2.2.2/state")}), "/nowhere");
  const auto plain = FindAt(disk, "/default/plain");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->who.id, "plain");
  EXPECT_EQ(plain->who.labels, (Labels{{"team", "harbour"}}));
  EXPECT_EQ(plain->who.state, ContainerState::kRunning);
  EXPECT_TRUE(plain->who.init_pid);
  const std::string pod = "/kubepods/burstable/pod0c9d2a41-1f3b-4c2e-8f57-9f1a2b3c4d5e/";
  const auto app = FindAt(disk, pod + kAppOf2);
  ASSERT_TRUE(app);
  EXPECT_EQ(app->who.kube_namespace, "shop");
  EXPECT_EQ(app->who.kube_pod, "web-0");
  EXPECT_EQ(app->who.kube_container, "app");
  EXPECT_EQ(app->who.image, "docker.io/plimsoll/busy:1");
  const auto sandbox = FindAt(disk, pod + kSandboxOf2);
  ASSERT_TRUE(sandbox);
  EXPECT_TRUE(sandbox->who.is_sandbox);
}

// A host with the captured tasks, in which containerd keeps other things where a test puts them.
class ContainerdImageTest : public testing::Test {
 protected:
  std::string Image(const std::string& cgroup, const std::string& state = "run/containerd") {
    const std::string path = host_ / state;
    if (!std::filesystem::exists(path)) {
      std::filesystem::create_directories(path);
      std::filesystem::copy(FixturePath("containerd-1.6.20/state"), path,
                            std::filesystem::copy_options::recursive);
    }
    ContainerdDisk disk(Roots({path}), host_.path());
    const auto record = FindAt(disk, cgroup);
    return record ? record->who.image : "not found";
  }
  void Database(const std::string& root) {
    const std::string dir = host_ / (root + "/io.containerd.metadata.v1.bolt");
    std::filesystem::create_directories(dir);
    std::filesystem::copy_file(FixturePath("containerd-1.6.20/root/meta.db"), dir + "/meta.db");
  }
  TempFolder host_;
  const std::string sandbox_ = std::string(kPod) + kSandbox;
};

TEST_F(ContainerdImageTest, TheDatabaseKnowsThoseOfCtrAndOfSandboxes) {
  EXPECT_EQ(Image("/default/web2"), "");
  Database("var/lib/containerd");
  EXPECT_EQ(Image("/default/web2"), "docker.io/plimsoll/busy:1");
  EXPECT_EQ(Image(sandbox_), "registry.k8s.io/pause:3.6");
  EXPECT_EQ(Image("/odd/place"), "") << "one that the database does not have";
  EXPECT_EQ(Image(std::string(kPod) + kApp), "docker.io/library/busy:1") << "its own files come first";
}

TEST_F(ContainerdImageTest, TheDatabaseIsWhereTheSettingsSayOrTheDistributionKeepsIt) {
  Database("data/containerd");
  WriteText(host_ / "etc/containerd/config.toml",
            "version = 2\nroot = '/data/containerd'\n[grpc]\n root = '/x'\n");
  EXPECT_EQ(Image("/default/web2"), "docker.io/plimsoll/busy:1");
  EXPECT_EQ(Image("/default/web2", "run/k0s/containerd"), "docker.io/plimsoll/busy:1");
  Database("var/lib/rancher/k3s/agent/containerd");
  EXPECT_EQ(Image(sandbox_, "run/k3s/containerd"), "registry.k8s.io/pause:3.6");
}

TEST_F(ContainerdImageTest, ADatabaseThatIsBrokenCostsTheImageOnly) {
  WriteText(host_ / "var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db", std::string(32768, 'x'));
  EXPECT_EQ(Image("/default/web2"), "");
}

TEST_F(ContainerdImageTest, SettingsNameTheSandboxsImageWhereNothingElseDoes) {
  WriteText(host_ / "etc/containerd/config.toml",
            "version = 2\n  sandbox_image = \"registry.k8s.io/pause:3.8\"\n");
  EXPECT_EQ(Image(sandbox_), "registry.k8s.io/pause:3.8");
  WriteText(host_ / "var/lib/rancher/k3s/agent/etc/containerd/config.toml",
            "sandbox_image = \"rancher/pause:3.6\"");
  std::filesystem::create_directories(host_ / "var/lib/rancher/k3s/agent/containerd");
  EXPECT_EQ(Image(sandbox_, "run/k3s/containerd"), "rancher/pause:3.6");
  Database("var/lib/containerd");
  EXPECT_EQ(Image(sandbox_), "registry.k8s.io/pause:3.6");
}

TEST(ContainerdSettingsTest, EitherVersion) {
  const auto image = [](std::string_view toml) { return ParseContainerdSettings(toml).sandbox_image; };
  EXPECT_EQ(image("[plugins.'io.containerd.cri.v1.images'.pinned_images]\n  sandbox = 'p:1'\n"), "p:1");
  EXPECT_EQ(image("sandboxer = \"x\"\n# sandbox_image = \"y\"\nsandbox_image = 7\n"), "");
  EXPECT_EQ(image("sandbox_image = \"unended"), "");
  EXPECT_EQ(ParseContainerdSettings("root=\"/a\" # here\r\nstate = '/b'\n").root, "/a");
  EXPECT_EQ(ParseContainerdSettings("[plugins]\nroot = '/x'\n").root, "");
}

TEST(Containerd2DiskTest, ASandboxsAnnotationNamesItsImage) {
  const auto spec =
      ParseOciSpec(R"({"annotations":{"io.kubernetes.cri.container-type":"sandbox",)"
                   R"("io.kubernetes.cri.podsandbox.image-name":"registry.k8s.io/pause:3.10"}})");
  ASSERT_TRUE(spec);
  EXPECT_EQ(ParseContainerdTask(FullId('a'), *spec, "")->image, "registry.k8s.io/pause:3.10");
}

TEST_F(ContainerdDiskTest, LeavesDockersNamespacesToDocker) {
  TempFolder dir;
  std::filesystem::create_directories(dir / kTasks);
  std::filesystem::copy(FixturePath("containerd-1.6.20/state/") + kTasks + "k8s.io", dir / kTasks + "moby",
                        std::filesystem::copy_options::recursive);
  ContainerdDisk disk(Roots({dir.path()}), "");
  EXPECT_FALSE(FindAt(disk, std::string("/docker/") + kApp));
}

TEST_F(ContainerdDiskTest, NewBundlesAreNoticedAndOldOnesForgotten) {
  TempFolder dir;
  const std::string web = dir / kTasks + "default/web";
  ContainerdDisk disk(Roots({dir.path()}), "");
  EXPECT_FALSE(FindAt(disk, "/default/web"));
  WriteText(web + "/config.json", R"({"linux":{"cgroupsPath":"/default/web"}})");
  auto record = FindAt(disk, "/default/web");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->who.state, ContainerState::kCreated);
  WriteText(web + "/init.pid", "4711");
  record = FindAt(disk, "/default/web");
  EXPECT_EQ(record->who.state, ContainerState::kRunning);
  EXPECT_EQ(record->who.init_pid, 4711);
  // containerd takes the pid away before the rest: ended, not created anew.
  std::filesystem::remove(web + "/init.pid");
  EXPECT_EQ(FindAt(disk, "/default/web")->who.state, ContainerState::kExited);
  std::filesystem::remove_all(web);
  EXPECT_FALSE(FindAt(disk, "/default/web"));
  WriteText(web + "/config.json", R"({"linux":{"cgroupsPath":"/another/place"}})");
  EXPECT_FALSE(FindAt(disk, "/default/web"));
  EXPECT_EQ(FindAt(disk, "/another/place")->who.id, "web");
}

TEST_F(ContainerdDiskTest, ANameThatIsUsedAgainIsANewContainerNotTheEndedOne) {
  TempFolder dir;
  const std::string web = dir / kTasks + "default/web";
  const auto write = [&](int second) {
    WriteText(web + "/config.json", R"({"linux":{"cgroupsPath":"/default/web"}})");
    std::filesystem::last_write_time(web + "/config.json",
                                     std::filesystem::file_time_type(std::chrono::seconds(second)));
  };
  ContainerdDisk disk(Roots({dir.path()}), "");
  write(100);
  WriteText(web + "/init.pid", "4711");
  EXPECT_EQ(FindAt(disk, "/default/web")->who.state, ContainerState::kRunning);
  std::filesystem::remove_all(web);
  EXPECT_FALSE(FindAt(disk, "/default/web"));
  write(200);
  EXPECT_EQ(FindAt(disk, "/default/web")->who.state, ContainerState::kCreated);
}

TEST_F(ContainerdDiskTest, ABundleThatIsGoneIsNoContainer) {
  TempFolder dir;
  std::filesystem::create_directories(dir / kTasks + "k8s.io");
  ContainerdDisk disk(Roots({dir.path()}), "");
  EXPECT_FALSE(FindAt(disk, "/kubepods/" + FullId('a')));
}

TEST_F(ContainerdDiskTest, ABrokenSpecIsAnErrorForItsOwnContainerOnly) {
  TempFolder dir;
  WriteText(dir / kTasks + "k8s.io/" + FullId('a') + "/config.json", "{");
  WriteText(dir / kTasks + "k8s.io/ok/config.json", R"({"linux":{"cgroupsPath":"/k8s.io/ok"}})");
  ContainerdDisk disk(Roots({dir.path()}), "");
  const std::string path = "/kubepods/" + FullId('a');
  EXPECT_FALSE(Find(disk, path, ClassifyCgroup(path)));
  EXPECT_TRUE(FindAt(disk, "/k8s.io/ok"));
}

}  // namespace
}  // namespace plimsoll::runtime
