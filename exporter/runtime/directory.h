#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "model/clock.h"
#include "model/container.h"
#include "model/frame.h"

namespace plimsoll::runtime {

// Where the host's files are, for a Plimsoll that runs inside a container.
struct HostPaths {
  std::string procfs = "/proc";
  std::string sysfs = "/sys";
  std::string rootfs = "/";
};

// Who runs: every source of container identities of this host behind one
// question. Sources are the engines' sockets (Docker, Podman: live events) and
// what the runtimes leave on disk. Thread-safe.
class Directory {
 public:
  Directory(const CollectorConfig& config, HostPaths paths, const Clock& clock);
  ~Directory();  // stops
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // Starts the threads that listen to engines and directories. Never fails: an
  // engine that is not there is tried again, health() says so.
  void Start();
  void Stop();

  enum class Claim {
    kContainer,  // `who` says which
    kPending,    // looks like a container's, but nobody knows it yet: ask again at the next change or beat
    kPlain,      // nobody's: a service, a slice, the root, a cgroup nested in a container
    kIgnored,    // belongs to a runtime that the configuration leaves out
  };
  struct Answer {
    Claim claim = Claim::kPlain;
    std::shared_ptr<const Container> who;  // set for kContainer and kPlain; who->cgroup == the path asked
  };

  // Whose cgroup is this? Reads at most a few small files, never waits for a socket.
  // `path` is relative to the hierarchy's root and starts with '/'.
  Answer Identify(std::string_view path);

  // Readable (eventfd) while TakeChanges() has something to give.
  int change_fd() const;

  // Containers whose description changed since the last call (name, state,
  // health, exit code ...), newest state only, one entry per container.
  // who->cgroup is the path last asked for. It is empty for a container that nobody
  // asked about yet (or that was over before anybody could): match by who->id then. A
  // path that was kPlain may turn out to be a container's (runc and crun write down
  // what they started only after its cgroup is there): match by path first.
  std::vector<std::shared_ptr<const Container>> TakeChanges();

  // The collector says that a container's cgroup is gone; its files and watches
  // may be dropped after a while (its end is still reported through TakeChanges).
  void Forget(std::string_view container_id);

  std::shared_ptr<const std::vector<RuntimeHealth>> health() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plimsoll::runtime
