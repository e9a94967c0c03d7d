#include "exporter/runtime/cgroup_name.h"

#include <algorithm>
#include <array>
#include <utility>

namespace plimsoll::runtime {
namespace {

using Shape = CgroupName::Shape;

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool TakeSuffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

struct Prefix {
  std::string_view text;
  RuntimeKind runtime;
};
// Longer ones first where one begins with another.
constexpr std::array kPrefixes{
    Prefix{"docker-", RuntimeKind::kDocker},
    Prefix{"libpod-payload-", RuntimeKind::kPodman},  // --cgroups=split, as quadlet units use it
    Prefix{"libpod-", RuntimeKind::kPodman},
    Prefix{"cri-containerd-", RuntimeKind::kContainerd},
    Prefix{"nerdctl-", RuntimeKind::kContainerd},
    Prefix{"crio-", RuntimeKind::kCrio},
};

// Processes that runtimes run beside a container, and containers of managers
// that are shown as plain cgroups.
bool IsNeverContainer(std::string_view component) {
  return component.starts_with("libpod-conmon-") || component.starts_with("crio-conmon-") ||
         component.starts_with("lxc.payload") || component.starts_with("lxc.monitor");
}

// "cri-containerd-<id>.scope" and the like. `parent` is the component before it.
std::optional<CgroupName> ContainerOf(std::string_view component, std::string_view parent) {
  TakeSuffix(component, ".scope");
  // runc told to use systemd's form without systemd makes a directory of it literally:
  // "kubepods-besteffort-pod<u_i_d>.slice:cri-containerd:<id>".
  if (const size_t colon = component.rfind(':'); colon != std::string_view::npos) {
    const std::string_view id = component.substr(colon + 1);
    const std::string_view before = component.substr(0, colon);
    const size_t first = before.rfind(':');
    if (!IsFullId(id) || first == std::string_view::npos) return std::nullopt;
    const std::string prefix = std::string(before.substr(first + 1)) + "-";
    for (const Prefix& known : kPrefixes)
      if (prefix == known.text) return CgroupName{Shape::kContainer, known.runtime, std::string(id), ""};
    return CgroupName{Shape::kContainer, std::nullopt, std::string(id), ""};
  }
  if (IsFullId(component)) {
    if (parent == "libpod_parent") return std::nullopt;  // a pod; its containers are below it
    CgroupName name{Shape::kContainer, std::nullopt, std::string(component), ""};
    if (parent == "docker") name.hint = RuntimeKind::kDocker;
    return name;
  }
  for (const Prefix& known : kPrefixes) {
    std::string_view id = component;
    if (TakePrefix(id, known.text) && IsFullId(id))
      return CgroupName{Shape::kContainer, known.runtime, std::string(id), ""};
  }
  return std::nullopt;
}

bool IsPodUid(std::string_view text) {
  // A uid, or the hash of a static pod's manifest (32 hex digits).
  return text.size() >= 32 && text.size() <= 36 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-' || c == '_';
         });
}

// "pod<uid>" (cgroupfs driver) or "kubepods-burstable-pod<u_i_d>.slice" (systemd driver).
std::string PodUidOf(std::string_view component) {
  if (const size_t colon = component.find(':'); colon != std::string_view::npos)
    component = component.substr(0, colon);
  if (TakeSuffix(component, ".slice")) {
    const size_t at = component.rfind("-pod");
    if (!component.starts_with("kubepods") || at == std::string_view::npos) return "";
    component.remove_prefix(at + 1);
  }
  if (!TakePrefix(component, "pod") || !IsPodUid(component)) return "";
  std::string uid(component);
  std::replace(uid.begin(), uid.end(), '_', '-');
  return uid;
}

}  // namespace

bool IsFullId(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

CgroupName ClassifyCgroup(std::string_view path) {
  CgroupName name{Shape::kPlain, std::nullopt, "", ""};
  std::string pod_uid;
  std::string_view parent;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    // Something follows below a container or a runtime's own process.
    if (name.shape == Shape::kContainer || IsNeverContainer(parent)) return CgroupName{};
    const std::string_view component = path.substr(0, path.find('/'));
    path.remove_prefix(component.size());
    if (std::string uid = PodUidOf(component); !uid.empty()) pod_uid = std::move(uid);
    if (auto container = ContainerOf(component, parent)) {
      name = std::move(*container);
    } else {
      name.shape = IsNeverContainer(component) ? Shape::kPlain : Shape::kUnrecognised;
    }
    parent = component;
  }
  name.pod_uid = std::move(pod_uid);
  return name;
}

}  // namespace plimsoll::runtime
