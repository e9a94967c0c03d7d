#include "exporter/runtime/crio_disk.h"

#include <charconv>

#include "exporter/runtime/docker_fields.h"
#include "exporter/runtime/json_text.h"
#include "exporter/runtime/small_file.h"
#include "model/timestamp.h"

namespace plimsoll::runtime {
namespace {

// An annotation whose text is a JSON object of strings, "{\"app\":\"web\"}".
Labels LabelsInText(std::string_view text) {
  const auto json = ParseJsonObject(text);
  if (!json) return {};
  const Json wrapped = {{"labels", *json}};
  return LabelsAt(wrapped, "labels");
}

std::optional<uint64_t> RestartCountOf(const OciSpec& spec) {
  constexpr std::string_view kKey = "io.kubernetes.container.restartCount";
  std::string text(LabelOf(spec.annotations, kKey));
  if (text.empty())
    text = LabelOf(LabelsInText(LabelOf(spec.annotations, "io.kubernetes.cri-o.Annotations")), kKey);
  uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return count;
}

ContainerState StateOf(std::string_view status) {
  if (status == "created") return ContainerState::kCreated;
  if (status == "running") return ContainerState::kRunning;
  if (status == "paused") return ContainerState::kPaused;
  if (status == "stopped") return ContainerState::kExited;
  return ContainerState::kUnknown;
}

}  // namespace

Result<Container> ParseCrioSpec(std::string_view id, const OciSpec& spec) {
  const auto annotation = [&](std::string_view key) { return LabelOf(spec.annotations, key); };
  if (annotation("io.container.manager") == "libpod") return Fail("a Podman container");
  Container who;
  who.runtime = RuntimeKind::kCrio;
  who.id = id;
  // A sandbox's Name is the pod's; its container is called k8s_POD_...
  who.name = annotation("io.kubernetes.cri-o.ContainerName");
  if (who.name.empty()) who.name = annotation("io.kubernetes.cri-o.Name");
  if (who.name.empty()) return Fail("no io.kubernetes.cri-o.Name");
  who.image = annotation("io.kubernetes.cri-o.ImageName");
  if (who.image.empty()) who.image = annotation("io.kubernetes.cri-o.Image");
  who.labels = LabelsInText(annotation("io.kubernetes.cri-o.Labels"));
  who.created_at = ParseTimestamp(annotation("io.kubernetes.cri-o.Created"));
  who.kube_namespace = annotation("io.kubernetes.pod.namespace");
  who.kube_pod = annotation("io.kubernetes.pod.name");
  who.kube_container = annotation("io.kubernetes.container.name");
  who.is_sandbox = annotation("io.kubernetes.cri-o.ContainerType") == "sandbox";
  if (who.is_sandbox) who.kube_container = "POD";
  who.restart_count = RestartCountOf(spec);
  SetLabel(who.labels, "io.kubernetes.pod.namespace", who.kube_namespace);
  SetLabel(who.labels, "io.kubernetes.pod.name", who.kube_pod);
  SetLabel(who.labels, "io.kubernetes.pod.uid", annotation("io.kubernetes.pod.uid"));
  SetLabel(who.labels, "io.kubernetes.container.name", who.is_sandbox ? "" : who.kube_container);
  FillNetwork(spec, who);
  // Containers join the namespace CRI-O pinned for their sandbox (/var/run/netns/<name>).
  if (!who.is_sandbox) who.shares_network = spec.has_network_namespace;
  return who;
}

Result<void> ApplyCrioState(std::string_view text, Container& who) {
  const auto state = ParseJsonObject(text);
  if (!state) return tl::unexpected(state.error());
  who.state = StateOf(StringAt(*state, "status"));
  who.started_at = ParseTimestamp(StringAt(*state, "started"));
  who.finished_at = ParseTimestamp(StringAt(*state, "finished"));
  who.oom_killed = BoolAt(*state, "oomKilled").value_or(false);
  const auto code = IntAt(*state, "exitCode");
  if (who.state == ContainerState::kExited && code && *code >= INT32_MIN && *code <= INT32_MAX)
    who.exit_code = static_cast<int>(*code);
  if (const auto pid = IntAt(*state, "initPid"); pid && *pid > 0 && who.state != ContainerState::kExited)
    who.init_pid = *pid;
  return {};
}

Result<std::optional<DiskRecord>> CrioDisk::Find(const Place&, std::string_view, const CgroupName& name) {
  if (name.shape != CgroupName::Shape::kContainer) return std::nullopt;
  std::optional<DiskRecord> record;
  for (const std::string& storage : storages_) {
    const std::string all = JoinPath(storage, "overlay-containers");
    const std::string dir = JoinPath(all, name.id + "/userdata");
    const auto text = ReadSmallFile(dir + "/config.json");
    if (!text) return tl::unexpected(WhyUnread(all, text.error()));
    if (!*text) continue;
    const auto spec = ParseOciSpec(**text);
    if (!spec) return tl::unexpected(spec.error().In(dir + "/config.json"));
    auto who = ParseCrioSpec(name.id, *spec);
    if (!who) return std::nullopt;
    record = DiskRecord{std::move(*who), {{dir, false}}};
    break;
  }
  if (!record) return std::nullopt;
  for (const std::string& dir : Userdata(name.id)) {
    const auto state = ReadSmallFile(dir + "/state.json");
    if (!state || !*state) continue;
    if (auto applied = ApplyCrioState(**state, record->who); !applied)
      return tl::unexpected(applied.error().In(dir + "/state.json"));
    if (dir != record->watch.front().path) record->watch.push_back({dir, false});
  }
  return record;
}

std::vector<std::string> CrioDisk::Userdata(const std::string& id) const {
  std::vector<std::string> dirs;
  for (const std::string& storage : storages_)
    dirs.push_back(JoinPath(storage, "overlay-containers/" + id + "/userdata"));
  return dirs;
}

}  // namespace plimsoll::runtime
