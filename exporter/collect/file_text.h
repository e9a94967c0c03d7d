#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/result.h"

namespace plimsoll::collect {

// An open descriptor, closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { Close(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int Release();
  void Close();

 private:
  int fd_ = -1;
};

// One buffer into which kernel files are read whole, whatever their size up to
// kMostBytes (a longer one is an error, never silently cut). Reused for every file.
class FileText {
 public:
  static constexpr size_t kMostBytes = 16 << 20;

  FileText() : buffer_(kFirstBytes) {}

  // The text from offset 0, valid until the next call. On failure nullopt-like:
  // data() == nullptr and errno says why (ENODEV: the cgroup is gone).
  std::string_view Read(int fd);

  // Open, read, close. ENOENT when there is no such file.
  std::string_view ReadPath(const char* path);

 private:
  static constexpr size_t kFirstBytes = 16 << 10;
  std::vector<char> buffer_;
};

// A small file as a string, without the newline at its end; for what is read once.
Result<std::string> ReadSmallFile(const std::string& path);

}  // namespace plimsoll::collect
