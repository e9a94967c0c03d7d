#include "exporter/runtime/small_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "exporter/runtime/careful_open.h"

namespace plimsoll::runtime {

Result<std::optional<std::string>> ReadSmallFile(const std::string& path, size_t max_bytes) {
  const auto file = OpenRegularFile(path);
  if (!file) return tl::unexpected(file.error());
  if (!*file) return std::nullopt;
  if ((*file)->user != 0) max_bytes = std::min(max_bytes, kMaxUsersFileBytes);
  std::string text;
  char block[16384];
  for (;;) {
    const ssize_t n = ::read((*file)->fd.get(), block, sizeof block);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return tl::unexpected(ErrnoError("read " + path));
    if (n == 0) return text;
    if (text.size() + static_cast<size_t>(n) > max_bytes)
      return Fail(path + ": larger than " + std::to_string(max_bytes) + " bytes");
    text.append(block, static_cast<size_t>(n));
  }
}

Result<std::vector<std::string>> ListDirectory(const std::string& path) {
  std::vector<std::string> names;
  const auto opened = OpenDirectory(path);
  if (!opened) return tl::unexpected(opened.error());
  if (!*opened) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(PathOf((*opened)->fd).c_str()), ::closedir);
  if (!dir) return tl::unexpected(ErrnoError("open " + path));
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if ((*opened)->user != 0 && names.size() >= kMaxUsersNames)
      return Fail(path + ": more than " + std::to_string(kMaxUsersNames) + " names in a user's directory");
    names.emplace_back(name);
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
