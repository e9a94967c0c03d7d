#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/clock.h"

namespace plimsoll {

// Who manages a cgroup. kCgroup is everything that no container runtime
// claims: systemd services and slices, LXC, nspawn, the root.
enum class RuntimeKind { kCgroup, kDocker, kPodman, kContainerd, kCrio, kOci };

// "cgroup", "docker", "podman", "containerd", "crio", "oci".
const char* RuntimeName(RuntimeKind kind);

enum class ContainerState { kUnknown, kCreated, kRunning, kPaused, kRestarting, kExited, kDead };
// kNone: the runtime says that no health check is defined. kUnknown: nobody said anything.
enum class ContainerHealth { kUnknown, kNone, kStarting, kHealthy, kUnhealthy };

const char* StateName(
    ContainerState state);  // as Docker spells it: "running", "exited", ...; "" when unknown
const char* HealthName(
    ContainerHealth health);  // "none", "starting", "healthy", "unhealthy"; "" when unknown

using Labels = std::vector<std::pair<std::string, std::string>>;  // sorted by key, keys unique

// Who a cgroup belongs to. Immutable once shared: a change of name, state or
// health is a new Container under the same `cgroup`. Strings are as the runtime
// gave them (any bytes); whoever prints them escapes them.
struct Container {
  RuntimeKind runtime = RuntimeKind::kCgroup;
  std::string cgroup;  // path below the hierarchy's root, "/docker/<id>"; "/" is the host itself
  std::string id;      // the runtime's own id; empty for plain cgroups
  std::string name;  // as cAdvisor names it: Docker/Podman/CRI-O name, containerd id; empty for plain cgroups
  std::string image;  // as the user asked for it, "nginx:1.25"; empty when unknown
  Labels labels;      // all labels of the runtime; which become metric labels is the exposition's choice

  // Kubernetes, from CRI labels or annotations; empty elsewhere. The sandbox
  // ("pause") of a pod has pod_container "POD", as cAdvisor shows it.
  std::string kube_namespace, kube_pod, kube_container;

  ContainerState state = ContainerState::kUnknown;
  ContainerHealth health = ContainerHealth::kUnknown;
  std::optional<uint64_t> restart_count;  // by the runtime's restart policy
  std::optional<int> exit_code;           // of the last end; absent while never ended
  std::optional<bool> oom_killed;         // what the runtime says; kernel counters are the truth
  std::optional<WallTime> created_at, started_at, finished_at;
  std::optional<int64_t> init_pid;   // in the host's pid namespace
  std::optional<bool> host_network;  // shares the host's network namespace
  bool shares_network = false;       // joined another container's network namespace: has none of its own
  bool is_sandbox = false;           // a pod's pause container: owns the pod's network

  friend bool operator==(const Container&, const Container&) = default;
};

}  // namespace plimsoll
