#include "exporter/runtime/engine_http.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace plimsoll::runtime {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Socket = std::shared_ptr<const int>;

struct Deadline {
  SteadyClock::time_point at;
  bool never = false;
};

Deadline In(std::chrono::milliseconds wait) { return {SteadyClock::now() + wait, wait.count() < 0}; }

// True when `fd` is ready, false when time is up or `wake_fd` is readable first.
Result<bool> WaitFor(int fd, short events, int abort_fd, const Deadline& deadline, int wake_fd = -1) {
  for (;;) {
    int timeout_ms = -1;
    if (!deadline.never) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.at - SteadyClock::now());
      timeout_ms = left.count() > 0 ? static_cast<int>(left.count()) : 0;
    }
    pollfd fds[3] = {{fd, events, 0}, {abort_fd, POLLIN, 0}, {wake_fd, POLLIN, 0}};
    const int ready = ::poll(fds, 3, timeout_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return tl::unexpected(ErrnoError("poll"));
    if (fds[1].revents != 0) return Fail("stopped");
    return fds[0].revents != 0;
  }
}

Result<Socket> Connect(const std::string& path, int abort_fd, const Deadline& deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return Fail("the socket's path is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  const int raw = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (raw < 0) return tl::unexpected(ErrnoError("socket"));
  Socket fd(new int(raw), [](const int* p) {
    ::close(*p);
    delete p;
  });
  // EAGAIN: the listener's queue is full, and a unix socket tells nobody when it has room.
  while (::connect(*fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return tl::unexpected(ErrnoError("connect"));
    if (SteadyClock::now() >= deadline.at) return Fail("timed out connecting");
    const auto stopped = WaitFor(-1, 0, abort_fd, In(std::chrono::milliseconds(20)));
    if (!stopped) return tl::unexpected(stopped.error());
  }
  return fd;
}

enum class After { kClose, kStayOpen };

Result<void> SendGet(const Socket& fd, const std::string& target, After after, int abort_fd,
                     const Deadline& deadline) {
  const std::string request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: plimsoll\r\n" +
                              "Accept: application/json\r\n" +
                              (after == After::kClose ? "Connection: close\r\n\r\n" : "\r\n");
  std::string_view left = request;
  while (!left.empty()) {
    const auto ready = WaitFor(*fd, POLLOUT, abort_fd, deadline);
    if (!ready) return tl::unexpected(ready.error());
    if (!*ready) return Fail("timed out sending");
    const ssize_t n = ::send(*fd, left.data(), left.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return tl::unexpected(ErrnoError("send"));
    if (n > 0) left.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

// One read into the parser; false when time is up.
Result<bool> ReadOnce(const Socket& fd, HttpResponseParser& parser, int abort_fd, const Deadline& deadline,
                      int wake_fd = -1) {
  const auto ready = WaitFor(*fd, POLLIN, abort_fd, deadline, wake_fd);
  if (!ready || !*ready) return ready;
  char block[16384];
  const ssize_t n = ::recv(*fd, block, sizeof block, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (n < 0) return tl::unexpected(ErrnoError("read"));
  const auto taken = n == 0 ? parser.Close() : parser.Feed({block, static_cast<size_t>(n)});
  if (!taken) return tl::unexpected(taken.error());
  return true;
}

Result<void> ReadAll(const Socket& fd, HttpResponseParser& parser, int abort_fd, const Deadline& deadline) {
  while (!parser.done()) {
    const auto read = ReadOnce(fd, parser, abort_fd, deadline);
    if (!read) return tl::unexpected(read.error());
    if (!*read) return Fail("timed out");
  }
  return {};
}

// Bytes, or the end.
bool HasNews(int fd) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

// Not while bytes are left: what we refused, or gave up waiting for, may still lie there.
bool HasEnded(int fd) {
  char byte;
  const ssize_t n = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace

Result<HttpAnswer> HttpGet(const std::string& socket_path, const std::string& target,
                           const HttpLimits& limits, int abort_fd) {
  const Deadline deadline = In(limits.timeout);
  const auto fd = Connect(socket_path, abort_fd, deadline);
  if (!fd) return tl::unexpected(fd.error());
  if (const auto sent = SendGet(*fd, target, After::kClose, abort_fd, deadline); !sent)
    return tl::unexpected(sent.error().In("GET " + target));
  HttpResponseParser parser(limits.max_body_bytes);
  if (const auto read = ReadAll(*fd, parser, abort_fd, deadline); !read)
    return tl::unexpected(read.error().In("GET " + target));
  return HttpAnswer{parser.status(), parser.TakeBody()};
}

HttpConversation::HttpConversation(std::string socket_path, WhenEnded when_ended, int abort_fd)
    : socket_path_(std::move(socket_path)), when_ended_(when_ended), abort_fd_(abort_fd) {}

Result<HttpAnswer> HttpConversation::Get(const std::string& target, const HttpLimits& limits) {
  const bool was_open = fd_ != nullptr;
  auto answer = Ask(target, limits);
  // One that was open may have been ended just when we asked.
  if (!answer && was_open && peer_ended_ && when_ended_ == WhenEnded::kConnectAgain)
    answer = Ask(target, limits);
  if (!answer) return tl::unexpected(answer.error().In("GET " + target));
  return answer;
}

Result<HttpAnswer> HttpConversation::Ask(const std::string& target, const HttpLimits& limits) {
  const Deadline deadline = In(limits.timeout);
  was_too_large_ = false;
  if (fd_ && HasNews(*fd_)) {  // nothing was asked: the end, or what would be taken for the answer
    peer_ended_ = HasEnded(*fd_);
    fd_.reset();
  }
  if (!fd_) {
    if (peer_ended_ && when_ended_ == WhenEnded::kFail) return Fail("the engine closed the connection");
    auto opened = Connect(socket_path_, abort_fd_, deadline);
    if (!opened) return tl::unexpected(opened.error());
    fd_ = std::move(*opened);
    peer_ended_ = false;
  }
  const Socket fd = std::exchange(fd_, nullptr);  // given back when all went well
  if (const auto sent = SendGet(fd, target, After::kStayOpen, abort_fd_, deadline); !sent) {
    peer_ended_ = HasEnded(*fd);
    return tl::unexpected(sent.error());
  }
  HttpResponseParser parser(limits.max_body_bytes);
  if (const auto read = ReadAll(fd, parser, abort_fd_, deadline); !read) {
    peer_ended_ = HasEnded(*fd);
    was_too_large_ = parser.is_too_large();
    return tl::unexpected(read.error());
  }
  peer_ended_ = parser.ends_connection();
  if (!peer_ended_) fd_ = fd;
  return HttpAnswer{parser.status(), parser.TakeBody()};
}

Result<HttpStream> HttpStream::Open(const std::string& socket_path, const std::string& target,
                                    std::chrono::milliseconds timeout, size_t max_body_bytes, int abort_fd) {
  const Deadline deadline = In(timeout);
  const auto fd = Connect(socket_path, abort_fd, deadline);
  if (!fd) return tl::unexpected(fd.error());
  if (const auto sent = SendGet(*fd, target, After::kClose, abort_fd, deadline); !sent)
    return tl::unexpected(sent.error().In("GET " + target));
  HttpResponseParser parser(max_body_bytes);
  while (!parser.headers_done()) {
    const auto read = ReadOnce(*fd, parser, abort_fd, deadline);
    if (!read) return tl::unexpected(read.error().In("GET " + target));
    if (!*read) return Fail("GET " + target + ": timed out");
  }
  if (parser.status() != 200) return Fail("GET " + target + ": status " + std::to_string(parser.status()));
  return HttpStream(*fd, std::move(parser), abort_fd);
}

Result<std::string> HttpStream::Read(std::chrono::milliseconds wait, int wake_fd) {
  std::string body = parser_->TakeBody();
  if (!body.empty()) return body;
  if (parser_->done()) return Fail("the stream ended");
  const auto read = ReadOnce(fd_, *parser_, abort_fd_, In(wait), wake_fd);
  if (!read) return tl::unexpected(read.error());
  body = parser_->TakeBody();
  if (body.empty() && parser_->done()) return Fail("the stream ended");
  return body;
}

}  // namespace plimsoll::runtime
