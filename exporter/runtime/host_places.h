#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "exporter/runtime/directory.h"

namespace plimsoll::runtime {

// Where runtimes keep things on this host, by configuration, by their own
// settings, or by custom; all below HostPaths::rootfs but what the configuration names.
std::vector<std::string> DockerDataRoots(const CollectorConfig& config, const HostPaths& paths);

// Home directories of /etc/passwd: "root:x:0:0:root:/root:/bin/bash". Sorted, unique, without "/".
std::vector<std::string> ParseHomes(std::string_view passwd);

}  // namespace plimsoll::runtime
