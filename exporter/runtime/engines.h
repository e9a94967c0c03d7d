#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "exporter/runtime/directory.h"
#include "exporter/runtime/engine_watcher.h"
#include "exporter/runtime/runtime_choice.h"

namespace plimsoll::runtime {

// An engine's socket, and whether somebody asked for it by name.
struct EngineSocket {
  RuntimeKind runtime = RuntimeKind::kDocker;
  std::string path;
  bool is_configured = false;
};

// The sockets to follow now: those configured ($DOCKER_HOST counts), else the
// system's own whether or not they exist, and those of users that do.
// `docker_host` is the value of $DOCKER_HOST, "" when unset.
std::vector<EngineSocket> FindEngineSockets(const CollectorConfig& config, const HostPaths& paths,
                                            const std::string& docker_host);

// "/run/user/1000/docker.sock" below rootfs -> 1000; 0 for any other path.
uid_t UserOfSocket(const std::string& path, const HostPaths& paths);

// One watcher per socket. Thread-safe.
class Engines {
 public:
  Engines(const CollectorConfig& config, const HostPaths& paths, const RuntimeChoice& choice,
          EngineListener& listener);

  void Start();
  void Stop();
  void LookForNew();  // users come and bring sockets

  void Ask(RuntimeKind runtime, const std::string& id);  // every connected engine of this runtime
  // Whose word an engine's is: a user's when its socket is in the user's runtime directory, else root's (0).
  uid_t UserOf(int number) const;
  std::vector<RuntimeHealth> health() const;

 private:
  const CollectorConfig config_;
  const HostPaths paths_;
  const RuntimeChoice& choice_;
  EngineListener& listener_;
  mutable std::mutex mutex_;
  bool running_ = false;
  std::map<int, uid_t> users_;  // by number
  std::set<std::string> socket_paths_;
  struct Followed {
    RuntimeKind runtime;
    std::unique_ptr<EngineWatcher> watcher;
  };
  std::vector<Followed> followed_;
};

}  // namespace plimsoll::runtime
