#include "exporter/runtime/careful_open.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string_view>

namespace plimsoll::runtime {
namespace {

constexpr int kLook = O_PATH | O_NOFOLLOW | O_CLOEXEC;

bool IsAbsence(int error_number) { return error_number == ENOENT || error_number == ENOTDIR; }

bool IsUser(uid_t owner) { return owner != 0 && owner != ::geteuid(); }

// In one call, as nearly every path can be: without a link in it. The kernel has it since 5.6, and some
// containers' filters do not know it.
int OpenWithoutLinks(const std::string& path) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;  // O_NOFOLLOW would open a link itself
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how));
}

// "/proc/1/root", as the root of a host seen from within a container, leads where its text does not say.
bool IsInProc(int link) {
  struct statfs system {};
  return ::fstatfs(link, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

std::string TargetOf(int link) {
  char target[PATH_MAX];
  const ssize_t n = ::readlinkat(link, "", target, sizeof target);
  return n > 0 ? std::string(target, static_cast<size_t>(n)) : std::string();
}

// Component by component, with the links that may be followed.
Result<Descriptor> Walk(const std::string& path) {
  constexpr int kMaxLinks = 40;  // as the kernel's own
  const auto start = [](const std::string& from) {
    return Descriptor(::open(from.starts_with('/') ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  };
  const auto failed = [&path](int error_number) {
    errno = error_number;
    return tl::unexpected(ErrnoError("open " + path));
  };
  std::string left = path;
  Descriptor at = start(left);
  for (int links = 0; at.get() >= 0;) {
    left.erase(0, std::min(left.find_first_not_of('/'), left.size()));
    if (left.empty()) return at;
    const std::string component = left.substr(0, left.find('/'));
    left.erase(0, component.size());
    Descriptor next(::openat(at.get(), component.c_str(), kLook));
    struct stat status {};
    if (next.get() < 0 || ::fstat(next.get(), &status) != 0) return failed(errno);
    if (!S_ISLNK(status.st_mode)) {
      at = std::move(next);
      continue;
    }
    if (++links > kMaxLinks) return failed(ELOOP);
    if (IsUser(status.st_uid))
      return Fail(path + ": user " + std::to_string(status.st_uid) + " made a link of " + component +
                  ", which is not followed");
    if (IsInProc(next.get())) {
      at = Descriptor(::openat(at.get(), component.c_str(), O_PATH | O_CLOEXEC));
      if (at.get() < 0) return failed(errno);
      continue;
    }
    const std::string target = TargetOf(next.get());
    if (target.empty()) return failed(ENOENT);
    if (target.starts_with('/')) at = start(target);
    left.insert(0, target + (left.empty() ? "" : "/"));
  }
  return failed(errno);
}

// nullopt when there is nothing.
Result<std::optional<Descriptor>> Look(const std::string& path) {
  Descriptor direct(OpenWithoutLinks(path));
  if (direct.get() >= 0) return direct;
  if (IsAbsence(errno)) return std::nullopt;
  auto walked = Walk(path);
  if (walked) return std::move(*walked);
  if (IsAbsence(errno)) return std::nullopt;
  return tl::unexpected(walked.error());
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::string PathOf(const Descriptor& descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor.get());
}

Result<std::optional<OpenedDirectory>> OpenDirectory(const std::string& path) {
  auto found = Look(path);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return std::nullopt;
  struct stat status {};
  if (::fstat((*found)->get(), &status) != 0) return tl::unexpected(ErrnoError("stat " + path));
  if (!S_ISDIR(status.st_mode)) return std::nullopt;
  return OpenedDirectory{std::move(**found), IsUser(status.st_uid) ? status.st_uid : 0};
}

Result<bool> MayUseDirectory(const std::string& path, int mode) {
  const auto opened = OpenDirectory(path);
  if (!opened) return tl::unexpected(opened.error());
  if (!*opened) return false;
  if (::access(PathOf((*opened)->fd).c_str(), mode) != 0) return tl::unexpected(ErrnoError("access " + path));
  return true;
}

Result<std::optional<OpenedFile>> OpenRegularFile(const std::string& path) {
  auto found = Look(path);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return std::nullopt;
  struct stat file {};
  if (::fstat((*found)->get(), &file) != 0) return tl::unexpected(ErrnoError("stat " + path));
  if (!S_ISREG(file.st_mode)) return Fail(path + ": not a regular file");
  const auto directory = OpenDirectory(path.substr(0, path.rfind('/') + 1) + ".");
  if (!directory) return tl::unexpected(directory.error());
  const uid_t user = *directory ? (*directory)->user : 0;
  // Root's file in a user's directory can be the user's second name for it.
  if (IsUser(file.st_uid) && file.st_uid != user && user != 0)
    return Fail(path + ": belongs to user " + std::to_string(file.st_uid) + " in a directory of user " +
                std::to_string(user));
  Descriptor fd(::open(PathOf(**found).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd.get() < 0) return tl::unexpected(ErrnoError("open " + path));
  return OpenedFile{std::move(fd), user != 0 ? user : (IsUser(file.st_uid) ? file.st_uid : 0),
                    static_cast<uint64_t>(file.st_size)};
}

}  // namespace plimsoll::runtime
