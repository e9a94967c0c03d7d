#include "model/container.h"

namespace plimsoll {

const char* RuntimeName(RuntimeKind kind) {
  switch (kind) {
    case RuntimeKind::kCgroup:
      return "cgroup";
    case RuntimeKind::kDocker:
      return "docker";
    case RuntimeKind::kPodman:
      return "podman";
    case RuntimeKind::kContainerd:
      return "containerd";
    case RuntimeKind::kCrio:
      return "crio";
    case RuntimeKind::kOci:
      return "oci";
  }
  return "";
}

const char* StateName(ContainerState state) {
  switch (state) {
    case ContainerState::kUnknown:
      return "";
    case ContainerState::kCreated:
      return "created";
    case ContainerState::kRunning:
      return "running";
    case ContainerState::kPaused:
      return "paused";
    case ContainerState::kRestarting:
      return "restarting";
    case ContainerState::kExited:
      return "exited";
    case ContainerState::kDead:
      return "dead";
  }
  return "";
}

const char* HealthName(ContainerHealth health) {
  switch (health) {
    case ContainerHealth::kUnknown:
      return "";
    case ContainerHealth::kNone:
      return "none";
    case ContainerHealth::kStarting:
      return "starting";
    case ContainerHealth::kHealthy:
      return "healthy";
    case ContainerHealth::kUnhealthy:
      return "unhealthy";
  }
  return "";
}

}  // namespace plimsoll
