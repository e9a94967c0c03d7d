#include "database/writer_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace plimsoll {

Result<WriterLock> WriterLock::Take(const std::string& path) {
  WriterLock lock;
  lock.descriptor_ = ::open((path + "-lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock.descriptor_ >= 0 && ::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return Fail(path + ": another Plimsoll writes this file; each needs its own --storage.path");
  return lock;
}

bool WriterLock::IsTaken(const std::string& path) {
  WriterLock probe;
  probe.descriptor_ = ::open((path + "-lock").c_str(), O_RDONLY | O_CLOEXEC);
  return probe.descriptor_ >= 0 && ::flock(probe.descriptor_, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

WriterLock::~WriterLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace plimsoll
