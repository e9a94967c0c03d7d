#include "exporter/cli/live_top.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "exporter/cli/terminal.h"
#include "exporter/cli/top_screen.h"
#include "exporter/collect/file_text.h"

namespace plimsoll::cli {
namespace {

using collect::Descriptor;

constexpr int kSignalled = 128;
constexpr size_t kMostKeys = 256;

// Reads the server again and again, so that keys never wait for it.
class Reader {
 public:
  explicit Reader(const LiveTop& order) : order_(order), fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_) thread_ = std::thread([this] { Run(); });
  }
  ~Reader() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
    if (order_.interrupt) order_.interrupt();
    if (thread_.joinable()) thread_.join();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  int fd() const { return fd_.get(); }  // readable when there is something to take; -1: none could be made

  std::optional<Result<TopReading>> Take() {
    eventfd_t count = 0;
    (void)::eventfd_read(fd_.get(), &count);
    const std::lock_guard lock(mutex_);
    return std::exchange(newest_, std::nullopt);
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (!ends_) {
      lock.unlock();
      Result<TopReading> reading = order_.read();
      lock.lock();
      newest_ = std::move(reading);
      (void)::eventfd_write(fd_.get(), 1);
      changed_.wait_for(lock, order_.interval, [this] { return ends_; });
    }
  }

  const LiveTop& order_;
  const Descriptor fd_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;
  std::optional<Result<TopReading>> newest_;
  std::thread thread_;
};

Descriptor TakeSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return Descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

// What a signal asks for: an exit code, or nothing to go on.
Result<std::optional<int>> Obey(int signals, Terminal& terminal) {
  signalfd_siginfo told{};
  if (::read(signals, &told, sizeof told) != sizeof told) return std::nullopt;
  const int signal = static_cast<int>(told.ssi_signo);
  if (signal == SIGWINCH) return std::nullopt;  // the next Draw asks how large it is
  if (signal != SIGTSTP) return signal == SIGINT ? 0 : kSignalled + signal;
  terminal.Leave();
  ::raise(SIGSTOP);  // goes on here after SIGCONT
  if (auto back = terminal.Enter(); !back) return tl::unexpected(back.error());
  return std::nullopt;
}

// False: the user leaves, or there is no keyboard any more.
bool Listen(int in, TopScreen& screen) {
  std::array<char, kMostKeys> keys{};
  const ssize_t count = ::read(in, keys.data(), keys.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  return count != 0 && screen.Press({keys.data(), static_cast<size_t>(count)});
}

}  // namespace

Result<int> ShowLiveTop(const LiveTop& order) {
  const Descriptor signals = TakeSignals();
  if (!signals) return tl::unexpected(ErrnoError("signalfd"));
  Terminal terminal(order.in, order.out);
  if (auto taken = terminal.Enter(); !taken) return tl::unexpected(taken.error());
  Reader reader(order);
  if (reader.fd() < 0) return Fail("eventfd: no descriptor is left");
  TopScreen screen(order.url, order.order);
  for (;;) {
    const Terminal::Size size = terminal.size();
    if (!terminal.Write(screen.Draw(size.rows, size.columns))) return kSignalled + SIGHUP;
    std::array<pollfd, 3> waits = {
        {{signals.get(), POLLIN, 0}, {order.in, POLLIN, 0}, {reader.fd(), POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
      return tl::unexpected(ErrnoError("poll"));
    if (waits[0].revents != 0) {
      auto code = Obey(signals.get(), terminal);
      if (!code) return tl::unexpected(code.error());
      if (*code) return **code;
    }
    if (waits[1].revents != 0 && !Listen(order.in, screen)) return 0;
    if (waits[2].revents == 0) continue;
    if (auto newest = reader.Take()) {
      if (*newest)
        screen.Take(std::move(**newest));
      else
        screen.Miss(newest->error().message);
    }
  }
}

}  // namespace plimsoll::cli
