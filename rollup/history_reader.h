#pragma once

#include <memory>
#include <vector>

#include "database/read_connections.h"
#include "rollup/history.h"
#include "rollup/open_buckets.h"

namespace plimsoll::rollup {

// History as the file and the open buckets tell it. Thread-safe; SQLite's
// exceptions end here. `connections` and `open` outlive it.
class HistoryReader final : public History {
 public:
  HistoryReader(ReadConnections& connections, const OpenBuckets& open)
      : connections_(connections), open_(open) {}

  Result<EndedContainers> Ended(const std::vector<uint32_t>& living, size_t most) override;
  Result<std::optional<KnownContainer>> Find(uint32_t id) override;
  Result<std::optional<Point>> Latest(uint32_t container) override;
  Result<std::vector<Point>> Points(const PointQuery& query) override;
  Result<std::vector<Consumer>> Top(const TopQuery& query) override;

 private:
  // Runs `read` on a leased connection, in one state of the file. `take_open`
  // runs in between, at the same moment; recording waits for it.
  template <typename TakeOpen, typename Read>
  auto At(TakeOpen take_open, Read read) -> Result<decltype(read(std::declval<Database&>()))>;

  ReadConnections& connections_;
  const OpenBuckets& open_;
};

// The parts of an answer that are read from the file alone; they throw SQLite::Exception.

// The readings of a container, oldest first; no more than `most`.
std::vector<Point> ReadReadings(Database& database, uint32_t container, int64_t from_ms, int64_t to_ms,
                                size_t most);
// Its closed buckets, put together to points of `step_ms`, oldest first; `open`
// is its open bucket, counted in where it belongs.
std::vector<Point> ReadBuckets(Database& database, Tier tier, const PointQuery& query, int64_t step_ms,
                               const std::optional<std::pair<int64_t, Bucket>>& open);
// Says of each point what its memory limit was at its end.
void TellLimits(Database& database, uint32_t container, int64_t step_ms, std::vector<Point>& points);

}  // namespace plimsoll::rollup
