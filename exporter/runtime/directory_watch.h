#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace plimsoll::runtime {

// Tells of changed files in directories (inotify(7)), on one thread of its own.
class DirectoryWatch {
 public:
  struct Listener {
    // A file `name` in `dir` was written, renamed to, or deleted; `name` is
    // empty when the directory itself is gone (it is then no longer watched).
    std::function<void(const std::string& dir, const std::string& name)> on_change;
    std::function<void()> on_overflow;  // the kernel dropped events: everything may have changed
    std::function<void()> on_tick;      // about once a second
  };

  explicit DirectoryWatch(Listener listener);  // callbacks run on the thread, without a lock held
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  void Start();
  void Stop();  // waits for the thread

  // Adds a user of `dir`; false when it cannot be watched (gone, no permission, no
  // watches left): then nothing was added. `in_place`: tell of writes as they happen, not only at close.
  bool Add(const std::string& dir, bool in_place);
  void Remove(const std::string& dir);  // one user less; the last one ends the watch

 private:
  struct Watched {
    int wd = -1;
    int users = 0;
  };
  void Run();
  void ReadEvents();

  const Listener listener_;
  int inotify_fd_ = -1;
  int stop_fd_ = -1;
  std::thread thread_;
  std::mutex mutex_;
  std::map<std::string, Watched> by_dir_;
  std::map<int, std::string> by_wd_;
};

}  // namespace plimsoll::runtime
