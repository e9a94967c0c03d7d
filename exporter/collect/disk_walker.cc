#include "exporter/collect/disk_walker.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "exporter/collect/file_text.h"
#include "exporter/collect/text.h"

namespace plimsoll::collect {
namespace {

constexpr auto kBetweenRounds = std::chrono::minutes(1);

// Directories one inside the other: a descriptor each, half of what the census leaves for all else.
constexpr size_t kMostDepth = 128;

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

// Empty on failure; errno says why.
Directory OpenDirectory(int at, const char* name) {
  Descriptor opened(::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  Directory directory(opened ? ::fdopendir(opened.get()) : nullptr, ::closedir);
  if (directory) opened.Release();
  return directory;
}

// Each of a file's names counts its part, so that no set of inodes is needed, which a user could fill.
uint64_t BytesOf(const struct stat& status) {
  const uint64_t names = S_ISDIR(status.st_mode) ? 1 : std::max<uint64_t>(status.st_nlink, 1);
  return static_cast<uint64_t>(status.st_blocks) * 512 / names;
}

bool IsShortage(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM; }

}  // namespace

std::string ParseUpperDirectory(std::string_view mountinfo) {
  TextCursor cursor(mountinfo);
  while (!cursor.done()) {
    TextCursor line(cursor.Line());
    for (int skipped = 0; skipped < 4; ++skipped) line.Word();
    if (line.Word() != "/") continue;
    std::string_view word;
    do word = line.Word();
    while (!word.empty() && word != "-");
    if (line.Word() != "overlay") continue;
    line.Word();  // the source
    std::string_view options = line.Word();
    while (!options.empty()) {
      const size_t comma = options.find(',');
      const std::string_view option = options.substr(0, comma);
      constexpr std::string_view kKey = "upperdir=";
      if (option.substr(0, kKey.size()) == kKey) return std::string(option.substr(kKey.size()));
      if (comma == std::string_view::npos) break;
      options.remove_prefix(comma + 1);
    }
  }
  return {};
}

Figure MeasureTree(const std::string& directory, const std::atomic<bool>& stop) {
  // Entry by entry: a user may put any number into one directory.
  std::vector<Directory> path;
  path.push_back(OpenDirectory(AT_FDCWD, directory.c_str()));
  struct stat top;
  if (!path.back() || ::fstat(::dirfd(path.back().get()), &top) != 0) return std::nullopt;
  uint64_t bytes = BytesOf(top);
  while (!path.empty()) {
    if (stop) return std::nullopt;
    const int here = ::dirfd(path.back().get());
    const dirent* const entry = ::readdir(path.back().get());
    if (!entry) {
      path.pop_back();
      continue;
    }
    const std::string_view name = entry->d_name;
    struct stat status;
    if (name == "." || name == ".." || ::fstatat(here, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        status.st_dev != top.st_dev)
      continue;
    bytes += BytesOf(status);
    if (!S_ISDIR(status.st_mode)) continue;
    if (path.size() == kMostDepth) return std::nullopt;
    if (Directory child = OpenDirectory(here, entry->d_name))
      path.push_back(std::move(child));
    else if (IsShortage(errno))
      return std::nullopt;
  }
  return bytes;
}

DiskWalker::DiskWalker(runtime::HostPaths paths)
    : paths_(std::move(paths)), names_(paths_.sysfs), thread_([this] { Run(); }) {}

DiskWalker::~DiskWalker() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void DiskWalker::Want(uint64_t incarnation, int64_t pid) {
  const std::lock_guard lock(mutex_);
  const auto [layer, is_new] = layers_.try_emplace(incarnation, Layer{pid, false, {}});
  layer->second.pid = pid;
  if (!is_new) return;
  fresh_ = true;
  changed_.notify_all();
}

void DiskWalker::Drop(uint64_t incarnation) {
  const std::lock_guard lock(mutex_);
  layers_.erase(incarnation);
}

std::optional<DiskUsage> DiskWalker::Latest(uint64_t incarnation) const {
  const std::lock_guard lock(mutex_);
  const auto found = layers_.find(incarnation);
  return found == layers_.end() ? std::nullopt : found->second.usage;
}

void DiskWalker::Run() {
  ::pthread_setname_np(::pthread_self(), "disk-walker");
  const sched_param lowest{};
  ::pthread_setschedparam(::pthread_self(), SCHED_IDLE,
                          &lowest);  // refused: then it walks at normal priority
  std::unique_lock lock(mutex_);
  auto round_ends = std::chrono::steady_clock::now() + kBetweenRounds;
  while (!stop_) {
    // One layer that was not walked in this round; the lock is not held while the disk is.
    auto next = layers_.begin();
    while (next != layers_.end() && next->second.walked) ++next;
    if (next != layers_.end()) {
      const uint64_t incarnation = next->first;
      const int64_t pid = next->second.pid;
      lock.unlock();
      const std::optional<DiskUsage> usage = Walk(pid);
      lock.lock();
      const auto still = layers_.find(incarnation);
      if (still == layers_.end()) continue;
      still->second.walked = true;
      if (usage) still->second.usage = usage;
      continue;
    }
    fresh_ = false;
    if (changed_.wait_until(lock, round_ends, [this] { return stop_ || fresh_; })) continue;
    for (auto& [incarnation, layer] : layers_) layer.walked = false;
    round_ends = std::chrono::steady_clock::now() + kBetweenRounds;
  }
}

std::optional<DiskUsage> DiskWalker::Walk(int64_t pid) {
  FileText text;
  const std::string mountinfo = paths_.procfs + "/" + std::to_string(pid) + "/mountinfo";
  const std::string_view content = text.ReadPath(mountinfo.c_str());
  const std::string upper = content.data() ? ParseUpperDirectory(content) : std::string();
  if (upper.empty()) return std::nullopt;
  const std::string directory = paths_.rootfs == "/" ? upper : paths_.rootfs + upper;
  const Figure bytes = MeasureTree(directory, stop_);
  struct stat status;
  struct statvfs fs;
  if (!bytes || ::stat(directory.c_str(), &status) != 0 || ::statvfs(directory.c_str(), &fs) != 0)
    return std::nullopt;
  DiskUsage usage;
  usage.device.Set(names_.Name(major(status.st_dev), minor(status.st_dev)).c_str());
  usage.used_bytes = bytes;
  usage.limit_bytes = static_cast<uint64_t>(fs.f_blocks) * fs.f_frsize;
  usage.inodes_total = fs.f_files;
  usage.inodes_free = fs.f_ffree;
  return usage;
}

}  // namespace plimsoll::collect
