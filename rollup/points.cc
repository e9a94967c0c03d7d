// The points of one container: history_reader.h.

#include "database/milliseconds.h"
#include "rollup/chunk.h"
#include "rollup/history_reader.h"

namespace plimsoll::rollup {
namespace {

const char* BucketsSql(Tier tier) {
  switch (tier) {
    case Tier::kMinute:
      return "SELECT bucket, buckets FROM minute WHERE bucket >= ? AND bucket < ? AND chunk = ? ORDER BY "
             "bucket";
    case Tier::kHour:
      return "SELECT bucket, buckets FROM hour WHERE bucket >= ? AND bucket < ? AND chunk = ? ORDER BY "
             "bucket";
    default:
      return "SELECT bucket, buckets FROM day WHERE bucket >= ? AND bucket < ? AND chunk = ? ORDER BY bucket";
  }
}

std::string_view BlobOf(const SQLite::Column& column) {
  return {static_cast<const char*>(column.getBlob()), static_cast<size_t>(column.getBytes())};
}

// Points of one length, that begin at its multiples.
class Steps {
 public:
  Steps(int64_t step_ms, std::vector<Point>& points) : step_ms_(step_ms), points_(points) {}

  void Add(int64_t at_ms, const Bucket& bucket) {
    const WallTime at = FromMs(BucketNumber(at_ms, step_ms_) * step_ms_);
    if (points_.empty() || points_.back().at != at) points_.emplace_back().at = at;
    points_.back().bucket.Append(bucket);
  }

 private:
  const int64_t step_ms_;
  std::vector<Point>& points_;
};

}  // namespace

std::vector<Point> ReadReadings(Database& database, uint32_t container, int64_t from_ms, int64_t to_ms,
                                size_t most) {
  // CROSS JOIN keeps the order: through the index on time, then one seek a tick.
  auto rows = database.Prepared(
      "SELECT t.at_ms, t.elapsed_ms, s.readings FROM tick t CROSS JOIN sample s"
      " WHERE t.at_ms >= ? AND t.at_ms < ? AND s.tick = t.id AND s.chunk = ? ORDER BY t.at_ms");
  rows->bind(1, from_ms);
  rows->bind(2, to_ms);
  rows->bind(3, static_cast<int64_t>(ChunkOf(container)));
  std::vector<Point> points;
  while (points.size() < most && rows->executeStep()) {
    const SQLite::Column blob = rows->getColumn(2);
    ChunkReader chunk(ChunkOf(container), BlobOf(blob));
    Reading reading;
    if (!chunk.Seek(container) || !chunk.Read(reading, static_cast<uint64_t>(rows->getColumn(1).getInt64())))
      continue;
    Point& point = points.emplace_back();
    point.at = FromMs(rows->getColumn(0).getInt64());
    point.bucket.Add(reading);
  }
  return points;
}

std::vector<Point> ReadBuckets(Database& database, Tier tier, const PointQuery& query, int64_t step_ms,
                               const std::optional<std::pair<int64_t, Bucket>>& open) {
  const int64_t length = TierMilliseconds(tier);
  // A point that begins before `from` would tell of times not asked for, one that begins before `to` is asked
  // for.
  const int64_t first = -BucketNumber(-ToMs(query.from), length);  // rounded up
  const int64_t beyond = -BucketNumber(-ToMs(query.to), length);
  const uint32_t container = query.container;
  auto rows = database.Prepared(BucketsSql(tier));
  rows->bind(1, first);
  rows->bind(2, beyond);
  rows->bind(3, static_cast<int64_t>(ChunkOf(container)));
  std::vector<Point> points;
  Steps steps(step_ms, points);
  bool open_due = open && open->first >= first && open->first < beyond;
  while (rows->executeStep()) {
    const int64_t number = rows->getColumn(0).getInt64();
    if (open_due && number > open->first) {  // the clock went back
      steps.Add(open->first * length, open->second);
      open_due = false;
    }
    const SQLite::Column blob = rows->getColumn(1);
    ChunkReader chunk(ChunkOf(container), BlobOf(blob));
    Bucket bucket;
    if (chunk.Seek(container) && chunk.Read(bucket, tier)) steps.Add(number * length, bucket);
  }
  if (open_due) steps.Add(open->first * length, open->second);
  return points;
}

void TellLimits(Database& database, uint32_t container, int64_t step_ms, std::vector<Point>& points) {
  auto rows = database.Prepared(
      "SELECT since_ms, memory_limit_bytes FROM revision WHERE container = ? ORDER BY since_ms");
  rows->bind(1, static_cast<int64_t>(container));
  auto point = points.begin();
  Figure limit;
  bool first = true;
  while (point != points.end() && rows->executeStep()) {
    // What the first revision says holds for what was before it, too: a tick is a little older than its
    // revision.
    const int64_t since = first ? INT64_MIN : rows->getColumn(0).getInt64();
    first = false;
    for (; point != points.end() && ToMs(point->at) + step_ms < since + (step_ms ? 1 : 0); ++point)
      point->memory_limit_bytes = limit;
    const SQLite::Column bytes = rows->getColumn(1);
    limit = bytes.isNull() ? std::nullopt : Figure(static_cast<uint64_t>(bytes.getInt64()));
  }
  for (; point != points.end(); ++point) point->memory_limit_bytes = limit;
}

}  // namespace plimsoll::rollup
