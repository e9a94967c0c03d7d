#include "exporter/runtime/crio_disk.h"

#include "exporter/runtime/docker_fields.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

std::string Repeat(const std::string& text) {
  std::string all;
  for (int i = 0; i < 32; ++i) all += text;
  return all;
}

const std::string kApp = Repeat("a1");
const std::string kSandbox = Repeat("b2");

std::optional<DiskRecord> Captured(const std::string& id) {
  CrioDisk disk({FixturePath("crio/run"), FixturePath("crio/lib")}, "/run/crio");
  auto record = Find(disk, "", ClassifyCgroup("/kubepods.slice/crio-" + id + ".scope"));
  EXPECT_TRUE(record) << record.error().message;
  return record ? std::move(*record) : std::nullopt;
}

TEST(CrioDiskTest, DescribesAContainerOfAPod) {
  const auto record = Captured(kApp);
  ASSERT_TRUE(record);
  const Container& app = record->who;
  EXPECT_EQ(app.runtime, RuntimeKind::kCrio);
  EXPECT_EQ(app.id, kApp);
  EXPECT_EQ(app.name, "k8s_nginx_web-7d9c5b8f4-x2x9p_shop_3f1c4a52-7f0e-4f57-9d57-0b2f6f0c8e11_2");
  EXPECT_EQ(app.image, "docker.io/library/nginx:1.25");
  EXPECT_EQ(app.kube_namespace, "shop");
  EXPECT_EQ(app.kube_pod, "web-7d9c5b8f4-x2x9p");
  EXPECT_EQ(app.kube_container, "nginx");
  EXPECT_EQ(LabelOf(app.labels, "app.kubernetes.io/name"), "web");
  EXPECT_EQ(app.restart_count, 2u);
  EXPECT_TRUE(app.shares_network);
  EXPECT_EQ(app.host_network, false);
  EXPECT_EQ(app.state, ContainerState::kExited);
  EXPECT_EQ(app.exit_code, 137);
  EXPECT_EQ(app.oom_killed, true);
  EXPECT_EQ(app.started_at, At(1772600768));
  EXPECT_EQ(app.finished_at, At(1772600950, 500000000));
  EXPECT_EQ(app.init_pid, std::nullopt);
  EXPECT_EQ(record->watch.size(), 2u);
}

TEST(CrioDiskTest, DescribesASandbox) {
  const auto record = Captured(kSandbox);
  ASSERT_TRUE(record);
  EXPECT_TRUE(record->who.is_sandbox);
  EXPECT_EQ(record->who.kube_container, "POD");
  EXPECT_EQ(record->who.name, "k8s_POD_web-7d9c5b8f4-x2x9p_shop_3f1c4a52-7f0e-4f57-9d57-0b2f6f0c8e11_0");
  EXPECT_EQ(record->who.image, "registry.k8s.io/pause:3.9");
  EXPECT_FALSE(record->who.shares_network);
  EXPECT_EQ(record->who.state, ContainerState::kRunning);
  EXPECT_EQ(record->who.init_pid, 4242);
  EXPECT_EQ(record->who.exit_code, std::nullopt);
}

TEST(CrioDiskTest, PodmansSpecsInTheSamePlaceAreNotItsOwn) {
  TempFolder dir;
  const std::string id = FullId('c');
  WriteText(dir / ("overlay-containers/" + id + "/userdata/config.json"),
            R"({"annotations":{"io.container.manager":"libpod","io.kubernetes.cri-o.TTY":"false"}})");
  CrioDisk disk({dir.path()}, "");
  const auto record = Find(disk, "", ClassifyCgroup("/x/" + id));
  ASSERT_TRUE(record);
  EXPECT_FALSE(*record);
}

TEST(CrioDiskTest, BrokenFilesAreErrors) {
  TempFolder dir;
  const std::string id = FullId('c');
  const std::string userdata = dir / ("overlay-containers/" + id + "/userdata/");
  CrioDisk disk({dir.path()}, "");
  WriteText(userdata + "config.json", "nothing");
  EXPECT_FALSE(Find(disk, "", ClassifyCgroup("/x/" + id)));
  WriteText(userdata + "config.json",
            R"({"annotations":{"io.kubernetes.cri-o.Name":"n","io.kubernetes.cri-o.Labels":"{"}})");
  EXPECT_TRUE(Find(disk, "", ClassifyCgroup("/x/" + id)));
  WriteText(userdata + "state.json", R"({"status":"a word of a later version"})");
  EXPECT_EQ(Find(disk, "", ClassifyCgroup("/x/" + id)).value()->who.state, ContainerState::kUnknown);
  WriteText(userdata + "state.json", "[]");
  EXPECT_FALSE(Find(disk, "", ClassifyCgroup("/x/" + id)));
}

}  // namespace
}  // namespace plimsoll::runtime
