#include "exporter/runtime/cgroup_name.h"

#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

using Shape = CgroupName::Shape;

const std::string kId = "412c539d128e415c7df93becc00928fc1b65ab57fd80b4ae5e80b36ae76d9e07";
const std::string kUid = "3f1c4a52-7f0e-4f57-9d57-0b2f6f0c8e11";
const std::string kSlice =
    "/kubepods.slice/kubepods-burstable.slice/"
    "kubepods-burstable-pod3f1c4a52_7f0e_4f57_9d57_0b2f6f0c8e11.slice";

void ExpectContainer(const std::string& path, std::optional<RuntimeKind> hint,
                     const std::string& pod_uid = "") {
  const CgroupName name = ClassifyCgroup(path);
  EXPECT_EQ(name.shape, Shape::kContainer) << path;
  EXPECT_EQ(name.id, kId) << path;
  EXPECT_EQ(name.hint, hint) << path;
  EXPECT_EQ(name.pod_uid, pod_uid) << path;
}

void ExpectShape(const std::string& path, Shape shape) {
  const CgroupName name = ClassifyCgroup(path);
  EXPECT_EQ(name.shape, shape) << path;
  EXPECT_EQ(name.id, "") << path;
}

TEST(CgroupNameTest, DockerByEitherDriverAndAnyParent) {
  ExpectContainer("/docker/" + kId, RuntimeKind::kDocker);
  ExpectContainer("/system.slice/docker-" + kId + ".scope", RuntimeKind::kDocker);
  ExpectContainer("/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + kId + ".scope",
                  RuntimeKind::kDocker);
  ExpectContainer("/my/parent/" + kId, std::nullopt);
  ExpectContainer("/actions_job/" + kId, std::nullopt);
  ExpectContainer("/" + kId, std::nullopt);
}

TEST(CgroupNameTest, PodmanAndItsMonitors) {
  ExpectContainer("/libpod_parent/libpod-" + kId, RuntimeKind::kPodman);
  ExpectContainer("/machine.slice/libpod-" + kId + ".scope", RuntimeKind::kPodman);
  ExpectContainer("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope",
                  RuntimeKind::kPodman);
  ExpectContainer("/libpod_parent/" + FullId('9') + "/libpod-" + kId, RuntimeKind::kPodman);
  ExpectContainer("/system.slice/web.service/libpod-payload-" + kId, RuntimeKind::kPodman);
  ExpectShape("/machine.slice/libpod-" + kId + ".scope/container", Shape::kPlain);
  ExpectShape("/machine.slice/libpod-conmon-" + kId + ".scope", Shape::kPlain);
  ExpectShape("/libpod_parent/libpod-conmon-" + kId, Shape::kPlain);
  ExpectShape("/libpod_parent/" + FullId('9'), Shape::kUnrecognised);  // a pod is not a container
}

TEST(CgroupNameTest, KubernetesByEitherDriver) {
  ExpectContainer("/kubepods/burstable/pod" + kUid + "/" + kId, std::nullopt, kUid);
  ExpectContainer("/kubepods/pod" + kUid + "/" + kId, std::nullopt, kUid);
  ExpectContainer("/kubelet/kubepods/besteffort/pod" + kUid + "/" + kId, std::nullopt, kUid);
  ExpectContainer(kSlice + "/cri-containerd-" + kId + ".scope", RuntimeKind::kContainerd, kUid);
  ExpectContainer(kSlice + "/crio-" + kId + ".scope", RuntimeKind::kCrio, kUid);
  ExpectContainer(kSlice + "/docker-" + kId + ".scope", RuntimeKind::kDocker, kUid);
  ExpectContainer("/kubepods/burstable/pod" + kUid + "/crio-" + kId, RuntimeKind::kCrio, kUid);
  ExpectContainer(
      "/kubepods.slice/kubepods-pod0123456789abcdef0123456789abcdef.slice/cri-containerd-" + kId + ".scope",
      RuntimeKind::kContainerd, "0123456789abcdef0123456789abcdef");  // a static pod
  ExpectContainer(
      "/system.slice/containerd.service/kubepods-burstable-pod3f1c4a52_7f0e_4f57_9d57_0b2f6f0c8e11.slice:"
      "cri-containerd:" +
          kId,
      RuntimeKind::kContainerd, kUid);
  ExpectContainer("/kubepods-pod3f1c4a52_7f0e_4f57_9d57_0b2f6f0c8e11.slice:runtime-of-tomorrow:" + kId,
                  std::nullopt, kUid);
  ExpectShape(kSlice, Shape::kUnrecognised);
  ExpectShape("/kubepods/burstable/pod" + kUid, Shape::kUnrecognised);
  EXPECT_EQ(ClassifyCgroup(kSlice).pod_uid, kUid);
  ExpectShape(kSlice + "/crio-conmon-" + kId + ".scope", Shape::kPlain);
  ExpectShape(kSlice + "/crio-" + kId + ".scope/container", Shape::kPlain);
}

TEST(CgroupNameTest, EverythingBelowAContainerIsPlain) {
  ExpectShape("/docker/" + kId + "/init", Shape::kPlain);
  ExpectShape("/docker/" + kId + "/docker/" + FullId('b'), Shape::kPlain);
  ExpectShape("/docker/" + kId + "/kubelet/kubepods/pod" + kUid + "/" + FullId('b'), Shape::kPlain);
  ExpectShape("/lxc.payload.web/system.slice/docker-" + kId + ".scope", Shape::kPlain);
}

TEST(CgroupNameTest, OthersAreUnrecognisedOrPlain) {
  ExpectShape("/", Shape::kPlain);
  ExpectShape("", Shape::kPlain);
  ExpectShape("/lxc.payload.web", Shape::kPlain);
  ExpectShape("/lxc.monitor.web", Shape::kPlain);
  for (const char* path :
       {"/system.slice/cron.service", "/default/web", "/docker", "/machine.slice/machine-x.scope",
        "/user.slice", "/libpod_parent", "/buildkit/x7k2", "/system.slice/docker.service"})
    ExpectShape(path, Shape::kUnrecognised);
}

TEST(CgroupNameTest, AlmostIdsAreNotIds) {
  ExpectShape("/docker/" + kId.substr(1), Shape::kUnrecognised);
  ExpectShape("/docker/" + kId + "0", Shape::kUnrecognised);
  std::string upper = kId;
  upper[3] = 'C';
  ExpectShape("/docker/" + upper, Shape::kUnrecognised);
  ExpectShape("/system.slice/docker-" + kId.substr(1) + ".scope", Shape::kUnrecognised);
  ExpectShape("/system.slice/other-" + kId + ".scope", Shape::kUnrecognised);
}

TEST(CgroupNameTest, RepeatedSlashesAndBytesOfAnyKindDoNoHarm) {
  ExpectContainer("//docker//" + kId + "/", RuntimeKind::kDocker);
  ExpectShape(std::string("/a\0b/\xff\xfe", 7), Shape::kUnrecognised);
  ExpectShape("/::/:", Shape::kUnrecognised);
}

}  // namespace
}  // namespace plimsoll::runtime
