#pragma once

#include <netinet/in.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::http {

// A TCP socket of this process whose own end is one of the server's ports.
struct OwnSocket {
  int fd =
      -1;  // a duplicate: belongs to the visit, so that a close elsewhere cannot turn it into another file
  bool listening = false;
  std::string peer;  // "127.0.0.1:40112"; empty when listening or not connected
};

// "127.0.0.1:40112", the other end of a TCP socket; empty when it is not connected.
std::string PeerOf(int fd);

// civetweb tells no descriptor of its sockets, so they are found where the
// kernel keeps them: /proc/self/fd. About 1 µs a descriptor, of which there are
// some 20 a container; called at start and at stop.
void VisitOwnSockets(const std::vector<uint16_t>& ports, const std::function<void(const OwnSocket&)>& visit);

// Finds connections by their peers; remembers which descriptors were
// connections, and looks at all only when those do not suffice. Thread-safe.
class OwnSockets {
 public:
  void SetPorts(std::vector<uint16_t> ports) { ports_ = std::move(ports); }  // before the first Visit
  // Calls `visit` once for each of `peers` that is connected.
  void Visit(std::vector<std::string> peers, const std::function<void(const OwnSocket&)>& visit);
  void VisitAll(const std::function<void(const OwnSocket&)>& visit) const { VisitOwnSockets(ports_, visit); }
  int scans() const { return scans_; }  // how often all were looked at

 private:
  std::vector<uint16_t> ports_;
  std::mutex mutex_;
  std::vector<int> known_;  // guarded by mutex_
  std::atomic<int> scans_{0};
};

}  // namespace plimsoll::http
