#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/container.h"

namespace plimsoll::runtime {

// What the path of a cgroup alone tells about whose it is.
struct CgroupName {
  enum class Shape {
    kContainer,     // named as a runtime names a container's cgroup; `id` says which
    kUnrecognised,  // may be anything: a service, a slice, or a container under a name of its user's choice
    kPlain,  // never a container itself: the root, a runtime's own process, anything nested in a container
  };
  Shape shape = Shape::kPlain;
  std::optional<RuntimeKind> hint;  // which runtime names cgroups so; absent where several do
  std::string id;                   // 64 hex digits
  std::string pod_uid;              // Kubernetes, with dashes; empty elsewhere
};

// `path` is relative to the hierarchy's root and begins with '/':
//
//   /docker/<id>                                     container, Docker (any parent: container, no hint)
//   /system.slice/docker-<id>.scope                  container, Docker
//   /libpod_parent/libpod-<id>                       container, Podman; so /machine.slice/libpod-<id>.scope
//   /machine.slice/libpod-<id>.scope/container       plain, as all below a container
//   /machine.slice/libpod-conmon-<id>.scope          plain
//   /kubepods/burstable/pod<uid>/<id>                container, no hint
//   /kubepods.slice/kubepods-pod<u_i_d>.slice/cri-containerd-<id>.scope   container, containerd
//   /default/web                                     unrecognised
CgroupName ClassifyCgroup(std::string_view path);

// 64 lower-case hex digits, as every engine makes its ids.
bool IsFullId(std::string_view text);

}  // namespace plimsoll::runtime
