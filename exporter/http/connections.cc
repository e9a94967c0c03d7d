#include "exporter/http/connections.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>

#include "exporter/http/own_sockets.h"
#include "model/log.h"

namespace plimsoll::http {
namespace {

constexpr std::chrono::milliseconds kBeat{500};
constexpr std::chrono::seconds kPatience{2};  // with a request that arrives, when every worker is held
constexpr size_t kMostBodies = 4;
constexpr size_t kMostBodyBytes = 16 << 20;

bool Contains(const std::vector<std::string>& peers, const std::string& peer) {
  return std::find(peers.begin(), peers.end(), peer) != peers.end();
}

// Everything it sent has been read: it waits for nothing of ours.
bool IsRead(int fd) {
  int unread = 0;
  return ioctl(fd, FIONREAD, &unread) == 0 && unread == 0;
}

// It has sent nothing for a beat.
bool IsSilent(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return std::chrono::milliseconds(info.tcpi_last_data_recv) >= kBeat;
}

}  // namespace

Connections::Connections(int workers, std::chrono::milliseconds io_timeout)
    : workers_(static_cast<size_t>(workers)), io_timeout_(io_timeout) {}

Connections::~Connections() { End(); }

void Connections::Start(std::vector<uint16_t> ports) {
  sockets_.SetPorts(std::move(ports));
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

Connections::Handle Connections::Opened(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  const auto worker = std::this_thread::get_id();
  auto found =
      std::find_if(open_.begin(), open_.end(), [&](const Connection& one) { return one.worker == worker; });
  if (found == open_.end())
    found = open_.insert(open_.end(), Connection{worker, peer, Phase::kHead, Clock::now()});
  if (found->holds++ == 0 && open_.size() == 1) changed_.notify_all();
  return &*found;
}

void Connections::Closed(Handle handle) {
  const std::lock_guard lock(mutex_);
  if (--handle->holds > 0) return;
  open_.remove_if([handle](const Connection& one) { return &one == handle; });
}

bool Connections::Crowded() const {
  const std::lock_guard lock(mutex_);
  return open_.size() * 2 > workers_;
}

int Connections::DuplicateSocketOf(const std::string& peer) {
  int found = -1;
  sockets_.Visit({peer}, [&](const OwnSocket& socket) {
    if (found < 0) found = fcntl(socket.fd, F_DUPFD_CLOEXEC, 0);
  });
  return found;
}

void Connections::Begin(Handle handle, const std::string& peer) {
  {
    const std::lock_guard lock(mutex_);
    handle->peer = peer;
  }
  Enter(handle, Phase::kReading);
}

void Connections::Enter(Handle handle, Phase phase) {
  const std::lock_guard lock(mutex_);
  handle->phase = phase;
  handle->since = Clock::now();
  handle->body = nullptr;
  if (phase == Phase::kHead && IsIdle()) changed_.notify_all();
}

void Connections::EnterWriting(Handle handle, const std::string* body) {
  Enter(handle, Phase::kWriting);
  std::vector<std::string> overdue;
  {
    const std::lock_guard lock(mutex_);
    handle->body = body;
    handle->body_bytes = body ? body->size() : 0;
    overdue = DropOldBodies(body);
  }
  if (!overdue.empty()) Cut(overdue, {}, {});
}

std::vector<std::string> Connections::DropOldBodies(const void* newest) {
  std::vector<std::string> holders;
  while (true) {
    std::set<const void*> bodies;
    size_t bytes = 0;
    Connection* oldest = nullptr;
    for (Connection& one : open_) {
      if (!one.body) continue;
      if (bodies.insert(one.body).second) bytes += one.body_bytes;
      if (one.body != newest && (!oldest || one.since < oldest->since)) oldest = &one;
    }
    if (!oldest || bodies.size() <= kMostBodies || bytes <= kMostBodyBytes) return holders;
    holders.push_back(oldest->peer);
    oldest->body = nullptr;
  }
}

bool Connections::IsIdle() const {
  return std::all_of(open_.begin(), open_.end(),
                     [](const Connection& one) { return one.phase == Phase::kHead; });
}

bool Connections::WaitUntilIdle(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return IsIdle(); });
}

void Connections::Run() {
  std::unique_lock lock(mutex_);
  int full_beats = 0;
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !open_.empty(); });
    if (changed_.wait_for(lock, kBeat, [this] { return ending_; })) return;
    full_beats = open_.size() >= workers_ ? full_beats + 1 : 0;
    const bool full = full_beats > 1;
    const auto now = Clock::now();
    std::vector<std::string> overdue, slow_heads, heads, known;
    for (const Connection& one : open_) {
      const auto held = now - one.since;
      const auto reading_limit =
          full ? std::min<std::chrono::milliseconds>(kPatience, 2 * io_timeout_) : 2 * io_timeout_;
      const bool late = (one.phase == Phase::kReading && held > reading_limit) ||
                        (one.phase == Phase::kWriting && held > (full ? 1 : 6) * io_timeout_);
      if (!one.peer.empty()) known.push_back(one.peer);
      if (late) overdue.push_back(one.peer);
      if (full && one.phase == Phase::kHead && held > kBeat && !one.peer.empty())
        (held > kPatience ? slow_heads : heads).push_back(one.peer);
    }
    const bool has_strangers = full && known.size() < open_.size();
    lock.unlock();
    Cut(overdue, slow_heads, heads);
    if (has_strangers) {
      CutStrangers(known);
    } else {
      strangers_.clear();
    }
    lock.lock();
  }
}

// A request that has come but was not read yet is served, however long its connection was silent before.
void Connections::Cut(const std::vector<std::string>& overdue, const std::vector<std::string>& slow_heads,
                      const std::vector<std::string>& heads) {
  std::vector<std::string> all = overdue;
  all.insert(all.end(), slow_heads.begin(), slow_heads.end());
  all.insert(all.end(), heads.begin(), heads.end());
  if (all.empty()) return;
  sockets_.Visit(std::move(all), [&](const OwnSocket& socket) {
    const bool late = Contains(overdue, socket.peer);
    const bool blocks = IsRead(socket.fd) && (Contains(slow_heads, socket.peer) || IsSilent(socket.fd));
    if (!late && !blocks) return;
    shutdown(socket.fd, SHUT_RDWR);
    log::Debug(
        late ? "cut a client that was too slow" : "cut a client without a request: every worker is held",
        {{"client", socket.peer}});
  });
}

// Connections that have sent no whole head yet, in plain HTTP: what civetweb accepted and nobody knows. Those
// that wait in its queue have something unread.
void Connections::CutStrangers(const std::vector<std::string>& known) {
  const auto now = Clock::now();
  std::map<std::string, Clock::time_point> seen;
  sockets_.VisitAll([&](const OwnSocket& socket) {
    if (socket.listening || Contains(known, socket.peer) || !IsRead(socket.fd)) return;
    const auto before = strangers_.find(socket.peer);
    const auto since = seen.emplace(socket.peer, before == strangers_.end() ? now : before->second).first;
    // Whoever is new here may have waited in the queue, in silence, and have been taken a moment ago.
    if (since->second == now || (now - since->second <= kPatience && !IsSilent(socket.fd))) return;
    shutdown(socket.fd, SHUT_RDWR);
    log::Debug("cut a client without a request: every worker is held", {{"client", socket.peer}});
  });
  strangers_.swap(seen);
}

}  // namespace plimsoll::http
