#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "exporter/runtime/directory.h"

namespace plimsoll::runtime {

// Where runtimes keep things on this host, by configuration, by their own
// settings, or by custom; all below HostPaths::rootfs but what the configuration names.
std::vector<std::string> DockerDataRoots(const CollectorConfig& config, const HostPaths& paths);

// /var/lib/containers/storage and every user's.
std::vector<std::string> PodmanStorages(const CollectorConfig& config, const HostPaths& paths);

// containerd's state: /run/containerd, and where k3s, k0s and microk8s keep theirs.
std::vector<std::string> ContainerdStates(const CollectorConfig& config, const HostPaths& paths);

// CRI-O's run root and graph root.
std::vector<std::string> CrioStorages(const HostPaths& paths);

// Home directories of /etc/passwd: "root:x:0:0:root:/root:/bin/bash". Sorted, unique, without "/".
std::vector<std::string> ParseHomes(std::string_view passwd);

}  // namespace plimsoll::runtime
