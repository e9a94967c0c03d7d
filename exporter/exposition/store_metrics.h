#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::exposition {

// How the store fares, as far as it is shown on /metrics. Totals since the process began.
struct StoreFigures {
  std::optional<std::chrono::nanoseconds> write;  // how long the newest write took; absent: there was none
  bool up = false;                                // it went to disk
  uint64_t file_bytes = 0, wal_bytes = 0, free_bytes = 0;
  uint64_t rows_written = 0, rows_deleted = 0;  // readings and buckets of one container each
  uint64_t frames_dropped = 0, damaged_files = 0, size_bound_drops = 0;
  std::vector<std::pair<std::string, uint64_t>> write_errors;  // by reason
};

// The families plimsoll_store_*. Not thread-safe: SelfMetrics guards it.
class StoreMetrics {
 public:
  explicit StoreMetrics(prometheus::Registry& registry);
  void Observe(const StoreFigures& figures);

 private:
  prometheus::Registry& registry_;
  prometheus::Histogram& durations_;
  prometheus::Gauge& up_;
  prometheus::Family<prometheus::Gauge>& size_;
  prometheus::Gauge &file_bytes_, &wal_bytes_, &free_bytes_;
  prometheus::Counter &rows_written_, &rows_deleted_, &frames_dropped_, &damaged_files_, &size_bound_drops_;
  prometheus::Family<prometheus::Counter>& write_errors_;
};

}  // namespace plimsoll::exposition
