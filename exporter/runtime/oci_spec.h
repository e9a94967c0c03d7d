#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/container.h"
#include "model/result.h"

namespace plimsoll::runtime {

// What a bundle's config.json (OCI runtime specification) tells about who runs.
struct OciSpec {
  Labels annotations;
  std::string cgroup;  // path below the hierarchy's root; empty when the spec leaves it to the runtime
  bool has_network_namespace = false;  // of its own, or joined; without one it shares the host's
  std::string network_namespace;       // path of the one joined: "/proc/123/ns/net", "/run/netns/cni-1"
};

//   {"annotations":{"a":"b"},"linux":{"cgroupsPath":"/default/web","namespaces":[{"type":"network"}]}}
Result<OciSpec> ParseOciSpec(std::string_view text);

// linux.cgroupsPath as a path below the hierarchy's root. "slice:prefix:name" is systemd's form:
// "kubepods-burstable.slice:cri-containerd:ab" ->
// "/kubepods.slice/kubepods-burstable.slice/cri-containerd-ab.scope". Empty for a relative
// path: only the runtime knows what it is relative to.
std::string CgroupOfSpecPath(std::string_view cgroups_path);

// The network as the spec has it. Joining a process's namespace is sharing
// another container's; a named one (/run/netns/...) was made for this one.
void FillNetwork(const OciSpec& spec, Container& who);

}  // namespace plimsoll::runtime
