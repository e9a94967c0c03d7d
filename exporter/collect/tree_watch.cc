#include "exporter/collect/tree_watch.h"

#include <dirent.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "model/log.h"

namespace plimsoll::collect {
namespace {

constexpr uint32_t kDirectoryEvents =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW;

std::string Child(const std::string& cgroup, const char* name) {
  return cgroup == "/" ? "/" + std::string(name) : cgroup + "/" + name;
}

std::string Absolute(const std::string& root, const std::string& cgroup) {
  return cgroup == "/" ? root : root + cgroup;
}

}  // namespace

TreeWatch::TreeWatch(const Hierarchies& trees)
    : trees_(trees), watched_(trees.watched()), inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (!inotify_) {
    incomplete_ = said_ = true;
    log::Warn("inotify unavailable; scanning for cgroups at every beat", {{"err", std::strerror(errno)}});
  }
}

bool TreeWatch::Exists(const std::string& cgroup) const {
  return std::any_of(watched_.begin(), watched_.end(),
                     [&](Tree tree) { return ::access(Absolute(trees_[tree], cgroup).c_str(), F_OK) == 0; });
}

void TreeWatch::Enter(Tree tree, const std::string& cgroup, std::vector<std::string>& found) {
  const std::string path = Absolute(trees_[tree], cgroup);
  // First the watch, then the listing: what comes in between is seen twice, never missed.
  if (!Add(path, kDirectoryEvents, {cgroup, tree, true})) OnUnwatched(path, errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
  if (!dir) return;
  found.push_back(cgroup);
  while (const dirent* entry = ::readdir(dir.get())) {
    if (entry->d_name[0] == '.') continue;
    bool is_directory = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN) {
      struct stat status;
      is_directory = ::stat((path + "/" + entry->d_name).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    }
    if (is_directory) Enter(tree, Child(cgroup, entry->d_name), found);
  }
}

void TreeWatch::OnUnwatched(const std::string& path, int error) {
  incomplete_ = true;
  if (std::exchange(said_, true)) return;
  const char* const remedy = error == ENOSPC ? "; raise fs.inotify.max_user_watches" : "";
  log::Warn("a cgroup cannot be watched; cgroups are looked for at every beat",
            {{"path", path}, {"err", std::string(std::strerror(error)) + remedy}});
}

std::vector<std::string> TreeWatch::Scan() {
  incomplete_ = !inotify_;
  std::vector<std::string> found;
  for (const Tree tree : watched_) Enter(tree, "/", found);
  said_ = incomplete_;
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<TreeWatch::Event> TreeWatch::Take() {
  std::vector<Event> events;
  alignas(inotify_event) char buffer[16 << 10];
  for (;;) {
    const ssize_t n = ::read(inotify_.get(), buffer, sizeof buffer);
    if (n <= 0) return events;
    for (const char* at = buffer; at < buffer + n;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      at += sizeof(inotify_event) + event->len;
      if (event->mask & IN_Q_OVERFLOW) {
        events.push_back({Event::Kind::kLost, "/"});
        continue;
      }
      const auto watch = watches_.find(event->wd);
      if (watch == watches_.end()) continue;
      if (event->mask & IN_IGNORED) {  // its directory or file is gone, on file systems that tell
        auto [begin, end] = watches_of_.equal_range(watch->second.cgroup);
        watches_of_.erase(std::find_if(begin, end, [&](const auto& of) { return of.second == event->wd; }));
        watches_.erase(watch);
        continue;
      }
      if (!watch->second.is_directory) {
        events.push_back({Event::Kind::kChanged, watch->second.cgroup});
        continue;
      }
      if (!(event->mask & IN_ISDIR)) continue;
      const std::string cgroup = Child(watch->second.cgroup, event->name);
      const Tree tree = watch->second.tree;
      if (event->mask & (IN_CREATE | IN_MOVED_TO)) {
        std::vector<std::string> found;
        Enter(tree, cgroup, found);
        for (std::string& path : found) events.push_back({Event::Kind::kCome, std::move(path)});
      } else if (!Exists(cgroup)) {
        events.push_back({Event::Kind::kGone, cgroup});
      }
    }
  }
}

// False, with errno, when there is no more room for a watch. A path that is gone is no failure, nor one that
// is longer than any that can be opened: nobody would read what is there.
bool TreeWatch::Add(const std::string& path, uint32_t events, Watch watch) {
  if (!inotify_) return false;
  const int token = ::inotify_add_watch(inotify_.get(), path.c_str(), events);
  if (token < 0) return errno == ENOENT || errno == ENAMETOOLONG;
  const auto [at, is_new] = watches_.insert_or_assign(token, std::move(watch));
  if (is_new) watches_of_.emplace(at->second.cgroup, token);
  return true;
}

void TreeWatch::WatchFile(const std::string& cgroup, Tree tree, const char* file) {
  if (trees_[tree].empty()) return;
  Add(Absolute(trees_[tree], cgroup) + "/" + file, IN_MODIFY, {cgroup, tree, false});
}

void TreeWatch::Leave(const std::string& cgroup) {
  const auto [begin, end] = watches_of_.equal_range(cgroup);
  for (auto at = begin; at != end; ++at) {
    watches_.erase(at->second);
    ::inotify_rm_watch(inotify_.get(), at->second);
  }
  watches_of_.erase(begin, end);
}

void TreeWatch::Enter(const std::string& cgroup) {
  for (const Tree tree : watched_) {
    const std::string path = Absolute(trees_[tree], cgroup);
    if (!Add(path, kDirectoryEvents, {cgroup, tree, true})) OnUnwatched(path, errno);
  }
}

}  // namespace plimsoll::collect
