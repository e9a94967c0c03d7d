#include "exporter/runtime/oci_state.h"

#include <algorithm>

#include "exporter/runtime/docker_fields.h"
#include "exporter/runtime/json_text.h"
#include "exporter/runtime/oci_spec.h"
#include "exporter/runtime/small_file.h"
#include "model/timestamp.h"

namespace plimsoll::runtime {
namespace {

constexpr std::string_view kCgroupMount = "/sys/fs/cgroup";

// "/sys/fs/cgroup/cpu,cpuacct/my/own" of controller "cpu" -> "/my/own"; "" for anything else.
std::string BelowController(std::string_view path, std::string_view controller) {
  if (!path.starts_with(kCgroupMount)) return "";
  path.remove_prefix(kCgroupMount.size());
  if (controller.empty()) return std::string(path);
  if (!path.starts_with('/')) return "";
  const size_t end = std::min(path.find('/', 1), path.size());
  const std::string mount = "," + std::string(path.substr(1, end - 1)) + ",";
  if (mount.find("," + std::string(controller) + ",") == std::string::npos) return "";
  return end == path.size() ? "/" : std::string(path.substr(end));
}

std::string CgroupOfPaths(const Json& paths) {
  for (const char* controller : {"memory", "cpu", "pids", "devices"})
    if (std::string path = BelowController(StringAt(paths, controller), controller); !path.empty())
      return path;
  return BelowController(StringAt(paths, ""), "");
}

// ["bundle=/b","a=b"] -> {a: b}; the image is nobody's business down here.
Labels LabelsOf(const Json& config) {
  Labels labels;
  const Json* list = Member(config, "labels");
  if (!list || !list->is_array()) return labels;
  for (const Json& one : *list) {
    if (!one.is_string()) continue;
    const std::string_view text = one.get_ref<const std::string&>();
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || text.starts_with("bundle=")) continue;
    SetLabel(labels, text.substr(0, equals), text.substr(equals + 1));
  }
  return labels;
}

void FillNamespaces(const Json& config, Container& who) {
  const Json* namespaces = Member(config, "namespaces");
  if (!namespaces || !namespaces->is_array()) return;
  OciSpec spec;
  for (const Json& one : *namespaces) {
    if (StringAt(one, "type") != "NEWNET") continue;
    spec.has_network_namespace = true;
    spec.network_namespace = StringAt(one, "path");
  }
  FillNetwork(spec, who);
}

std::string LastComponent(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Result<Container> ParseRuncState(std::string_view text) {
  const auto state = ParseJsonObject(text);
  if (!state) return tl::unexpected(state.error());
  Container who;
  who.runtime = RuntimeKind::kOci;
  who.id = StringAt(*state, "id");
  if (who.id.empty()) return Fail("no id");
  who.name = who.id;
  who.cgroup = CgroupOfPaths(MemberOrNull(*state, "cgroup_paths"));
  if (const auto pid = IntAt(*state, "init_process_pid"); pid && *pid > 0) who.init_pid = *pid;
  who.created_at = ParseTimestamp(StringAt(*state, "created"));
  const Json& config = MemberOrNull(*state, "config");
  who.labels = LabelsOf(config);
  FillNamespaces(config, who);
  who.state = ContainerState::kRunning;  // the file goes with the container
  return who;
}

Result<Container> ParseCrunStatus(std::string_view id, std::string_view status, std::string_view spec_text) {
  const auto state = ParseJsonObject(status);
  if (!state) return tl::unexpected(state.error());
  Container who;
  who.runtime = RuntimeKind::kOci;
  who.id = id;
  who.name = id;
  who.cgroup = CgroupOfSpecPath(StringAt(*state, "cgroup-path"));
  if (const auto pid = IntAt(*state, "pid"); pid && *pid > 0) who.init_pid = *pid;
  who.created_at = ParseTimestamp(StringAt(*state, "created"));
  who.state = ContainerState::kRunning;
  if (const auto spec = ParseOciSpec(spec_text)) {
    who.labels = spec->annotations;
    FillNetwork(*spec, who);
  }
  return who;
}

OciState::OciState(PathsOf roots)
    : roots_(std::move(roots)), index_([this](const std::string& bundle) -> std::optional<std::string> {
        auto record = FindBundle(bundle);
        if (!record || !*record) return std::nullopt;
        return std::move((*record)->who.cgroup);
      }) {}

Result<std::optional<DiskRecord>> OciState::Find(const Place& place, std::string_view cgroup,
                                                 const CgroupName& name) {
  if (name.shape == CgroupName::Shape::kContainer) {
    auto record = FindBundle(JoinPath(place.path, name.id));
    if (!record) return tl::unexpected(WhyUnread(place.path, record.error()));
    return record;
  }
  const auto bundle = index_.Find(place.path, cgroup);
  if (!bundle) return std::nullopt;
  return FindBundle(*bundle);
}

Result<std::optional<DiskRecord>> OciState::FindBundle(const std::string& bundle) {
  const auto runc = ReadSmallFile(bundle + "/state.json");
  if (!runc) return tl::unexpected(runc.error());
  if (*runc) {
    auto who = ParseRuncState(**runc);
    if (!who) return tl::unexpected(who.error().In(bundle + "/state.json"));
    return DiskRecord{std::move(*who), {{bundle, false}}};
  }
  const auto status = ReadSmallFile(bundle + "/status");
  if (!status) return tl::unexpected(status.error());
  if (!*status) return std::nullopt;
  const auto spec = ReadSmallFile(bundle + "/config.json");
  auto who = ParseCrunStatus(LastComponent(bundle), **status, spec && *spec ? **spec : std::string());
  if (!who) return tl::unexpected(who.error().In(bundle + "/status"));
  return DiskRecord{std::move(*who), {{bundle, false}}};
}

std::vector<Place> OciState::PlacesOf(uid_t user) const {
  std::vector<Place> places;
  for (std::string& root : roots_(user)) places.push_back({std::move(root), user});
  return places;
}

}  // namespace plimsoll::runtime
