#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

#include "model/result.h"

namespace plimsoll::runtime {

// An open file; closes it.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// Runtimes keep files below directories that any local user may own, and we read
// them as root. So a symbolic link is followed only where root (or we ourselves)
// made it, and nothing is opened before it is known to be a regular file: opening
// alone arms a watchdog, and holds whoever opens a fifo.

struct OpenedFile {
  Descriptor fd;      // for reading
  uid_t user = 0;     // 0 when only root (or we) can have put it there, else who can
  uint64_t size = 0;  // bytes
};
// nullopt when it is not there. Fails when it is no regular file, or is neither
// root's nor that of whoever owns its directory.
Result<std::optional<OpenedFile>> OpenRegularFile(const std::string& path);

struct OpenedDirectory {
  Descriptor fd;  // O_PATH
  uid_t user = 0;
};
// nullopt when it is not there, or no directory.
Result<std::optional<OpenedDirectory>> OpenDirectory(const std::string& path);

// Whether it may be used as access(2) says of `mode`; false when it is not there, or no directory. Fails when
// it may not, or is behind a link that is not followed.
Result<bool> MayUseDirectory(const std::string& path, int mode);

// A path to what is open, that stays the same whatever happens to its name.
std::string PathOf(const Descriptor& descriptor);

}  // namespace plimsoll::runtime
