#include "exporter/runtime/containerd_disk.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "exporter/runtime/careful_open.h"
#include "exporter/runtime/docker_fields.h"
#include "exporter/runtime/small_file.h"

namespace plimsoll::runtime {
namespace {

constexpr size_t kMaxStarted = 8192;
constexpr std::string_view kTasks = "io.containerd.runtime.v2.task";

std::optional<WallTime> ModifiedAt(const std::string& path) {
  const auto opened = OpenRegularFile(path);
  struct stat status {};
  if (!opened || !*opened || ::fstat((*opened)->fd.get(), &status) != 0) return std::nullopt;
  return WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                  std::chrono::nanoseconds(status.st_mtim.tv_nsec));
}

std::optional<int64_t> ParsePid(std::string_view text) {
  int64_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc() || pid <= 0) return std::nullopt;
  return pid;
}

std::string LastComponent(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// "moby" and "plugins.moby".
bool IsDockers(std::string_view containerd_namespace) { return containerd_namespace.ends_with("moby"); }

std::optional<std::string> CgroupOfBundle(const std::string& bundle) {
  const auto text = ReadSmallFile(bundle + "/config.json");
  if (!text) return std::string();
  if (!*text) return std::nullopt;
  const auto spec = ParseOciSpec(**text);
  if (!spec) return std::nullopt;
  return spec->cgroup;
}

}  // namespace

Result<Container> ParseContainerdTask(std::string_view id, const OciSpec& spec, std::string_view pod_uid) {
  if (id.empty()) return Fail("no id");
  Container who;
  who.runtime = RuntimeKind::kContainerd;
  who.id = id;
  who.name = id;
  who.labels = spec.annotations;
  const auto annotation = [&](std::string_view key) { return LabelOf(spec.annotations, key); };
  who.image = annotation("io.kubernetes.cri.image-name");
  if (who.image.empty()) who.image = annotation("io.kubernetes.cri.podsandbox.image-name");
  who.kube_namespace = annotation("io.kubernetes.cri.sandbox-namespace");
  who.kube_pod = annotation("io.kubernetes.cri.sandbox-name");
  who.kube_container = annotation("io.kubernetes.cri.container-name");
  who.is_sandbox = annotation("io.kubernetes.cri.container-type") == "sandbox";
  if (who.is_sandbox) who.kube_container = "POD";
  FillNetwork(spec, who);
  const bool in_pod = !annotation("io.kubernetes.cri.sandbox-id").empty() && !who.is_sandbox;
  if (in_pod) who.shares_network = true;
  // The labels a kubelet gives, which containerd keeps in its own store only.
  SetLabel(who.labels, "io.kubernetes.pod.namespace", who.kube_namespace);
  SetLabel(who.labels, "io.kubernetes.pod.name", who.kube_pod);
  SetLabel(who.labels, "io.kubernetes.container.name", who.is_sandbox ? "" : who.kube_container);
  const std::string_view uid = annotation("io.kubernetes.cri.sandbox-uid");
  if (!who.kube_pod.empty()) SetLabel(who.labels, "io.kubernetes.pod.uid", uid.empty() ? pod_uid : uid);
  return who;
}

ContainerdDisk::ContainerdDisk(PathsOf states, std::string rootfs)
    : states_(std::move(states)), images_(std::move(rootfs)), index_(CgroupOfBundle) {}

Result<std::optional<DiskRecord>> ContainerdDisk::Find(const Place& place, std::string_view cgroup,
                                                       const CgroupName& name) {
  const auto namespaces = ListDirectory(place.path);
  if (!namespaces) return tl::unexpected(namespaces.error());
  std::optional<Error> unread;  // hides no other
  for (const std::string& one : *namespaces) {
    if (IsDockers(one)) continue;
    const std::string parent = JoinPath(place.path, one);
    std::optional<std::string> bundle = JoinPath(parent, name.id);
    if (name.shape != CgroupName::Shape::kContainer) bundle = index_.Find(parent, cgroup);
    if (!bundle) continue;
    auto record = ReadBundle(place, one, *bundle, name.pod_uid);
    if (record && *record) return record;
    if (!record && !unread) unread = record.error();
  }
  if (unread) return tl::unexpected(*unread);
  return std::nullopt;
}

Result<std::optional<DiskRecord>> ContainerdDisk::ReadBundle(const Place& place, const std::string& space,
                                                             const std::string& bundle,
                                                             std::string_view pod_uid) {
  const std::string config = bundle + "/config.json";
  const auto text = ReadSmallFile(config);
  if (!text) return tl::unexpected(text.error());
  if (!*text) {
    started_.erase(bundle);
    return std::nullopt;
  }
  const auto spec = ParseOciSpec(**text);
  if (!spec) return tl::unexpected(spec.error().In(config));
  auto who = ParseContainerdTask(LastComponent(bundle), *spec, pod_uid);
  if (!who) return tl::unexpected(who.error().In(config));
  who->created_at = ModifiedAt(config);
  if (who->image.empty() && place.user == 0) {  // the database is root's containerd's
    const std::string state = place.path.substr(0, place.path.rfind('/'));
    who->image = images_.Of(state, space, who->id, who->created_at);
    if (who->image.empty() && who->is_sandbox) who->image = images_.OfSandboxes(state);
  }
  const auto pid = ReadSmallFile(bundle + "/init.pid");
  if (pid && *pid) {
    who->init_pid = ParsePid(**pid);
    who->started_at = ModifiedAt(bundle + "/init.pid");
  }
  if (who->init_pid) {
    if (started_.size() >= kMaxStarted) started_.clear();
    started_[bundle] = who->created_at;
    who->state = ContainerState::kRunning;
  } else {
    const auto started = started_.find(bundle);
    const bool has_ended = started != started_.end() && started->second == who->created_at;
    who->state = has_ended ? ContainerState::kExited : ContainerState::kCreated;
  }
  return DiskRecord{std::move(*who), {{bundle, false}}};
}

std::vector<Place> ContainerdDisk::PlacesOf(uid_t user) const {
  std::vector<Place> places;
  for (const std::string& state : states_(user)) places.push_back({JoinPath(state, kTasks), user});
  return places;
}

}  // namespace plimsoll::runtime
