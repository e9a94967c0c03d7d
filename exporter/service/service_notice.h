#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "model/clock.h"

namespace plimsoll::service {

// What the service manager has told its child (sd_notify(3), sd_watchdog_enabled(3)).
struct ServiceSettings {
  std::string socket;  // a path, or @name of the abstract namespace; empty: nobody listens
  std::optional<std::chrono::microseconds> watchdog;  // it kills a service that is silent for so long
};

// Of $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID.
ServiceSettings SettingsOfEnvironment();

// Tells systemd how the service stands, a datagram each. Without a socket every
// call does nothing. Never waits: what a full socket does not take is dropped
// (but READY=1 and STOPPING=1 are waited for). Thread-safe, except that Beat
// belongs to one thread.
class ServiceNotice {
 public:
  ServiceNotice(ServiceSettings settings, const Clock& clock);
  ~ServiceNotice();
  ServiceNotice(const ServiceNotice&) = delete;
  ServiceNotice& operator=(const ServiceNotice&) = delete;

  // `status` is what `systemctl status` shows.
  void Ready(const std::string& status);
  void Reloading();  // until the next Ready
  void Stopping();

  // The collector has read the host. Feeds the watchdog, at most eight times in
  // its period, and only when the beat before this one is not longer ago than a
  // quarter of it: a collector that hangs or drags itself along is started anew.
  void Beat();

 private:
  void Send(const std::string& text, int flags) const;

  const ServiceSettings settings_;
  const Clock& clock_;
  int socket_ = -1;
  std::optional<MonoTime> beat_;
  std::optional<MonoTime> fed_;
};

}  // namespace plimsoll::service
