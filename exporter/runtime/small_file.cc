#include "exporter/runtime/small_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

namespace plimsoll::runtime {
namespace {

bool IsAbsence(int error_number) { return error_number == ENOENT || error_number == ENOTDIR; }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::optional<std::string>> ReadSmallFile(const std::string& path, size_t max_bytes) {
  // O_NONBLOCK: a fifo put where the file should be must not hold us.
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd.get() < 0) {
    if (IsAbsence(errno)) return std::nullopt;
    return tl::unexpected(ErrnoError("open " + path));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return tl::unexpected(ErrnoError("stat " + path));
  if (!S_ISREG(status.st_mode)) return Fail(path + ": not a regular file");
  std::string text;
  char block[16384];
  for (;;) {
    const ssize_t n = ::read(fd.get(), block, sizeof block);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return tl::unexpected(ErrnoError("read " + path));
    if (n == 0) return text;
    if (text.size() + static_cast<size_t>(n) > max_bytes)
      return Fail(path + ": larger than " + std::to_string(max_bytes) + " bytes");
    text.append(block, static_cast<size_t>(n));
  }
}

Result<std::vector<std::string>> ListDirectory(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  std::vector<std::string> names;
  if (!dir) {
    if (IsAbsence(errno)) return names;
    return tl::unexpected(ErrnoError("open " + path));
  }
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

std::string JoinPath(std::string_view root, std::string_view path) {
  while (!root.empty() && root.back() == '/') root.remove_suffix(1);
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  std::string joined(root);
  joined += '/';
  joined += path;
  return joined;
}

}  // namespace plimsoll::runtime
