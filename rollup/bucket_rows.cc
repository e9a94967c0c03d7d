#include "rollup/bucket_rows.h"

#include <algorithm>
#include <array>
#include <map>

#include "database/database.h"
#include "database/milliseconds.h"
#include "rollup/chunk.h"

namespace plimsoll::rollup {
namespace {

// Statements of a tier's table, by place in kBucketTiers.
using Texts = std::array<const char*, 3>;
const char* For(Tier tier, const Texts& texts) {
  return texts[static_cast<size_t>(tier) - static_cast<size_t>(Tier::kMinute)];
}

std::string_view Bytes(const SQLite::Column& blob) {
  return {static_cast<const char*>(blob.getBlob()), static_cast<size_t>(blob.getBytes())};
}

uint64_t Entries(uint32_t chunk, std::string_view blob) {
  uint64_t entries = 0;
  for (ChunkReader in(chunk, blob); in.Next();) ++entries;
  return entries;
}

// Steps through rows of (chunk, blob) of tier `of`, each of which comes after those before it.
void AppendAll(SQLite::Statement& rows, Tier of, PackedBuckets& to) {
  while (rows.executeStep()) to.Append(rows.getColumn(0).getUInt(), Bytes(rows.getColumn(1)), of);
}

PackedBuckets MinuteFromReadings(Database& database, int64_t minute) {
  std::map<uint32_t, Bucket> containers;
  const auto rows = database.Prepared(
      "SELECT s.chunk, s.readings, t.elapsed_ms FROM tick t JOIN sample s ON s.tick = t.id "
      "WHERE t.at_ms >= ? AND t.at_ms < ? ORDER BY t.id");
  rows->bind(1, minute * 60'000);
  rows->bind(2, (minute + 1) * 60'000);
  while (rows->executeStep()) {
    const SQLite::Column blob = rows->getColumn(1);
    const auto tick_ms = static_cast<uint64_t>(rows->getColumn(2).getInt64());
    ChunkReader in(rows->getColumn(0).getUInt(), Bytes(blob));
    Reading reading;
    while (in.Next() && in.Read(reading, tick_ms)) containers[in.container()].Add(reading);
  }
  std::vector<std::pair<uint32_t, const Bucket*>> sorted;
  for (const auto& [id, bucket] : containers) sorted.emplace_back(id, &bucket);
  PackedBuckets packed(Tier::kMinute);
  packed.Append(sorted);
  return packed;
}

// Sums the entries of one tick or bucket.
uint64_t EntriesOf(Database& database, const char* sql, int64_t number) {
  const auto rows = database.Prepared(sql);
  rows->bind(1, number);
  uint64_t entries = 0;
  while (rows->executeStep()) entries += Entries(rows->getColumn(0).getUInt(), Bytes(rows->getColumn(1)));
  return entries;
}

constexpr const char* kReadingsOf = "SELECT chunk, readings FROM sample WHERE tick = ?";
constexpr Texts kBucketsOf = {"SELECT chunk, buckets FROM minute WHERE bucket = ?",
                              "SELECT chunk, buckets FROM hour WHERE bucket = ?",
                              "SELECT chunk, buckets FROM day WHERE bucket = ?"};

uint64_t DeleteTicks(Database& database, const std::vector<int64_t>& ticks) {
  uint64_t deleted = 0;
  for (const int64_t tick : ticks) {
    deleted += std::max<uint64_t>(1, EntriesOf(database, kReadingsOf, tick));
    const auto samples = database.Prepared("DELETE FROM sample WHERE tick = ?");
    samples->bind(1, tick);
    samples->exec();
    const auto row = database.Prepared("DELETE FROM tick WHERE id = ?");
    row->bind(1, tick);
    row->exec();
  }
  return deleted;
}

}  // namespace

void PutReadings(Database& database, int64_t tick, const std::vector<Reading>& readings, uint64_t tick_ms) {
  const auto put = database.Prepared("INSERT INTO sample (tick, chunk, readings) VALUES (?, ?, ?)");
  std::string blob;
  for (size_t i = 0; i < readings.size();) {
    const uint32_t chunk = ChunkOf(readings[i].container);
    blob.clear();
    for (; i < readings.size() && ChunkOf(readings[i].container) == chunk; ++i)
      PutReading(blob, readings[i], tick_ms);
    put->bind(1, tick);
    put->bind(2, chunk);
    put->bindNoCopy(3, blob.data(), static_cast<int>(blob.size()));
    put->exec();
    put->reset();
  }
}

void PutBuckets(Database& database, int64_t bucket, const PackedBuckets& containers) {
  const auto put = database.Prepared(
      For(containers.tier(), {"INSERT OR REPLACE INTO minute (bucket, chunk, buckets) VALUES (?, ?, ?)",
                              "INSERT OR REPLACE INTO hour (bucket, chunk, buckets) VALUES (?, ?, ?)",
                              "INSERT OR REPLACE INTO day (bucket, chunk, buckets) VALUES (?, ?, ?)"}));
  for (const auto& [chunk, blob] : containers.chunks()) {
    put->bind(1, bucket);
    put->bind(2, chunk);
    put->bindNoCopy(3, blob.data(), static_cast<int>(blob.size()));
    put->exec();
    put->reset();
  }
}

PackedBuckets FindBuckets(Database& database, Tier tier, int64_t bucket) {
  PackedBuckets containers(tier);
  const auto rows = database.Prepared(For(tier, kBucketsOf));
  rows->bind(1, bucket);
  AppendAll(*rows, tier, containers);
  return containers;
}

void DeleteBuckets(Database& database, Tier tier, int64_t bucket) {
  const auto remove =
      database.Prepared(For(tier, {"DELETE FROM minute WHERE bucket = ?", "DELETE FROM hour WHERE bucket = ?",
                                   "DELETE FROM day WHERE bucket = ?"}));
  remove->bind(1, bucket);
  remove->exec();
}

PackedBuckets Aggregate(Database& database, Tier tier, int64_t bucket) {
  if (tier == Tier::kMinute) return MinuteFromReadings(database, bucket);
  const Tier finer = tier == Tier::kDay ? Tier::kHour : Tier::kMinute;
  const int64_t parts = TierMilliseconds(tier) / TierMilliseconds(finer);
  const auto rows = database.Prepared(
      For(finer, {"SELECT chunk, buckets FROM minute WHERE bucket >= ? AND bucket < ? ORDER BY bucket",
                  "SELECT chunk, buckets FROM hour WHERE bucket >= ? AND bucket < ? ORDER BY bucket", ""}));
  rows->bind(1, bucket * parts);
  rows->bind(2, (bucket + 1) * parts);
  PackedBuckets containers(tier);
  AppendAll(*rows, finer, containers);
  return containers;
}

uint64_t DeleteReadingsBefore(Database& database, WallTime before, int ticks) {
  std::vector<int64_t> old;
  {
    const auto find = database.Prepared("SELECT id FROM tick WHERE at_ms < ? ORDER BY at_ms LIMIT ?");
    find->bind(1, ToMs(before));
    find->bind(2, ticks);
    while (find->executeStep()) old.push_back(find->getColumn(0).getInt64());
  }
  return DeleteTicks(database, old);
}

uint64_t DeleteReadingsAhead(Database& database, WallTime after, int ticks) {
  std::vector<int64_t> ahead;
  int64_t first_ms = 0, last_ms = 0;
  {
    const auto find = database.Prepared(
        "SELECT id, at_ms FROM tick WHERE at_ms > ?1 AND id > "
        "(SELECT id FROM tick WHERE at_ms <= ?1 ORDER BY at_ms LIMIT 1) ORDER BY at_ms LIMIT ?2");
    find->bind(1, ToMs(after));
    find->bind(2, ticks);
    while (find->executeStep()) {
      last_ms = find->getColumn(1).getInt64();
      if (ahead.empty()) first_ms = last_ms;
      ahead.push_back(find->getColumn(0).getInt64());
    }
  }
  if (ahead.empty()) return 0;
  for (const Tier tier : kBucketTiers) {
    const auto remove = database.Prepared(For(tier, {"DELETE FROM minute WHERE bucket BETWEEN ? AND ?",
                                                     "DELETE FROM hour WHERE bucket BETWEEN ? AND ?",
                                                     "DELETE FROM day WHERE bucket BETWEEN ? AND ?"}));
    remove->bind(1, BucketNumber(first_ms, TierMilliseconds(tier)));
    remove->bind(2, BucketNumber(last_ms, TierMilliseconds(tier)));
    remove->exec();
  }
  return DeleteTicks(database, ahead);
}

uint64_t DeleteBucketsBefore(Database& database, Tier tier, WallTime before, int buckets) {
  std::vector<int64_t> old;
  {
    const auto find = database.Prepared(
        For(tier, {"SELECT DISTINCT bucket FROM minute WHERE bucket < ? ORDER BY bucket LIMIT ?",
                   "SELECT DISTINCT bucket FROM hour WHERE bucket < ? ORDER BY bucket LIMIT ?",
                   "SELECT DISTINCT bucket FROM day WHERE bucket < ? ORDER BY bucket LIMIT ?"}));
    // Only buckets that lie before it as a whole.
    find->bind(1, BucketNumber(ToMs(before), TierMilliseconds(tier)));
    find->bind(2, buckets);
    while (find->executeStep()) old.push_back(find->getColumn(0).getInt64());
  }
  uint64_t deleted = 0;
  for (const int64_t bucket : old) {
    deleted += std::max<uint64_t>(1, EntriesOf(database, For(tier, kBucketsOf), bucket));
    DeleteBuckets(database, tier, bucket);
  }
  return deleted;
}

Extent ExtentOf(Database& database, Tier tier) {
  Extent extent;
  const bool raw = tier == Tier::kRaw;
  const auto end = [&](const char* sql) -> std::optional<std::pair<int64_t, int64_t>> {
    const auto find = database.Prepared(sql);
    if (!find->executeStep()) return std::nullopt;
    return std::pair(find->getColumn(0).getInt64(), find->getColumn(1).getInt64());
  };
  const auto first = end(raw ? "SELECT id, at_ms FROM tick ORDER BY id LIMIT 1"
                             : For(tier, {"SELECT bucket, bucket FROM minute ORDER BY bucket LIMIT 1",
                                          "SELECT bucket, bucket FROM hour ORDER BY bucket LIMIT 1",
                                          "SELECT bucket, bucket FROM day ORDER BY bucket LIMIT 1"}));
  const auto last = end(raw ? "SELECT id, at_ms FROM tick ORDER BY id DESC LIMIT 1"
                            : For(tier, {"SELECT bucket, bucket FROM minute ORDER BY bucket DESC LIMIT 1",
                                         "SELECT bucket, bucket FROM hour ORDER BY bucket DESC LIMIT 1",
                                         "SELECT bucket, bucket FROM day ORDER BY bucket DESC LIMIT 1"}));
  if (!first || !last) return extent;
  const int64_t scale = raw ? 1 : TierMilliseconds(tier);
  extent.oldest = FromMs(first->second * scale);
  extent.newest = FromMs(last->second * scale);
  const char* const one = raw ? kReadingsOf : For(tier, kBucketsOf);
  const uint64_t at_ends = EntriesOf(database, one, first->first) + EntriesOf(database, one, last->first);
  const auto span = static_cast<uint64_t>(last->first - first->first + 1);
  extent.rows = span == 1 ? at_ends / 2 : at_ends * span / 2;
  return extent;
}

}  // namespace plimsoll::rollup
