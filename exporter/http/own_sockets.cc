#include "exporter/http/own_sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

namespace plimsoll::http {
namespace {

// Port of a socket's own end; nothing for what is no TCP socket.
std::optional<uint16_t> LocalPort(int fd) {
  int type = 0;
  socklen_t type_size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) != 0 || type != SOCK_STREAM) return std::nullopt;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6&>(address).sin6_port);
  return std::nullopt;
}

bool IsOneOf(const std::vector<uint16_t>& ports, std::optional<uint16_t> port) {
  return port && std::find(ports.begin(), ports.end(), *port) != ports.end();
}

void VisitOne(int fd, const std::vector<uint16_t>& ports,
              const std::function<void(const OwnSocket&)>& visit) {
  OwnSocket own;
  own.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own.fd < 0) return;
  // Asked again of the duplicate: between the first look and now the number may have been given to another
  // file.
  if (IsOneOf(ports, LocalPort(own.fd))) {
    int listening = 0;
    socklen_t size = sizeof listening;
    getsockopt(own.fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size);
    own.listening = listening != 0;
    if (!own.listening) own.peer = PeerOf(own.fd);
    visit(own);
  }
  close(own.fd);
}

// Those of this process that are sockets of the ports.
std::vector<int> Descriptors(const std::vector<uint16_t>& ports) {
  std::vector<int> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir("/proc/self/fd"), &closedir);
  if (!dir) return found;
  while (const dirent* entry = readdir(dir.get())) {
    if (entry->d_name[0] == '.') continue;
    const int fd = std::atoi(entry->d_name);
    if (IsOneOf(ports, LocalPort(fd))) found.push_back(fd);
  }
  return found;
}

}  // namespace

std::string PeerOf(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  char text[INET6_ADDRSTRLEN] = "";
  uint16_t port = 0;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    port = ntohs(v4.sin_port);
  } else {
    const auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    port = ntohs(v6.sin6_port);
  }
  return std::string(text) + ":" + std::to_string(port);
}

void VisitOwnSockets(const std::vector<uint16_t>& ports, const std::function<void(const OwnSocket&)>& visit) {
  for (const int fd : Descriptors(ports)) VisitOne(fd, ports, visit);
}

void OwnSockets::Visit(std::vector<std::string> peers, const std::function<void(const OwnSocket&)>& visit) {
  const auto visit_wanted = [&](const OwnSocket& socket) {
    const auto wanted = std::find(peers.begin(), peers.end(), socket.peer);
    if (socket.listening || wanted == peers.end()) return;
    peers.erase(wanted);
    visit(socket);
  };
  const std::lock_guard lock(mutex_);
  for (const int fd : known_) VisitOne(fd, ports_, visit_wanted);
  if (peers.empty()) return;
  ++scans_;
  known_ = Descriptors(ports_);
  for (const int fd : known_) VisitOne(fd, ports_, visit_wanted);
}

}  // namespace plimsoll::http
