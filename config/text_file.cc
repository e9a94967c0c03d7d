#include "config/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace plimsoll {

Result<std::string> ReadTextFile(const std::string& file, size_t most_bytes, const std::string& too_large) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return Fail(std::string("cannot be opened: ") + std::strerror(errno));
  struct stat status {};
  std::string text, wrong;
  if (::fstat(fd, &status) != 0) {
    wrong = std::string("cannot be read: ") + std::strerror(errno);
  } else if (S_ISDIR(status.st_mode)) {
    wrong = "is a directory; a file is needed";
  } else if (!S_ISREG(status.st_mode)) {
    wrong = "is not a regular file";
  }
  while (wrong.empty()) {
    char chunk[16384];
    const ssize_t n = ::read(fd, chunk, sizeof chunk);
    if (n == 0) break;
    if (n > 0) {
      text.append(chunk, static_cast<size_t>(n));
      if (text.size() > most_bytes) wrong = too_large;
    } else if (errno != EINTR) {
      wrong = std::string("cannot be read: ") + std::strerror(errno);
    }
  }
  ::close(fd);
  if (!wrong.empty()) return Fail(wrong);
  return text;
}

}  // namespace plimsoll
