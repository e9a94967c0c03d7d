#include "exporter/collect/oom_notice.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace plimsoll::collect {

Descriptor NoticeOom(const std::string& directory) {
  const Descriptor oom_control(::open((directory + "/memory.oom_control").c_str(), O_RDONLY | O_CLOEXEC));
  const Descriptor event_control(::open((directory + "/cgroup.event_control").c_str(), O_WRONLY | O_CLOEXEC));
  Descriptor event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!oom_control || !event_control || !event) return {};
  const std::string order = std::to_string(event.get()) + " " + std::to_string(oom_control.get());
  if (::write(event_control.get(), order.data(), order.size()) != static_cast<ssize_t>(order.size()))
    return {};
  return event;
}

}  // namespace plimsoll::collect
