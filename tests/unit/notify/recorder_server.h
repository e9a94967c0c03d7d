#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace plimsoll::alerting::testing {

// An HTTP server on 127.0.0.1 that writes down what it is asked and answers
// exactly the bytes that a test says.
class RecorderServer {
 public:
  struct Request {
    std::string head;  // request line and headers, as they came
    std::string body;
    int connection = 0;  // the how-manieth
  };
  enum class Then { kGoOn, kClose, kHang };  // kHang: silence until the server ends
  struct Reply {
    std::string bytes;
    Then then = Then::kGoOn;
  };
  using Handler = std::function<Reply(const Request&)>;

  explicit RecorderServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Accept(); });
  }
  ~RecorderServer() {
    ends_ = true;
    thread_.join();
    for (std::thread& thread : connections_) thread.join();
    ::close(listener_);
  }

  static std::string Ok(const std::string& status = "200 OK", const std::string& headers = "",
                        const std::string& body = "") {
    return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }

  std::string Url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<Request> Requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  void AwaitRequests(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return requests_.size() >= count; });
  }

 private:
  bool Wait(int fd) const {
    while (!ends_) {
      pollfd poll{fd, POLLIN, 0};
      if (::poll(&poll, 1, 20) > 0) return true;
    }
    return false;
  }

  void Accept() {
    while (Wait(listener_)) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      const int number = static_cast<int>(connections_.size()) + 1;
      connections_.emplace_back([this, fd, number] {
        while (Serve(fd, number)) continue;
        ::close(fd);
      });
    }
  }

  // Reads until `text` holds `enough` bytes; false when the peer or the server ends.
  bool Fill(int fd, std::string& text, const std::function<bool()>& is_enough) const {
    char bytes[65536];
    while (!is_enough()) {
      if (!Wait(fd)) return false;
      const ssize_t n = ::recv(fd, bytes, sizeof bytes, 0);
      if (n <= 0) return false;
      text.append(bytes, static_cast<size_t>(n));
    }
    return true;
  }

  bool Serve(int fd, int number) {
    std::string text;
    if (!Fill(fd, text, [&] { return text.find("\r\n\r\n") != std::string::npos; })) return false;
    const size_t end = text.find("\r\n\r\n") + 4;
    const size_t at = text.find("Content-Length: ");
    const size_t length = at < end ? std::stoul(text.substr(at + 16)) : 0;
    if (!Fill(fd, text, [&] { return text.size() >= end + length; })) return false;
    const Request request{text.substr(0, end), text.substr(end), number};
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      changed_.notify_all();
    }
    const Reply reply = handler_(request);
    for (size_t sent = 0; sent < reply.bytes.size();) {
      const ssize_t n = ::send(fd, reply.bytes.data() + sent, reply.bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<size_t>(n);
    }
    char byte;
    while (reply.then == Then::kHang && Wait(fd))
      if (::recv(fd, &byte, 1, 0) <= 0) return false;
    return reply.then == Then::kGoOn;
  }

  const Handler handler_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> ends_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Request> requests_;
  std::vector<std::thread> connections_;
  std::thread thread_;
};

inline RecorderServer::Handler Always(std::string bytes,
                                      RecorderServer::Then then = RecorderServer::Then::kGoOn) {
  return [bytes = std::move(bytes), then](const auto&) { return RecorderServer::Reply{bytes, then}; };
}

}  // namespace plimsoll::alerting::testing
