#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "exporter/collect/block_names.h"
#include "exporter/runtime/directory.h"
#include "model/sample.h"

namespace plimsoll::collect {

// The directory into which an overlay root file system writes, from
// /proc/PID/mountinfo; empty when the root is no overlay.
//     36 35 0:50 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/u/diff,workdir=/w
std::string ParseUpperDirectory(std::string_view mountinfo);

// Bytes on disk below `directory`, on its own file system; of a file with several names each counts its
// share. Absent when it cannot be walked, has 128 directories one inside the other, or `stop` became true
// meanwhile.
Figure MeasureTree(const std::string& directory, const std::atomic<bool>& stop);

// Group "disk": walks each container's writable layer now and then, on a
// thread of its own at idle priority, so that no beat waits for a disk.
class DiskWalker {
 public:
  explicit DiskWalker(runtime::HostPaths paths);
  ~DiskWalker();  // does not wait for the end of a walk

  // Walk the layer of this process' root from now on, under this incarnation; another process than before
  // takes its place at the next walk.
  void Want(uint64_t incarnation, int64_t pid);
  void Drop(uint64_t incarnation);

  // The last walk's figures; absent before the first and where there is no overlay.
  std::optional<DiskUsage> Latest(uint64_t incarnation) const;

 private:
  void Run();
  std::optional<DiskUsage> Walk(int64_t pid);

  const runtime::HostPaths paths_;
  BlockNames names_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  struct Layer {
    int64_t pid;
    bool walked = false;
    std::optional<DiskUsage> usage;
  };
  std::map<uint64_t, Layer> layers_;
  bool fresh_ = false;
  std::atomic<bool> stop_{false};  // written under the lock; a walk reads it without
  std::thread thread_;
};

}  // namespace plimsoll::collect
