#include "exporter/http/connections.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

#include "exporter/http/own_sockets.h"
#include "model/log.h"

namespace plimsoll::http {
namespace {

constexpr std::chrono::milliseconds kBeat{500};

bool Contains(const std::vector<std::string>& peers, const std::string& peer) {
  return std::find(peers.begin(), peers.end(), peer) != peers.end();
}

// Everything it sent has been read and it has sent nothing for a beat: a
// connection that waits in civetweb's queue has an unread request instead.
bool IsSilent(int fd) {
  int unread = 0;
  if (ioctl(fd, FIONREAD, &unread) != 0 || unread > 0) return false;
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return std::chrono::milliseconds(info.tcpi_last_data_recv) >= kBeat;
}

}  // namespace

Connections::Connections(int workers, std::chrono::milliseconds io_timeout)
    : workers_(workers), io_timeout_(io_timeout) {}

Connections::~Connections() { End(); }

void Connections::Start(std::vector<uint16_t> ports) {
  ports_ = std::move(ports);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "http-watch");
    Run();
  });
}

void Connections::End() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Connections::Opened() {
  const std::lock_guard lock(mutex_);
  if (open_++ == 0) changed_.notify_all();
}

void Connections::Closed() {
  const std::lock_guard lock(mutex_);
  --open_;
}

bool Connections::Crowded() const {
  const std::lock_guard lock(mutex_);
  return open_ * 2 > workers_;
}

int Connections::DuplicateSocketOf(const std::string& peer) const {
  int found = -1;
  VisitOwnSockets(ports_, [&](const OwnSocket& socket) {
    if (found < 0 && !socket.listening && socket.peer == peer) found = fcntl(socket.fd, F_DUPFD_CLOEXEC, 0);
  });
  return found;
}

Connections::Handle Connections::Begin(std::string peer) {
  const std::lock_guard lock(mutex_);
  active_.push_front({std::move(peer), Phase::kReading, Clock::now()});
  return active_.begin();
}

void Connections::Enter(Handle handle, Phase phase) {
  const std::lock_guard lock(mutex_);
  handle->phase = phase;
  handle->since = Clock::now();
}

void Connections::Finish(Handle handle) {
  const std::lock_guard lock(mutex_);
  active_.erase(handle);
  if (active_.empty()) changed_.notify_all();
}

bool Connections::WaitUntilIdle(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return active_.empty(); });
}

void Connections::Run() {
  std::unique_lock lock(mutex_);
  int full_beats = 0;
  while (true) {
    changed_.wait(lock, [this] { return ending_ || open_ > 0; });
    if (changed_.wait_for(lock, kBeat, [this] { return ending_; })) return;
    full_beats = open_ >= workers_ ? full_beats + 1 : 0;
    const bool full = full_beats > 1;
    const auto now = Clock::now();
    std::vector<std::string> overdue, active;
    for (const Active& request : active_) {
      active.push_back(request.peer);
      const auto held = now - request.since;
      const bool late = (request.phase == Phase::kReading && held > 2 * io_timeout_) ||
                        (request.phase == Phase::kWriting && held > (full ? 1 : 6) * io_timeout_);
      if (late) overdue.push_back(request.peer);
    }
    if (overdue.empty() && !full) continue;
    lock.unlock();
    Cut(overdue, active, full);
    lock.lock();
  }
}

void Connections::Cut(const std::vector<std::string>& overdue, const std::vector<std::string>& active,
                      bool full) const {
  VisitOwnSockets(ports_, [&](const OwnSocket& socket) {
    if (socket.listening) return;
    const bool late = Contains(overdue, socket.peer);
    if (!late && !(full && !Contains(active, socket.peer) && IsSilent(socket.fd))) return;
    shutdown(socket.fd, SHUT_RDWR);
    log::Debug(late ? "cut a client that was too slow" : "cut a silent client: every worker is held",
               {{"client", socket.peer}});
  });
}

}  // namespace plimsoll::http
