#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "exporter/runtime/directory.h"
#include "exporter/runtime/engine_watcher.h"
#include "exporter/runtime/runtime_choice.h"
#include "model/clock.h"

namespace plimsoll::runtime {

// An engine's socket, and whether somebody asked for it by name.
struct EngineSocket {
  RuntimeKind runtime = RuntimeKind::kDocker;
  std::string path;
  bool is_configured = false;
};

// The sockets to follow now: those configured ($DOCKER_HOST counts), else the
// system's own whether or not they exist, and those of users that do. One that has
// two names (podman-docker makes /run/docker.sock lead to Podman's) is named once.
// `docker_host` is the value of $DOCKER_HOST, "" when unset.
std::vector<EngineSocket> FindEngineSockets(const CollectorConfig& config, const HostPaths& paths,
                                            const std::string& docker_host);

// "/run/user/1000/docker.sock" below rootfs -> 1000; 0 for any other path.
uid_t UserOfSocket(const std::string& path, const HostPaths& paths);

// One watcher per socket, which goes a while after the socket does. Thread-safe, but that Stop and LookForNew
// are not to be called at once.
class Engines {
 public:
  // `choice`, `listener` and `clock` must outlive it.
  Engines(const CollectorConfig& config, const HostPaths& paths, const RuntimeChoice& choice,
          EngineListener& listener, const Clock& clock);

  void Start();
  void Stop();
  void LookForNew();  // users come and bring sockets, and go

  void Ask(RuntimeKind runtime, const std::string& id);  // every connected engine of this runtime
  // Whose word an engine's is: a user's when its socket is in the user's runtime directory, else root's (0).
  uid_t UserOf(int number) const;
  std::vector<RuntimeHealth> health() const;

 private:
  const CollectorConfig config_;
  const HostPaths paths_;
  const RuntimeChoice& choice_;
  EngineListener& listener_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  bool running_ = false;
  std::map<int, uid_t> users_;  // by number, those of dropped watchers too: their word must not become root's
  struct Followed {
    std::string path;
    int number = 0;
    std::unique_ptr<EngineWatcher> watcher;
    std::optional<MonoTime> unlisted_since;
  };
  void DropUnlisted(const std::vector<EngineSocket>& listed);
  std::vector<Followed> followed_;
  int number_ = 0;  // of the next watcher
};

}  // namespace plimsoll::runtime
