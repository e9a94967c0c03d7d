#include "exporter/collect/file_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace plimsoll::collect {
namespace {

// A seq_file hands out at most a page per read(2) when it has many records, so
// only a read well below a page proves the end (no record we read is longer
// than the rest of that page). fs/seq_file.c.
constexpr size_t kSurelyTheEnd = 3072;

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = other.Release();
  }
  return *this;
}

int Descriptor::Release() { return std::exchange(fd_, -1); }

void Descriptor::Close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::string_view FileText::Read(int fd) {
  size_t size = 0;
  for (;;) {
    const ssize_t n = ::pread(fd, buffer_.data() + size, buffer_.size() - size, static_cast<off_t>(size));
    if (n < 0) {
      if (errno == EINTR) continue;
      return {};
    }
    size += static_cast<size_t>(n);
    if (n == 0 || (size < kSurelyTheEnd)) return {buffer_.data(), size};
    if (size == buffer_.size()) {
      if (size >= kMostBytes) {
        errno = EFBIG;
        return {};
      }
      buffer_.resize(size * 2);
    }
  }
}

std::string_view FileText::ReadPath(const char* path) {
  const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  const std::string_view text = Read(file.get());
  return text;
}

Result<std::string> ReadSmallFile(const std::string& path) {
  FileText text;
  const std::string_view content = text.ReadPath(path.c_str());
  if (!content.data()) return tl::unexpected(ErrnoError(path));
  std::string result(content);
  while (!result.empty() && result.back() == '\n') result.pop_back();
  return result;
}

}  // namespace plimsoll::collect
