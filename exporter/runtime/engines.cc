#include "exporter/runtime/engines.h"

#include <sys/stat.h>

#include <charconv>
#include <cstdlib>
#include <utility>

#include "exporter/runtime/small_file.h"

namespace plimsoll::runtime {
namespace {

bool IsSocket(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

// <rootfs>/run/user/<uid>/<name>, those that exist.
void AddUserSockets(const HostPaths& paths, RuntimeKind runtime, const std::string& name,
                    std::vector<EngineSocket>& sockets) {
  const std::string users = JoinPath(paths.rootfs, "run/user");
  const auto uids = ListDirectory(users);
  if (!uids) return;
  for (const std::string& uid : *uids)
    if (std::string path = JoinPath(users, uid + "/" + name); IsSocket(path))
      sockets.push_back({runtime, std::move(path), false});
}

void AddDockerSockets(const CollectorConfig& config, const HostPaths& paths, const std::string& docker_host,
                      std::vector<EngineSocket>& sockets) {
  constexpr std::string_view kUnix = "unix://";
  if (!config.docker.socket.empty()) {
    sockets.push_back({RuntimeKind::kDocker, config.docker.socket, true});
  } else if (docker_host.starts_with(kUnix)) {
    sockets.push_back({RuntimeKind::kDocker, docker_host.substr(kUnix.size()), true});
  } else {
    // Not var/run: below a mounted root that link leads back to our own /run.
    const bool is_host = paths.rootfs == "/" || paths.rootfs.empty();
    sockets.push_back({RuntimeKind::kDocker,
                       is_host ? "/var/run/docker.sock" : JoinPath(paths.rootfs, "run/docker.sock"), false});
    AddUserSockets(paths, RuntimeKind::kDocker, "docker.sock", sockets);
  }
}

}  // namespace

std::vector<EngineSocket> FindEngineSockets(const CollectorConfig& config, const HostPaths& paths,
                                            const std::string& docker_host) {
  std::vector<EngineSocket> sockets;
  AddDockerSockets(config, paths, docker_host, sockets);
  for (const std::string& path : config.podman.sockets) sockets.push_back({RuntimeKind::kPodman, path, true});
  if (config.podman.sockets.empty()) {
    sockets.push_back({RuntimeKind::kPodman, JoinPath(paths.rootfs, "run/podman/podman.sock"), false});
    AddUserSockets(paths, RuntimeKind::kPodman, "podman/podman.sock", sockets);
  }
  for (EngineSocket& socket : sockets)
    if (socket.path.starts_with("unix://")) socket.path.erase(0, 7);
  return sockets;
}

uid_t UserOfSocket(const std::string& path, const HostPaths& paths) {
  uid_t user = 0;
  for (const std::string& dir :
       {JoinPath(paths.rootfs, "run/user/"), JoinPath(paths.rootfs, "var/run/user/")}) {
    if (!path.starts_with(dir)) continue;
    const char* const first = path.data() + dir.size();
    const auto [end, error] = std::from_chars(first, path.data() + path.size(), user);
    if (error == std::errc() && *end == '/') return user;
  }
  return 0;
}

Engines::Engines(const CollectorConfig& config, const HostPaths& paths, const RuntimeChoice& choice,
                 EngineListener& listener)
    : config_(config), paths_(paths), choice_(choice), listener_(listener) {}

void Engines::Start() {
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
    for (Followed& one : followed_) one.watcher->Start();
  }
  LookForNew();
}

void Engines::Stop() {
  std::vector<EngineWatcher*> watchers;
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    for (Followed& one : followed_) watchers.push_back(one.watcher.get());
  }
  for (EngineWatcher* watcher : watchers) watcher->Stop();
}

void Engines::LookForNew() {
  const char* docker_host = std::getenv("DOCKER_HOST");
  for (const EngineSocket& socket : FindEngineSockets(config_, paths_, docker_host ? docker_host : "")) {
    if (!choice_.Has(socket.runtime)) continue;
    const std::lock_guard lock(mutex_);
    if (!running_ || !socket_paths_.insert(socket.path).second) continue;
    EngineOptions options;
    options.number = static_cast<int>(followed_.size());
    options.runtime = socket.runtime;
    options.socket_path = socket.path;
    options.is_configured = socket.is_configured;
    users_[options.number] = UserOfSocket(socket.path, paths_);
    followed_.push_back({socket.runtime, std::make_unique<EngineWatcher>(std::move(options), listener_)});
    followed_.back().watcher->Start();
  }
}

void Engines::Ask(RuntimeKind runtime, const std::string& id) {
  const std::lock_guard lock(mutex_);
  for (Followed& one : followed_)
    if (one.runtime == runtime) one.watcher->Ask(id);
}

uid_t Engines::UserOf(int number) const {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(number);
  return found == users_.end() ? 0 : found->second;
}

std::vector<RuntimeHealth> Engines::health() const {
  const std::lock_guard lock(mutex_);
  std::vector<RuntimeHealth> all;
  for (const Followed& one : followed_)
    if (auto health = one.watcher->health()) all.push_back(std::move(*health));
  return all;
}

}  // namespace plimsoll::runtime
