#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "exporter/collect/file_text.h"
#include "exporter/collect/hierarchy.h"

namespace plimsoll::collect {

// Notices cgroups as they come and go, by inotify on the directories of the
// watched trees. One thread.
class TreeWatch {
 public:
  struct Event {
    enum class Kind {
      kCome,     // a cgroup directory appeared in one of the trees (perhaps not the first)
      kGone,     // it is gone from every watched tree
      kChanged,  // one of its watched files changed
      kLost,     // the kernel dropped events, or a watch: Scan() again
    };
    Kind kind;
    std::string cgroup;
  };

  explicit TreeWatch(const Hierarchies& trees);

  // Readable while Take() has something to give; -1 when inotify cannot be had.
  int fd() const { return inotify_.get(); }

  // Every cgroup there is now ("/" first, parents before children), and watches
  // on all of them. A directory that vanishes meanwhile is not listed.
  std::vector<std::string> Scan();

  // What happened since the last call, in order.
  std::vector<Event> Take();

  // kChanged from now on when the kernel touches `file` of the cgroup
  // (cgroup.events: when the first process enters and the last one leaves).
  // Nothing happens when there is no such file or no more watches.
  void WatchFile(const std::string& cgroup, Tree tree, const char* file);

  // Must be told when a cgroup is gone: kernfs removes directories and files
  // without a word to those who watch them, and each watch would hold a dead
  // inode for ever.
  void Leave(const std::string& cgroup);
  // And when another was found under the same path: its directories are watched.
  void Enter(const std::string& cgroup);

  // Some directory could not be watched since the last Scan() began (no inotify,
  // fs.inotify.max_user_watches): new cgroups may go unnoticed, so the caller should Scan() at every beat.
  bool incomplete() const { return incomplete_; }

 private:
  struct Watch {
    std::string cgroup;
    Tree tree;
    bool is_directory;
  };
  void Enter(Tree tree, const std::string& cgroup, std::vector<std::string>& found);
  bool Exists(const std::string& cgroup) const;
  bool Add(const std::string& path, uint32_t events, Watch watch);
  void OnUnwatched(const std::string& path, int error);

  const Hierarchies& trees_;
  const std::vector<Tree> watched_;
  Descriptor inotify_;
  bool incomplete_ = false;
  bool said_ = false;                                     // in the log, since all could be watched
  std::unordered_map<int, Watch> watches_;                // by inotify's watch descriptor
  std::unordered_multimap<std::string, int> watches_of_;  // the same by cgroup
};

}  // namespace plimsoll::collect
