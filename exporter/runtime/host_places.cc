#include "exporter/runtime/host_places.h"

#include <algorithm>
#include <set>

#include "exporter/runtime/docker_disk.h"
#include "exporter/runtime/small_file.h"

namespace plimsoll::runtime {
namespace {

std::string TextOf(const std::string& path) {
  auto text = ReadSmallFile(path);
  return text && *text ? std::move(**text) : std::string();
}

// Every user's `below`, "/home/anna" + ".local/share/docker", where it exists.
std::vector<std::string> InHomes(const HostPaths& paths, std::string_view below) {
  std::vector<std::string> found;
  for (const std::string& home : ParseHomes(TextOf(JoinPath(paths.rootfs, "etc/passwd"))))
    found.push_back(JoinPath(JoinPath(paths.rootfs, home), below));
  return found;
}

}  // namespace

std::vector<std::string> ParseHomes(std::string_view passwd) {
  std::set<std::string> homes;
  while (!passwd.empty()) {
    std::string_view line = passwd.substr(0, passwd.find('\n'));
    passwd.remove_prefix(std::min(line.size() + 1, passwd.size()));
    for (int field = 0; field < 5; ++field) {
      const size_t colon = line.find(':');
      line = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    }
    const std::string_view home = line.substr(0, line.find(':'));
    if (home.size() > 1 && home.front() == '/') homes.emplace(home);
  }
  return {homes.begin(), homes.end()};
}

std::vector<std::string> DockerDataRoots(const CollectorConfig& config, const HostPaths& paths) {
  if (!config.docker.data_root.empty()) return {config.docker.data_root};
  std::vector<std::string> roots;
  if (const auto root = ParseDaemonDataRoot(TextOf(JoinPath(paths.rootfs, "etc/docker/daemon.json"))))
    roots.push_back(JoinPath(paths.rootfs, *root));
  else
    roots.push_back(JoinPath(paths.rootfs, "var/lib/docker"));
  for (std::string& root : InHomes(paths, ".local/share/docker")) roots.push_back(std::move(root));
  return roots;
}

std::vector<std::string> PodmanStorages(const CollectorConfig& config, const HostPaths& paths) {
  if (!config.podman.storage_root.empty()) return {config.podman.storage_root};
  std::vector<std::string> storages{JoinPath(paths.rootfs, "var/lib/containers/storage")};
  for (std::string& storage : InHomes(paths, ".local/share/containers/storage"))
    storages.push_back(std::move(storage));
  return storages;
}

std::vector<std::string> ContainerdStates(const CollectorConfig& config, const HostPaths& paths) {
  if (!config.containerd.state.empty()) return {config.containerd.state};
  std::vector<std::string> states;
  for (const char* state : {"run/containerd", "run/k3s/containerd", "run/k0s/containerd",
                            "var/snap/microk8s/common/run/containerd"})
    states.push_back(JoinPath(paths.rootfs, state));
  return states;
}

std::vector<std::string> CrioStorages(const HostPaths& paths) {
  return {JoinPath(paths.rootfs, "run/containers/storage"),
          JoinPath(paths.rootfs, "var/lib/containers/storage")};
}

}  // namespace plimsoll::runtime
