#include "exporter/runtime/bundle_index.h"

#include <sys/stat.h>

#include <chrono>
#include <vector>

#include "exporter/runtime/careful_open.h"
#include "exporter/runtime/small_file.h"

namespace plimsoll::runtime {
namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

struct Stamp {
  int64_t modified_ns = 0;
  uint64_t inode = 0;
};

std::optional<Stamp> StampOf(const std::string& path) {
  const auto opened = OpenDirectory(path);
  struct stat status {};
  if (!opened || !*opened || ::fstat((*opened)->fd.get(), &status) != 0) return std::nullopt;
  return Stamp{status.st_mtim.tv_sec * kNanosecondsPerSecond + status.st_mtim.tv_nsec, status.st_ino};
}

// File times move in steps of up to 10 ms: a change in the same step as the
// last reading would go unseen, so a reading so soon after a change is not kept as complete.
bool IsSettled(int64_t modified_ns) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const int64_t now_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  constexpr int64_t kStep = 20'000'000;
  return now_ns < modified_ns || now_ns - modified_ns > kStep;
}

}  // namespace

std::optional<std::string> BundleIndex::Find(const std::string& parent_path, std::string_view cgroup) {
  Parent& parent = parents_[parent_path];
  const auto stamp = StampOf(parent_path);
  if (!stamp) {
    parents_.erase(parent_path);
    return std::nullopt;
  }
  if (stamp->modified_ns != parent.changed_ns) {
    const bool complete = Read(parent_path, parent);
    parent.changed_ns = complete && IsSettled(stamp->modified_ns) ? stamp->modified_ns : -1;
  }
  const auto found = parent.bundle_by_cgroup.find(cgroup);
  if (found == parent.bundle_by_cgroup.end()) return std::nullopt;
  return found->second;
}

bool BundleIndex::Read(const std::string& path, Parent& parent) {
  const auto names = ListDirectory(path);
  if (!names) return false;
  bool complete = true;
  std::map<std::string, Bundle> bundles;
  parent.bundle_by_cgroup.clear();
  for (const std::string& name : *names) {
    const std::string dir = JoinPath(path, name);
    const auto stamp = StampOf(dir);
    if (!stamp) continue;
    Bundle bundle{stamp->inode, std::nullopt};
    const auto known = parent.bundles.find(dir);
    if (known != parent.bundles.end() && known->second.inode == stamp->inode) bundle = known->second;
    if (!bundle.cgroup) bundle.cgroup = cgroup_of_(dir);
    if (!bundle.cgroup) {
      complete = false;
    } else if (!bundle.cgroup->empty()) {
      parent.bundle_by_cgroup[*bundle.cgroup] = dir;
    }
    bundles.emplace(dir, std::move(bundle));
  }
  parent.bundles = std::move(bundles);
  return complete;
}

}  // namespace plimsoll::runtime
