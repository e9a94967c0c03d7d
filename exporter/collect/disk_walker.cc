#include "exporter/collect/disk_walker.h"

#include <fts.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include <memory>
#include <set>

#include "exporter/collect/file_text.h"
#include "exporter/collect/text.h"

namespace plimsoll::collect {
namespace {

constexpr auto kBetweenRounds = std::chrono::minutes(1);

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
  std::string path = directory;
  char* const roots[] = {path.data(), nullptr};
  const std::unique_ptr<FTS, int (*)(FTS*)> walk(
      ::fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, nullptr), ::fts_close);
  if (!walk) return std::nullopt;
  uint64_t bytes = 0;
  std::set<ino_t> linked;
  bool any = false;
  while (const FTSENT* entry = ::fts_read(walk.get())) {
    if (stop) return std::nullopt;
    if (entry->fts_info == FTS_DP || entry->fts_info == FTS_NS || entry->fts_info == FTS_ERR) continue;
    any = any || entry->fts_info != FTS_DNR;
    const struct stat& status = *entry->fts_statp;
    if (status.st_nlink > 1 && !S_ISDIR(status.st_mode) && !linked.insert(status.st_ino).second) continue;
    bytes += static_cast<uint64_t>(status.st_blocks) * 512;
  }
  return any ? Figure(bytes) : std::nullopt;
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
