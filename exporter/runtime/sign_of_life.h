#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "exporter/runtime/directory.h"

namespace plimsoll::runtime {

struct EngineSocket;

// How to see that an engine runs without connecting to its socket: where systemd holds the socket, it starts
// the engine for whoever connects, even one that an administrator has just stopped.
struct SignOfLife {
  // What tells this life of the engine from its next; nullopt while it does not run.
  // Empty: connecting starts nobody.
  std::function<std::optional<std::string>()> look;
  // How long it must run before the first connection: one that was started to answer a single question is
  // let go again.
  std::chrono::milliseconds patience{0};
  // While it stops it goes on telling what becomes of its containers, but takes no connections any more.
  bool stops_slowly = false;
};

// Docker's is its PID file, Podman's the cgroup of its service. None for sockets that somebody configured,
// on hosts without systemd, and for users' Docker, which makes its socket itself.
SignOfLife SignOfLifeOf(const EngineSocket& socket, const HostPaths& paths);

}  // namespace plimsoll::runtime
