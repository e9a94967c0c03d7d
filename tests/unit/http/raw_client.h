#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace plimsoll::http {

struct Reply {
  int status = 0;  // 0: nothing came that looks like an answer
  std::map<std::string, std::string> headers;
  std::string body;
};

inline uint16_t PortOf(const std::string& address) {
  return static_cast<uint16_t>(std::atoi(address.substr(address.rfind(':') + 1).c_str()));
}

// Speaks to 127.0.0.1 byte by byte, so that tests can be as rude as they like.
class RawClient {
 public:
  static constexpr std::chrono::milliseconds kPatience{15000};

  explicit RawClient(uint16_t port, int receive_buffer_bytes = 0) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer_bytes > 0)
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  ~RawClient() { Close(); }
  RawClient(RawClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        connected_(other.connected_),
        pending_(std::move(other.pending_)) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }
  int fd() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  // Adds what comes to the pending bytes; false at the end of the stream, on an error or when time is over.
  bool Receive(std::chrono::milliseconds patience = kPatience, size_t at_most = 65536) {
    pollfd wait{fd_, POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(patience.count())) <= 0) return false;
    std::string buffer(at_most, '\0');
    const ssize_t n = recv(fd_, buffer.data(), buffer.size(), 0);
    if (n <= 0) return false;
    pending_.append(buffer, 0, static_cast<size_t>(n));
    return true;
  }

  // What has come and was not read yet.
  std::string TakePending() { return std::exchange(pending_, {}); }

  // Everything until the other side closes.
  std::string ReadToEnd() {
    while (Receive()) {
    }
    return std::exchange(pending_, {});
  }

  // True when the other side closes (or resets) before `patience` is over; what it sends until then is
  // dropped.
  bool WaitForClose(std::chrono::milliseconds patience = std::chrono::milliseconds(6000)) {
    const auto end = std::chrono::steady_clock::now() + patience;
    char buffer[65536];
    while (std::chrono::steady_clock::now() < end) {
      pollfd wait{fd_, POLLIN, 0};
      if (poll(&wait, 1, 50) > 0 && recv(fd_, buffer, sizeof buffer, 0) <= 0) return true;
    }
    return false;
  }

  // One answer; bytes after it stay pending. `head_only` for HEAD.
  Reply ReadReply(bool head_only = false) {
    Reply reply;
    size_t end;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos)
      if (!Receive()) return reply;
    const std::string head = pending_.substr(0, end + 2);
    pending_.erase(0, end + 4);
    if (head.rfind("HTTP/1.1 ", 0) != 0) return reply;
    reply.status = std::atoi(head.c_str() + 9);
    for (size_t at = head.find("\r\n") + 2; at < head.size();) {
      const size_t line_end = head.find("\r\n", at), colon = head.find(": ", at);
      reply.headers[head.substr(at, colon - at)] = head.substr(colon + 2, line_end - colon - 2);
      at = line_end + 2;
    }
    if (head_only) return reply;
    const size_t length = reply.headers.contains("Content-Length")
                              ? std::strtoull(reply.headers["Content-Length"].c_str(), nullptr, 10)
                              : 0;
    while (pending_.size() < length)
      if (!Receive()) break;
    reply.body = pending_.substr(0, length);
    pending_.erase(0, length);
    return reply;
  }

  Reply Ask(std::string_view request, bool head_only = false) {
    Send(request);
    return ReadReply(head_only);
  }

 private:
  int fd_ = -1;
  bool connected_ = false;
  std::string pending_;
};

inline std::string Get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
}

inline Reply Fetch(uint16_t port, const std::string& path, const std::string& headers = "") {
  return RawClient(port).Ask(Get(path, headers + "Connection: close\r\n"));
}

}  // namespace plimsoll::http
