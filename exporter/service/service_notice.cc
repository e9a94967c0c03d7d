#include "exporter/service/service_notice.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "model/log.h"

namespace plimsoll::service {
namespace {

std::optional<int64_t> NumberOf(const char* text) {
  if (!text) return std::nullopt;
  int64_t number = 0;
  const char* const end = text + std::strlen(text);
  const auto [stop, fault] = std::from_chars(text, end, number);
  if (fault != std::errc() || stop != end || number <= 0) return std::nullopt;
  return number;
}

// Connected, so that a datagram is one system call.
int Connect(const std::string& name) {
  sockaddr_un address{};
  if (name.size() >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@')) {
    errno = EINVAL;
    return -1;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  const int made = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made < 0) return -1;
  // An abstract name has no end but the length of the address.
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (::connect(made, reinterpret_cast<const sockaddr*>(&address), length) == 0) return made;
  const int why = errno;
  ::close(made);
  errno = why;
  return -1;
}

}  // namespace

ServiceSettings SettingsOfEnvironment() {
  ServiceSettings settings;
  if (const char* socket = std::getenv("NOTIFY_SOCKET")) settings.socket = socket;
  const char* const meant = std::getenv("WATCHDOG_PID");
  // Inherited from a parent whose watchdog it is: not ours.
  if (meant && NumberOf(meant) != ::getpid()) return settings;
  if (const auto period = NumberOf(std::getenv("WATCHDOG_USEC")))
    settings.watchdog = std::chrono::microseconds(*period);
  return settings;
}

ServiceNotice::ServiceNotice(ServiceSettings settings, const Clock& clock)
    : settings_(std::move(settings)), clock_(clock) {
  if (settings_.socket.empty()) return;
  socket_ = Connect(settings_.socket);
  if (socket_ < 0)
    log::Warn("the service manager cannot be told anything",
              {{"socket", settings_.socket}, {"err", std::strerror(errno)}});
}

ServiceNotice::~ServiceNotice() {
  if (socket_ >= 0) ::close(socket_);
}

void ServiceNotice::Ready(const std::string& status) { Send("READY=1\nSTATUS=" + status, 0); }

// systemd tells a reload that it ordered from an older one by the time.
void ServiceNotice::Reloading() {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(clock_.Mono().time_since_epoch());
  Send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()), MSG_DONTWAIT);
}

void ServiceNotice::Stopping() { Send("STOPPING=1", 0); }

void ServiceNotice::Beat() {
  if (socket_ < 0 || !settings_.watchdog) return;
  const MonoTime now = clock_.Mono();
  const bool on_time = beat_ && now - *beat_ <= *settings_.watchdog / 4;
  beat_ = now;
  if (!on_time || (fed_ && now - *fed_ < *settings_.watchdog / 8)) return;
  fed_ = now;
  Send("WATCHDOG=1", MSG_DONTWAIT);
}

void ServiceNotice::Send(const std::string& text, int flags) const {
  if (socket_ < 0) return;
  while (::send(socket_, text.data(), text.size(), flags | MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

}  // namespace plimsoll::service
