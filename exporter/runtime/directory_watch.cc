#include "exporter/runtime/directory_watch.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <utility>

#include "exporter/runtime/careful_open.h"
#include "model/log.h"
#include "model/result.h"

namespace plimsoll::runtime {
namespace {

constexpr uint32_t kReplaced =
    IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_CREATE;
constexpr std::chrono::milliseconds kTick{1000};

}  // namespace

DirectoryWatch::DirectoryWatch(Listener listener)
    : listener_(std::move(listener)),
      inotify_fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      stop_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (inotify_fd_ < 0)
    log::Warn("files of container runtimes cannot be watched, changes are seen later",
              {{"err", ErrnoError("inotify_init").message}});
}

DirectoryWatch::~DirectoryWatch() {
  Stop();
  if (inotify_fd_ >= 0) ::close(inotify_fd_);
  if (stop_fd_ >= 0) ::close(stop_fd_);
}

void DirectoryWatch::Start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

void DirectoryWatch::Stop() {
  if (!thread_.joinable()) return;
  ::eventfd_write(stop_fd_, 1);
  thread_.join();
  eventfd_t count = 0;
  ::eventfd_read(stop_fd_, &count);
}

bool DirectoryWatch::Add(const std::string& dir, bool in_place) {
  const auto opened = OpenDirectory(dir);
  if (!opened || !*opened) return false;
  const std::lock_guard lock(mutex_);
  const uint32_t mask = kReplaced | IN_ONLYDIR | IN_MASK_ADD | (in_place ? IN_MODIFY : 0u);
  const int wd = inotify_fd_ < 0 ? -1 : ::inotify_add_watch(inotify_fd_, PathOf((*opened)->fd).c_str(), mask);
  if (wd < 0) return false;
  Watched& watched = by_dir_[dir];
  if (watched.wd != wd) {  // new, or the directory was made anew under the same name
    by_wd_.erase(watched.wd);
    by_wd_[wd] = dir;
    watched.wd = wd;
  }
  ++watched.users;
  return true;
}

void DirectoryWatch::Remove(const std::string& dir) {
  const std::lock_guard lock(mutex_);
  const auto found = by_dir_.find(dir);
  if (found == by_dir_.end() || --found->second.users > 0) return;
  ::inotify_rm_watch(inotify_fd_, found->second.wd);
  by_wd_.erase(found->second.wd);
  by_dir_.erase(found);
}

void DirectoryWatch::Run() {
  ::pthread_setname_np(::pthread_self(), "runtime-files");
  auto next_tick = std::chrono::steady_clock::now() + kTick;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(next_tick - std::chrono::steady_clock::now());
    pollfd fds[2] = {{stop_fd_, POLLIN, 0}, {inotify_fd_, POLLIN, 0}};
    const int ready = ::poll(fds, 2, left.count() > 0 ? static_cast<int>(left.count()) : 0);
    if (fds[0].revents != 0) return;
    if (ready > 0 && (fds[1].revents & POLLIN) != 0) ReadEvents();
    if (std::chrono::steady_clock::now() >= next_tick) {
      next_tick = std::chrono::steady_clock::now() + kTick;
      listener_.on_tick();
    }
  }
}

void DirectoryWatch::ReadEvents() {
  alignas(inotify_event) char buffer[8192];
  const ssize_t n = ::read(inotify_fd_, buffer, sizeof buffer);
  std::pair<std::string, std::string> last;  // several events of one write in a row are one change
  for (ssize_t at = 0; at < n;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
    at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
      listener_.on_overflow();
      continue;
    }
    std::string dir;
    {
      const std::lock_guard lock(mutex_);
      const auto found = by_wd_.find(event->wd);
      if (found == by_wd_.end()) continue;
      dir = found->second;
      if ((event->mask & IN_IGNORED) != 0) {
        by_wd_.erase(found);
        by_dir_.erase(dir);
      }
    }
    // Renamed away: not the directory that was asked for any more. IN_IGNORED follows.
    if ((event->mask & IN_MOVE_SELF) != 0) ::inotify_rm_watch(inotify_fd_, event->wd);
    std::pair<std::string, std::string> change(dir, event->len > 0 ? event->name : "");
    if (change == last) continue;
    last = change;
    listener_.on_change(change.first, change.second);
  }
}

}  // namespace plimsoll::runtime
