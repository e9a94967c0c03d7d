#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace plimsoll::http {

// A TCP socket of this process whose own end is one of the server's ports.
struct OwnSocket {
  int fd =
      -1;  // a duplicate: belongs to the visit, so that a close elsewhere cannot turn it into another file
  bool listening = false;
  std::string peer;  // "127.0.0.1:40112"; empty when listening or not connected
};

// civetweb tells no descriptor of its sockets, so they are found where the
// kernel keeps them: /proc/self/fd. About 1 µs a descriptor; called at start,
// at stop, and when connections must be cut, never per request.
void VisitOwnSockets(const std::vector<uint16_t>& ports, const std::function<void(const OwnSocket&)>& visit);

}  // namespace plimsoll::http
