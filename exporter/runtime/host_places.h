#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "exporter/runtime/directory.h"

namespace plimsoll::runtime {

// Where runtimes keep things on this host, by configuration, by their own
// settings, or by custom; all below HostPaths::rootfs but what the configuration names.
// Of root (user 0), or of one user: then only what lies on a file system of this host, for one
// that is mounted from elsewhere may hold us as long as it likes.
std::vector<std::string> DockerDataRoots(const CollectorConfig& config, const HostPaths& paths, uid_t user);

// /var/lib/containers/storage, or a user's.
std::vector<std::string> PodmanStorages(const CollectorConfig& config, const HostPaths& paths, uid_t user);

// containerd's state: /run/containerd, and where k3s, k0s and microk8s keep theirs; a user's
// is in the runtime directory, whatever it is called inside of the user's own namespace.
std::vector<std::string> ContainerdStates(const CollectorConfig& config, const HostPaths& paths, uid_t user);

// Where runc and crun keep what somebody started with them alone.
std::vector<std::string> OciRoots(const HostPaths& paths, uid_t user);

// A folder that the configuration names for a runtime.
struct NamedFolder {
  RuntimeKind runtime = RuntimeKind::kDocker;
  const char* key;  // "collector.docker.data_root"
  std::string path;
};
std::vector<NamedFolder> NamedFolders(const CollectorConfig& config);

// CRI-O's run root and graph root.
std::vector<std::string> CrioStorages(const HostPaths& paths);

// The users who are logged in or linger: those that have a directory in /run/user. Ascending, without root.
std::vector<uid_t> UsersHere(const HostPaths& paths);

// The directory of /etc/passwd, below rootfs, of a user whose home is on a file system of this host.
std::optional<std::string> HomeOf(const HostPaths& paths, uid_t user);

// "anna:x:1000:1000::/home/anna:/bin/sh" -> "/home/anna"; "" for an unknown user, and for "/".
std::string ParseHome(std::string_view passwd, uid_t user);

// Whether `path` lies on what is mounted from another host or served by a process ("nfs4", "cifs",
// "autofs", "fuse.sshfs"), by the text of mountinfo (proc(5)). Touches neither.
bool IsRemote(std::string_view path, std::string_view mountinfo);
bool IsRemote(const HostPaths& paths, std::string_view path);  // by what is mounted now

}  // namespace plimsoll::runtime
