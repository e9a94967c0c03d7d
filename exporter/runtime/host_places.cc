#include "exporter/runtime/host_places.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>

#include "exporter/runtime/docker_disk.h"
#include "exporter/runtime/small_file.h"

namespace plimsoll::runtime {
namespace {

std::string TextOf(const std::string& path) {
  auto text = ReadSmallFile(path);
  return text && *text ? std::move(**text) : std::string();
}

std::string_view TakeLine(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::vector<std::string_view> Split(std::string_view line, char at) {
  std::vector<std::string_view> fields;
  for (;;) {
    const size_t end = line.find(at);
    fields.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

std::optional<uid_t> ParseUser(std::string_view text) {
  uid_t user = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), user);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return user;
}

bool IsRemoteType(std::string_view type) {
  constexpr std::string_view kRemote[] = {"nfs",  "nfs4",  "cifs", "smb3",      "autofs",
                                          "9p",   "afs",   "ceph", "glusterfs", "lustre",
                                          "coda", "ocfs2", "gfs2", "fuse",      "fuseblk"};
  return type.starts_with("fuse.") ||
         std::find(std::begin(kRemote), std::end(kRemote), type) != std::end(kRemote);
}

// "/home/anna" is below "/home" and "/", not below "/home/an".
bool IsBelow(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

// "<anna's home>/<below>", where it may be looked at.
std::vector<std::string> InHome(const HostPaths& paths, uid_t user, std::string_view below) {
  const auto home = HomeOf(paths, user);
  if (!home) return {};
  std::string path = JoinPath(*home, below);
  if (IsRemote(paths, path)) return {};
  return {std::move(path)};
}

// "/run/user/<uid>/<below>", the same.
std::vector<std::string> InRuntimeDirectory(const HostPaths& paths, uid_t user, std::string_view below) {
  std::string path = JoinPath(JoinPath(paths.rootfs, "run/user/" + std::to_string(user)), below);
  if (IsRemote(paths, path)) return {};
  return {std::move(path)};
}

}  // namespace

std::string ParseHome(std::string_view passwd, uid_t user) {
  while (!passwd.empty()) {
    const auto fields = Split(TakeLine(passwd), ':');
    if (fields.size() < 6 || ParseUser(fields[2]) != user) continue;
    return fields[5].size() > 1 && fields[5].front() == '/' ? std::string(fields[5]) : std::string();
  }
  return "";
}

// "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw": the fifth is where it is mounted, with
// blanks as \040; after the dash comes the type. Of two at the same place the later one is seen.
bool IsRemote(std::string_view path, std::string_view mountinfo) {
  size_t longest = 0;
  bool is_remote = false;
  while (!mountinfo.empty()) {
    const auto fields = Split(TakeLine(mountinfo), ' ');
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 5 || dash == fields.end() || std::next(dash) == fields.end()) continue;
    const std::string_view at = fields[4];
    if (!IsBelow(path, at) || at.size() < longest) continue;
    longest = at.size();
    is_remote = IsRemoteType(*std::next(dash));
  }
  return is_remote;
}

bool IsRemote(const HostPaths& paths, std::string_view path) {
  // Written by whoever keeps the files: "/./net", "//net".
  const std::string plain = std::filesystem::path(path).lexically_normal();
  return IsRemote(plain, TextOf(JoinPath(paths.procfs, "self/mountinfo")));
}

std::vector<uid_t> UsersHere(const HostPaths& paths) {
  std::vector<uid_t> users;
  if (const auto names = ListDirectory(JoinPath(paths.rootfs, "run/user")))
    for (const std::string& name : *names)
      if (const auto user = ParseUser(name); user && *user != 0) users.push_back(*user);
  std::sort(users.begin(), users.end());
  return users;
}

std::optional<std::string> HomeOf(const HostPaths& paths, uid_t user) {
  const std::string home = ParseHome(TextOf(JoinPath(paths.rootfs, "etc/passwd")), user);
  if (home.empty()) return std::nullopt;
  std::string path = JoinPath(paths.rootfs, home);
  if (IsRemote(paths, path)) return std::nullopt;
  return path;
}

std::vector<std::string> DockerDataRoots(const CollectorConfig& config, const HostPaths& paths, uid_t user) {
  if (!config.docker.data_root.empty())
    return user == 0 ? std::vector{config.docker.data_root} : std::vector<std::string>{};
  if (user != 0) return InHome(paths, user, ".local/share/docker");
  const auto told = ParseDaemonDataRoot(TextOf(JoinPath(paths.rootfs, "etc/docker/daemon.json")));
  return {JoinPath(paths.rootfs, told.value_or("var/lib/docker")),
          JoinPath(paths.rootfs, "var/snap/docker/common/var-lib-docker")};
}

std::vector<std::string> PodmanStorages(const CollectorConfig& config, const HostPaths& paths, uid_t user) {
  if (!config.podman.storage_root.empty())
    return user == 0 ? std::vector{config.podman.storage_root} : std::vector<std::string>{};
  if (user != 0) return InHome(paths, user, ".local/share/containers/storage");
  return {JoinPath(paths.rootfs, "var/lib/containers/storage")};
}

std::vector<std::string> ContainerdStates(const CollectorConfig& config, const HostPaths& paths, uid_t user) {
  if (!config.containerd.state.empty())
    return user == 0 ? std::vector{config.containerd.state} : std::vector<std::string>{};
  if (user != 0) return InRuntimeDirectory(paths, user, "containerd");
  std::vector<std::string> states;
  for (const char* state : {"run/containerd", "run/k3s/containerd", "run/k0s/containerd",
                            "var/snap/microk8s/common/run/containerd"})
    states.push_back(JoinPath(paths.rootfs, state));
  return states;
}

std::vector<std::string> OciRoots(const HostPaths& paths, uid_t user) {
  if (user == 0) return {JoinPath(paths.rootfs, "run/runc"), JoinPath(paths.rootfs, "run/crun")};
  std::vector<std::string> roots = InRuntimeDirectory(paths, user, "runc");
  for (std::string& root : InRuntimeDirectory(paths, user, "crun")) roots.push_back(std::move(root));
  return roots;
}

std::vector<NamedFolder> NamedFolders(const CollectorConfig& config) {
  std::vector<NamedFolder> folders = {
      {RuntimeKind::kDocker, "collector.docker.data_root", config.docker.data_root},
      {RuntimeKind::kPodman, "collector.podman.storage_root", config.podman.storage_root},
      {RuntimeKind::kContainerd, "collector.containerd.state", config.containerd.state}};
  std::erase_if(folders, [](const NamedFolder& folder) { return folder.path.empty(); });
  return folders;
}

std::vector<std::string> CrioStorages(const HostPaths& paths) {
  return {JoinPath(paths.rootfs, "run/containers/storage"),
          JoinPath(paths.rootfs, "var/lib/containers/storage")};
}

}  // namespace plimsoll::runtime
