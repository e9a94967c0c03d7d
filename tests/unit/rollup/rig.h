#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "database/milliseconds.h"
#include "frames.h"
#include "rollup/bucket_rows.h"
#include "rollup/chunk.h"
#include "rollup/recorder.h"
#include "temp_folder.h"

namespace plimsoll::rollup {

using namespace std::chrono_literals;

// A recorder with everything around it; dies and begins anew as Plimsoll does.
class Rig {
 public:
  Rig(StorageConfig config, ManualClock& clock)
      : config_(std::move(config)), clock_(clock), readers(config_.path, writer, clock) {
    Begin();
  }

  void Begin() { recorder = std::make_unique<Recorder>(config_, clock_, writer, open, readers); }
  // As a kill would: nothing is written at the end, memory is gone.
  void Restart() {
    if (writer.database) writer.database->Abandon();
    recorder->Close();
    recorder.reset();
    open.Drop();
    Begin();
    ASSERT_TRUE(recorder->Open());
  }

  Recorder::Tick Record(const FramePtr& frame, uint64_t scrapes = 0) {
    Recorder::Tick tick = recorder->Record(frame, scrapes);
    recorder->Maintain();
    return tick;
  }

  Database& database() { return *writer.database; }
  uint64_t ErrorsOf(const std::string& reason) const {
    for (const auto& [name, count] : recorder->status().write_errors)
      if (name == reason) return count;
    return 0;
  }

  StorageConfig config_;
  ManualClock& clock_;
  WriteConnection writer;
  OpenBuckets open;
  ReadConnections readers;
  std::unique_ptr<Recorder> recorder;
};

inline StorageConfig At(const std::string& path) {
  StorageConfig config;
  config.path = path;
  return config;
}

// A recorder on a real file, and a host whose frames it is given.
class RecorderTest : public ::testing::Test {
 protected:
  RecorderTest() : rig(At(folder / "plimsoll.db"), clock), host(clock) { EXPECT_TRUE(rig.recorder->Open()); }

  ManualClock clock;
  TempFolder folder;
  Rig rig;
  FrameMaker host;
};

// What the tables hold of each container, as one bucket over all time.
using Whole = std::map<uint32_t, Bucket>;

inline Whole WholeRaw(Database& database) {
  Whole whole;
  SQLite::Statement rows(database.connection(),
                         "SELECT chunk, readings, elapsed_ms FROM sample JOIN tick ON id = tick ORDER BY id");
  while (rows.executeStep()) {
    const auto blob = rows.getColumn(1);
    ChunkReader in(rows.getColumn(0).getUInt(),
                   {static_cast<const char*>(blob.getBlob()), static_cast<size_t>(blob.getBytes())});
    Reading reading;
    while (in.Next()) {
      EXPECT_TRUE(in.Read(reading, static_cast<uint64_t>(rows.getColumn(2).getInt64())));
      whole[in.container()].Add(reading);
    }
    EXPECT_FALSE(in.broken());
  }
  return whole;
}

inline Whole OpenOf(const OpenBuckets& open, Tier tier) {
  Whole whole;
  open.ForEach(
      tier, [&](uint32_t id, const Bucket& bucket) { EXPECT_TRUE(whole.emplace(id, bucket).second) << id; });
  return whole;
}

inline Whole WholeOf(Database& database, const OpenBuckets& open, Tier tier) {
  Whole whole;
  const std::string table = tier == Tier::kMinute ? "minute" : tier == Tier::kHour ? "hour" : "day";
  SQLite::Statement rows(database.connection(), "SELECT chunk, buckets FROM " + table + " ORDER BY bucket");
  while (rows.executeStep()) {
    const auto blob = rows.getColumn(1);
    ChunkReader in(rows.getColumn(0).getUInt(),
                   {static_cast<const char*>(blob.getBlob()), static_cast<size_t>(blob.getBytes())});
    Bucket bucket;
    while (in.Next() && in.Read(bucket, tier)) whole[in.container()].Append(bucket);
    EXPECT_FALSE(in.broken());
  }
  open.ForEach(tier, [&](uint32_t id, const Bucket& bucket) { whole[id].Append(bucket); });
  return whole;
}

// Every tier tells of the same readings as the raw ones do.
inline void ExpectTiersAgree(Database& database, const OpenBuckets& open) {
  const Whole raw = WholeRaw(database);
  for (const Tier tier : kBucketTiers) {
    const Whole whole = WholeOf(database, open, tier);
    ASSERT_EQ(whole.size(), raw.size()) << TierName(tier);
    for (const auto& [id, bucket] : whole) {
      const Bucket& expected = raw.at(id);
      EXPECT_EQ(bucket.samples, expected.samples) << TierName(tier) << " of " << id;
      EXPECT_EQ(bucket.covered_ms, expected.covered_ms) << TierName(tier) << " of " << id;
      EXPECT_EQ(bucket.cpu_us, expected.cpu_us) << TierName(tier) << " of " << id;
      EXPECT_EQ(bucket.net_rx_bytes, expected.net_rx_bytes) << TierName(tier) << " of " << id;
      EXPECT_EQ(bucket.block_write_bytes, expected.block_write_bytes) << TierName(tier) << " of " << id;
      EXPECT_EQ(bucket.cpu_max, expected.cpu_max) << TierName(tier) << " of " << id;
      EXPECT_EQ(bucket.memory_min, expected.memory_min) << TierName(tier) << " of " << id;
    }
  }
}

inline void ExpectSound(Database& database) {
  SQLite::Statement check(database.connection(), "PRAGMA integrity_check");
  ASSERT_TRUE(check.executeStep());
  EXPECT_EQ(check.getColumn(0).getString(), "ok");
}

}  // namespace plimsoll::rollup
