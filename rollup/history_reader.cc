#include "rollup/history_reader.h"

#include <algorithm>

#include "database/milliseconds.h"
#include "rollup/revision.h"
#include "rollup/top.h"

namespace plimsoll::rollup {
namespace {

constexpr auto kNothingOpen = [] {};

Tier TierOf(Granularity granularity) {
  switch (granularity) {
    case Granularity::kRaw:
      return Tier::kRaw;
    case Granularity::k1m:
    case Granularity::k5m:
      return Tier::kMinute;
    case Granularity::k1h:
      return Tier::kHour;
    case Granularity::k1d:
      return Tier::kDay;
  }
  return Tier::kRaw;
}

Error TooMany(int64_t points) {
  return Error{"that would be " + std::to_string(points) + " points of at most " +
               std::to_string(kMostPoints) + ": ask for a shorter time or a longer step"};
}

KnownContainer KnownOf(Database& database, SQLite::Statement& row) {
  KnownContainer known;
  known.id = static_cast<uint32_t>(row.getColumn(0).getInt64());
  known.key = row.getColumn(1).getString();
  known.first_seen = FromMs(row.getColumn(2).getInt64());
  known.last_seen = FromMs(row.getColumn(3).getInt64());
  if (auto revision = NewestRevision(database, known.id)) known.revision = std::move(*revision);
  return known;
}

}  // namespace

const char* GranularityName(Granularity granularity) {
  return granularity == Granularity::k5m ? "5m" : TierName(TierOf(granularity));
}

std::chrono::milliseconds StepOf(Granularity granularity) {
  if (granularity == Granularity::k5m) return std::chrono::minutes(5);
  return std::chrono::milliseconds(TierMilliseconds(TierOf(granularity)));
}

template <typename TakeOpen, typename Read>
auto HistoryReader::At(TakeOpen take_open, Read read) -> Result<decltype(read(std::declval<Database&>()))> {
  auto lease = connections_.Take();
  if (!lease) return tl::unexpected(lease.error());
  try {
    {
      const auto still = open_.Hold();
      (*lease)->BeginRead();
      take_open();
    }
    auto answer = read(**lease);
    (*lease)->EndRead();
    return answer;
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected(FaultOf(exception).error.In("history"));
  }
}

Result<EndedContainers> HistoryReader::Ended(const std::vector<uint32_t>& living, size_t most) {
  std::string ids = "[";
  for (const uint32_t id : living) ids += (ids.size() > 1 ? "," : "") + std::to_string(id);
  ids += "]";
  return At(kNothingOpen, [&](Database& database) {
    EndedContainers ended;
    auto count =
        database.Prepared("SELECT count(*) FROM container WHERE id NOT IN (SELECT value FROM json_each(?))");
    count->bind(1, ids);
    if (count->executeStep()) ended.total = static_cast<size_t>(count->getColumn(0).getInt64());
    auto rows = database.Prepared(
        "SELECT id, key, first_seen_ms, last_seen_ms FROM container "
        "WHERE id NOT IN (SELECT value FROM json_each(?)) ORDER BY last_seen_ms DESC, id LIMIT ?");
    rows->bind(1, ids);
    rows->bind(2, static_cast<int64_t>(most));
    while (rows->executeStep()) ended.newest.push_back(KnownOf(database, *rows));
    return ended;
  });
}

Result<std::optional<KnownContainer>> HistoryReader::Find(uint32_t id) {
  return At(kNothingOpen, [&](Database& database) {
    auto rows = database.Prepared("SELECT id, key, first_seen_ms, last_seen_ms FROM container WHERE id = ?");
    rows->bind(1, static_cast<int64_t>(id));
    std::optional<KnownContainer> found;
    if (rows->executeStep()) found = KnownOf(database, *rows);
    return found;
  });
}

Result<std::optional<Point>> HistoryReader::Latest(uint32_t container) {
  return At(kNothingOpen, [&](Database& database) {
    std::optional<Point> latest;
    auto seen = database.Prepared("SELECT last_seen_ms FROM container WHERE id = ?");
    seen->bind(1, static_cast<int64_t>(container));
    if (!seen->executeStep()) return latest;
    // The row is written once a minute, and at the container's end.
    constexpr int64_t kRowLags = 2 * 60'000;
    const int64_t last_seen = seen->getColumn(0).getInt64();
    std::vector<Point> points =
        ReadReadings(database, container, last_seen - kRowLags, last_seen + kRowLags, SIZE_MAX);
    if (points.empty()) return latest;
    // The reading after its end knows only what was added until then.
    const auto alive = std::find_if(points.rbegin(), points.rend(),
                                    [](const Point& point) { return point.bucket.samples > 0; });
    std::vector<Point> newest{alive == points.rend() ? points.back() : *alive};
    TellLimits(database, container, 0, newest);
    latest = std::move(newest.back());
    return latest;
  });
}

Result<std::vector<Point>> HistoryReader::Points(const PointQuery& query) {
  const Tier tier = TierOf(query.granularity);
  const int64_t step = query.step.count() > 0 ? query.step.count() : StepOf(query.granularity).count();
  const int64_t from = ToMs(query.from), to = ToMs(query.to);
  if (tier != Tier::kRaw && (to - from) / step > kMostPoints)
    return tl::unexpected(TooMany((to - from) / step));
  std::optional<std::pair<int64_t, Bucket>> open;
  const auto take_open = [&] {
    int64_t number;
    if (tier == Tier::kRaw) return;
    if (auto bucket = open_.Of(tier, query.container, number)) open.emplace(number, std::move(*bucket));
  };
  return At(take_open, [&](Database& database) {
    std::vector<Point> all;
    if (tier == Tier::kRaw) {
      all = ReadReadings(database, query.container, from, to, kMostPoints + 1);
    } else {
      all = ReadBuckets(database, tier, query, step, open);
    }
    TellLimits(database, query.container, step, all);
    return all;
  });
}

Result<std::vector<Consumer>> HistoryReader::Top(const TopQuery& query) {
  TopConsumers top(query);
  return At([&] { top.TakeOpen(open_); }, [&](Database& database) { return top.Read(database); });
}

}  // namespace plimsoll::rollup
