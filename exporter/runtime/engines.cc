#include "exporter/runtime/engines.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

#include "exporter/runtime/careful_open.h"
#include "exporter/runtime/host_places.h"
#include "exporter/runtime/sign_of_life.h"
#include "exporter/runtime/small_file.h"

namespace plimsoll::runtime {
namespace {

constexpr std::chrono::seconds kKeepUnlisted{30};

// Of what lies in a user's folder. A link that the user made may lead to somebody else's, or to where
// nobody answers: it is not followed.
std::optional<struct stat> StatUsers(const std::string& path) {
  const size_t slash = path.rfind('/');
  const auto folder = OpenDirectory(path.substr(0, slash));
  struct stat status {};
  if (!folder || !*folder ||
      ::fstatat((*folder)->fd.get(), path.c_str() + slash + 1, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return std::nullopt;
  return status;
}

bool IsSocket(const std::string& path) {
  const auto status = StatUsers(path);
  return status && S_ISSOCK(status->st_mode);
}

// <rootfs>/run/user/<uid>/<name>, those that exist.
void AddUserSockets(const HostPaths& paths, RuntimeKind runtime, const std::string& name,
                    std::vector<EngineSocket>& sockets) {
  const std::string users = JoinPath(paths.rootfs, "run/user");
  const auto uids = ListDirectory(users);
  if (!uids) return;
  for (const std::string& uid : *uids)
    if (std::string path = JoinPath(users, uid + "/" + name); !IsRemote(paths, path) && IsSocket(path))
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

namespace {

// The one that was asked for stays, else root's (a user can make a link to it), else Podman's: nothing of
// Docker's leads to another's socket by itself.
bool IsBetterName(const EngineSocket& one, const EngineSocket& other, const HostPaths& paths) {
  if (one.is_configured != other.is_configured) return one.is_configured;
  const bool is_users = UserOfSocket(one.path, paths) != 0;
  if (is_users != (UserOfSocket(other.path, paths) != 0)) return !is_users;
  return one.runtime == RuntimeKind::kPodman && other.runtime != RuntimeKind::kPodman;
}

void DropAliases(std::vector<EngineSocket>& sockets, const HostPaths& paths) {
  std::map<std::pair<dev_t, ino_t>, const EngineSocket*> best;
  std::vector<EngineSocket> kept;
  const auto file_of = [&paths](const EngineSocket& socket) {
    std::optional<struct stat> status(std::in_place);
    if (UserOfSocket(socket.path, paths) != 0)
      status = StatUsers(socket.path);
    else if (::stat(socket.path.c_str(), &*status) != 0)
      status.reset();
    return status ? std::optional(std::pair(status->st_dev, status->st_ino)) : std::nullopt;
  };
  for (const EngineSocket& socket : sockets) {
    const auto file = file_of(socket);
    if (!file) continue;
    const EngineSocket*& known = best[*file];
    if (!known || IsBetterName(socket, *known, paths)) known = &socket;
  }
  for (const EngineSocket& socket : sockets) {
    const auto file = file_of(socket);
    const auto found = file ? best.find(*file) : best.end();
    if (found == best.end() || found->second == &socket) kept.push_back(socket);
  }
  sockets = std::move(kept);
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
  DropAliases(sockets, paths);
  return sockets;
}

Engines::Engines(const CollectorConfig& config, const HostPaths& paths, const RuntimeChoice& choice,
                 EngineListener& listener, const Clock& clock)
    : config_(config), paths_(paths), choice_(choice), listener_(listener), clock_(clock) {}

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
  const auto listed = FindEngineSockets(config_, paths_, docker_host ? docker_host : "");
  DropUnlisted(listed);
  for (const EngineSocket& socket : listed) {
    if (!choice_.Has(socket.runtime)) continue;
    const std::lock_guard lock(mutex_);
    const auto known = [&](const Followed& one) { return one.path == socket.path; };
    if (!running_ || std::any_of(followed_.begin(), followed_.end(), known)) continue;
    EngineOptions options;
    options.number = number_++;
    options.runtime = socket.runtime;
    options.socket_path = socket.path;
    options.is_configured = socket.is_configured;
    options.user = users_[options.number] = UserOfSocket(socket.path, paths_);
    options.sign = SignOfLifeOf(socket, paths_);
    options.wanted = [this](RuntimeKind runtime) { return choice_.Has(runtime); };
    const int number = options.number;
    followed_.push_back(
        {socket.path, number, std::make_unique<EngineWatcher>(std::move(options), listener_), {}});
    followed_.back().watcher->Start();
  }
}

// A user who logs out takes the socket along; one that comes back soon is an engine that starts anew.
void Engines::DropUnlisted(const std::vector<EngineSocket>& listed) {
  const MonoTime now = clock_.Mono();
  std::vector<Followed> dropped;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = followed_.begin(); at != followed_.end();) {
      const auto same = [&](const EngineSocket& socket) { return socket.path == at->path; };
      const bool is_listed = std::any_of(listed.begin(), listed.end(), same);
      at->unlisted_since = is_listed ? std::nullopt : std::optional(at->unlisted_since.value_or(now));
      if (is_listed || now - *at->unlisted_since < kKeepUnlisted) {
        ++at;
        continue;
      }
      dropped.push_back(std::move(*at));
      at = followed_.erase(at);
    }
  }
  for (Followed& one : dropped) {  // not under the lock: it may be telling us something
    one.watcher->Stop();
    listener_.OnLost(one.number);
  }
}

void Engines::Ask(RuntimeKind runtime, const std::string& id) {
  const std::lock_guard lock(mutex_);
  for (Followed& one : followed_)
    if (one.watcher->runtime() == runtime) one.watcher->Ask(id);
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
