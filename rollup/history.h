#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "model/container.h"
#include "model/result.h"
#include "rollup/bucket.h"

namespace plimsoll {
class Database;
}

namespace plimsoll::rollup {

class OpenBuckets;

// What a container was known by at one time. Another image, limit or cgroup
// under the same identity makes another revision.
struct Revision {
  WallTime since{};
  std::string runtime, runtime_id, name, image, cgroup;
  std::string kube_namespace, kube_pod, kube_container;
  Labels labels;  // all of them up to 16 KiB together
  std::optional<WallTime> started_at;
  Figure memory_limit_bytes;            // smallest on the path to the root; absent: none but the host's
  Ratio cpu_limit_percent;              // likewise; 100 = one core
  std::string interface, block_device;  // when it had exactly one; else empty

  friend bool operator==(const Revision&, const Revision&) = default;
};

// A container the store knows, living or not.
struct KnownContainer {
  uint32_t id = 0;
  std::string key;  // "compose:shop/web/1", "pod:namespace/pod/container", "name:web"
  WallTime first_seen{}, last_seen{};
  Revision revision;  // the newest
};

struct EndedContainers {
  std::vector<KnownContainer> newest;
  size_t total = 0;
};

// What history can be asked in. 5m is made from 1m when asked.
enum class Granularity { kRaw, k1m, k5m, k1h, k1d };
const char* GranularityName(Granularity granularity);       // "raw", "1m", "5m", "1h", "1d"
std::chrono::milliseconds StepOf(Granularity granularity);  // 0 for raw

// One point of a container's history: what lies between `at` and the next step.
// For raw the bucket holds the one reading made at `at`.
struct Point {
  WallTime at{};
  Bucket bucket;
  Figure memory_limit_bytes;  // in force at its end; absent: none but the host's
};

struct PointQuery {
  uint32_t container = 0;
  WallTime from{}, to{};  // [from, to)
  Granularity granularity = Granularity::kRaw;
  std::chrono::milliseconds step{0};  // 0: the granularity's own; else a whole multiple of it (raw: 0 only)
};
// An answer holds no more points than this.
constexpr int64_t kMostPoints = 11'000;

enum class Metric { kCpu, kMemory, kNetRx, kNetTx, kBlockRead, kBlockWrite };
// One container's share of a period.
struct Consumer {
  uint32_t container = 0;
  std::string name;  // of the newest revision
  double value =
      0;          // cpu: percent, 100 = one core; memory: bytes on average; else bytes per second on average
  Ratio percent;  // memory: of its limit, else of the host's memory; cpu: of its limit, else of all cores;
                  // else absent
};
struct TopQuery {
  Metric metric = Metric::kCpu;
  WallTime from{}, to{};  // `from` is rounded down to a whole minute (up to 6h), hour (up to 7d) or day
  int limit = 5;
  // For `percent` where a container has no limit of its own.
  uint64_t host_memory_bytes = 0;
  uint32_t host_cores = 0;
};

// Reads what was recorded. Each call takes one of the store's reading
// connections, and sees one state of the file; calls on several threads are
// fine. Every failure is of the disk or the file, never of the question, but
// for those said.
class History {
 public:
  virtual ~History() = default;

  // Those that are none of `living`: how many, and the `most` that were seen last, newest first.
  virtual Result<EndedContainers> Ended(const std::vector<uint32_t>& living, size_t most) = 0;
  // Nothing when the id was never given, or its history has ended.
  virtual Result<std::optional<KnownContainer>> Find(uint32_t id) = 0;

  // The newest recorded reading of a container, and every one from `from` to `to`, [from, to).
  virtual Result<std::optional<Point>> Latest(uint32_t container) = 0;
  // Oldest first; open buckets included; stretches without readings have no
  // point. Of buckets it fails with what is allowed when more than kMostPoints
  // could come; of raw readings kMostPoints + 1 tell that there may be more.
  virtual Result<std::vector<Point>> Points(const PointQuery& query) = 0;
  // Greatest first; containers of which the metric is not known are left out.
  virtual Result<std::vector<Consumer>> Top(const TopQuery& query) = 0;
};

}  // namespace plimsoll::rollup
