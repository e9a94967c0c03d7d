#include "rollup/retention.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rig.h"

namespace plimsoll::rollup {
namespace {

const auto kNobody = [](uint32_t) { return false; };

std::vector<Reading> Readings(int n) {
  std::vector<Reading> readings(static_cast<size_t>(n));
  for (int i = 0; i < n; ++i) {
    Reading& r = readings[static_cast<size_t>(i)];
    r.container = static_cast<uint32_t>(i + 1);
    r.elapsed_ms = 10'000;
    r.cpu_us = 12'345 + static_cast<uint64_t>(i);
    r.memory_bytes = 4096u * 5000;
    r.net_rx_bytes = 123'456;
  }
  return readings;
}

class RetentionTest : public ::testing::Test {
 protected:
  RetentionTest() : database(std::move(*Database::OpenForWriting(folder / "plimsoll.db"))) {}

  // Ticks every ten seconds for that long, of so many containers; ends now.
  void Fill(std::chrono::seconds time, int containers) {
    const auto readings = Readings(containers);
    SQLite::Transaction transaction(database->connection());
    for (auto left = time; left > 0s; left -= 10s) {
      SQLite::Statement tick(database->connection(),
                             "INSERT INTO tick (at_ms, elapsed_ms, scrapes) VALUES (?, 10000, 0)");
      tick.bind(1, ToMs(clock.Wall() - left));
      tick.exec();
      PutReadings(*database, database->connection().getLastInsertRowid(), readings, 10'000);
    }
    transaction.commit();
  }
  void FillTier(Tier tier, int64_t buckets, int containers) {
    PackedBuckets one(tier);
    for (const Reading& reading : Readings(containers)) {
      Bucket bucket;
      bucket.Add(reading);
      one.Append({{reading.container, &bucket}});
    }
    const int64_t newest = BucketNumber(ToMs(clock.Wall()), TierMilliseconds(tier));
    SQLite::Transaction transaction(database->connection());
    for (int64_t n = newest - buckets; n < newest; ++n) PutBuckets(*database, n, one);
    transaction.commit();
  }
  void FillHistory(std::chrono::seconds raw) {
    Fill(raw, 2);
    FillTier(Tier::kMinute, 600, 2);
    FillTier(Tier::kDay, 100, 2);
  }
  void AddIdentity(int id, WallTime last_seen, size_t label_bytes) {
    const std::string number = std::to_string(id);
    database->Run(("INSERT INTO container VALUES (" + number + ", 'name:" + number + "', 0, " +
                   std::to_string(ToMs(last_seen)) + ")")
                      .c_str());
    database->Run(
        ("INSERT INTO revision (container, since_ms, runtime, runtime_id, name, image, cgroup, labels) "
         "VALUES (" +
         number + ", 5, '', '', '', '', '', '" + std::string(label_bytes, 'l') + "')")
            .c_str());
  }
  void AddAlertState(int container, int phase) {
    database->Run(("INSERT INTO alert_state VALUES ('r', " + std::to_string(container) + ", '', 'cpu', " +
                   std::to_string(phase) + ", 0, 0, NULL, 0, 0, 0, '', '', '', '{}', '[]')")
                      .c_str());
  }
  int64_t Rows(const char* table) {
    return database->Number(("SELECT count(*) FROM " + std::string(table)).c_str());
  }
  StorageConfig Keeping(std::chrono::seconds raw, uint64_t max_bytes = 1 << 30) {
    StorageConfig config;
    config.retention.raw = raw;
    config.max_size_bytes = max_bytes;
    return config;
  }

  ManualClock clock;
  TempFolder folder;
  std::unique_ptr<Database> database;
};

TEST_F(RetentionTest, SnapshotsBeforeATimeAreDeletedInBatchesAndCountedByContainer) {
  Fill(1000s, 40);
  EXPECT_EQ(DeleteReadingsBefore(*database, clock.Wall() - 500s, 20), 20u * 40);
  EXPECT_EQ(Rows("tick"), 80);
  EXPECT_EQ(Rows("sample"), 80 * 2);
  EXPECT_EQ(DeleteReadingsBefore(*database, clock.Wall() - 500s, 1000), 30u * 40);
  EXPECT_EQ(DeleteReadingsBefore(*database, clock.Wall() - 500s, 1000), 0u);
  EXPECT_EQ(database->Number("SELECT min(at_ms) FROM tick"), ToMs(clock.Wall() - 500s));
}

TEST_F(RetentionTest, BucketsBeforeATimeAreDeletedInBatchesAndOnlyWholeOnes) {
  for (const Tier tier : kBucketTiers) {
    FillTier(tier, 50, 3);
    const auto length = std::chrono::milliseconds(TierMilliseconds(tier));
    const WallTime before =
        FromMs(BucketNumber(ToMs(clock.Wall()), TierMilliseconds(tier)) * TierMilliseconds(tier)) -
        10 * length + length / 2;
    EXPECT_EQ(DeleteBucketsBefore(*database, tier, before, 15), 45u);
    EXPECT_EQ(DeleteBucketsBefore(*database, tier, before, 1000), 75u);
    EXPECT_EQ(DeleteBucketsBefore(*database, tier, before, 1000), 0u);
  }
  EXPECT_EQ(Rows("minute"), 10);
  EXPECT_EQ(Rows("hour"), 10);
  EXPECT_EQ(Rows("day"), 10);
}

TEST_F(RetentionTest, EveryTierKeepsItsTime) {
  Fill(3h, 2);
  FillTier(Tier::kMinute, 60 * 24 * 8, 1);
  FillTier(Tier::kHour, 24 * 92, 1);
  FillTier(Tier::kDay, 735, 1);
  Retention retention(Keeping(2h), clock);
  while (retention.Step(*database, clock.Wall(), kNobody).deleted > 0) continue;
  const auto between = [&](const char* table, int64_t least, int64_t most) {
    EXPECT_GE(Rows(table), least) << table;
    EXPECT_LE(Rows(table), most) << table;
  };
  between("tick", 720, 726);
  between("minute", 60 * 24 * 7, 60 * 24 * 7 + 60);
  between("hour", 24 * 90, 24 * 91);
  between("day", 730, 731);
}

TEST_F(RetentionTest, SpaceIsGivenBack) {
  Fill(24h, 100);
  database->Checkpoint(true);
  const uint64_t before = database->Measure().file_bytes;
  Retention retention(Keeping(10min), clock);
  for (int i = 0; i < 20; ++i) retention.Step(*database, clock.Wall(), kNobody);
  database->Checkpoint(true);
  EXPECT_LT(database->Measure().file_bytes, before / 8);
  EXPECT_LT(std::filesystem::file_size(folder / "plimsoll.db"), before / 8);
  ExpectSound(*database);
}

// A clock on which every look takes a millisecond: work is bounded by time, not by rows.
class SlowClock final : public Clock {
 public:
  explicit SlowClock(ManualClock& clock) : clock_(clock) {}
  WallTime Wall() const override { return clock_.Wall(); }
  MonoTime Mono() const override {
    clock_.Pass(1ms);
    return clock_.Mono();
  }

 private:
  ManualClock& clock_;
};

TEST_F(RetentionTest, AStepEndsWithItsTimeAndTheNextGoesOn) {
  Fill(24h, 10);
  SlowClock slow(clock);
  Retention retention(Keeping(10min), slow);
  const uint64_t first = retention.Step(*database, clock.Wall(), kNobody).deleted;
  EXPECT_GT(first, 0u);
  EXPECT_LE(first, 11u * 32 * 10);
  const uint64_t second = retention.Step(*database, clock.Wall(), kNobody).deleted;
  EXPECT_GT(second, 2 * first) << "more at once while it is behind";
  int steps = 2;
  while (retention.Step(*database, clock.Wall(), kNobody).deleted > 0) ++steps;
  EXPECT_LT(steps, 20);
  EXPECT_LE(Rows("tick"), 66);
}

TEST_F(RetentionTest, TheGreatestSizeIsHeldByDroppingTheOldestReadings) {
  constexpr uint64_t kMost = 4 << 20;
  FillTier(Tier::kDay, 100, 10);
  Fill(48h, 100);
  ASSERT_GT(database->Measure().file_bytes, 2 * kMost);
  Retention retention(Keeping(48h, kMost), clock);
  uint64_t dropped = 0;
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 20; ++i) {
    Fill(10s, 100);
    dropped += retention.Step(*database, clock.Wall(), kNobody).dropped;
    EXPECT_LE(database->Measure().total(), kMost);
    clock.Pass(10s);
  }
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_GT(dropped, 100u);
  EXPECT_EQ(Rows("day"), 100);
  EXPECT_GT(Rows("tick"), 100);
  // The newest are there.
  EXPECT_GE(database->Number("SELECT max(at_ms) FROM tick"), ToMs(clock.Wall() - 30s));
  const size_t first = log.find("max_size");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(log.find("storage.max_size is reached", log.find('\n', first)), std::string::npos) << log;
  ExpectSound(*database);
}

TEST_F(RetentionTest, WhatTooShortARetentionWouldTearIsLengthened) {
  StorageConfig::Retention kept;
  kept.raw = 30s;
  kept.minute = 1h;
  kept.hour = 24h;
  kept.day = 24h;
  ::testing::internal::CaptureStderr();
  kept = Clamped(kept);
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(kept.raw, 2min);
  EXPECT_EQ(kept.minute, 2h);
  EXPECT_EQ(kept.hour, 48h);
  EXPECT_EQ(kept.day, 24h);
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 3);
  EXPECT_EQ(Clamped(StorageConfig::Retention{}), StorageConfig::Retention{});
}

TEST_F(RetentionTest, IdentitiesGoWithTheirLastDataUnlessTheyAreNeeded) {
  Fill(1h, 1);
  for (int id = 1; id <= 500; ++id) AddIdentity(id, clock.Wall() - (id % 2 ? 0h : 3h), 2);
  database->Run("INSERT INTO alert_setting VALUES (2, 90, 90, 1, 0, 0)");
  AddAlertState(6, 2);
  AddAlertState(8, 0);
  Retention retention(Keeping(24h), clock);
  for (int i = 0; i < 5; ++i) retention.Step(*database, clock.Wall(), [](uint32_t id) { return id == 4; });
  EXPECT_EQ(Rows("container"), 253);
  EXPECT_EQ(Rows("revision"), 253);
  EXPECT_EQ(database->Number("SELECT count(*) FROM container WHERE id IN (2, 4, 6)"), 3);
  EXPECT_EQ(Rows("alert_setting"), 1) << "age alone undoes nothing that somebody set";
}

TEST_F(RetentionTest, EndedContainersGoBeforeTheHistoryTheyCrowdOut) {
  constexpr uint64_t kMost = 16 << 20;
  FillHistory(1h);
  for (int id = 1; id <= 4000; ++id) AddIdentity(id, clock.Wall() - 100h + id * 1min, 4000);
  database->Run("INSERT INTO alert_setting VALUES (1, 90, 90, 1, 0, 0)");
  AddAlertState(2, 2);
  database->Checkpoint(true);
  ASSERT_GT(database->Measure().file_bytes, kMost);
  Retention retention(Keeping(24h, kMost), clock);
  uint64_t dropped = 0;
  for (int i = 0; i < 40; ++i, clock.Pass(10s)) {
    const auto work = retention.Step(*database, clock.Wall(), [](uint32_t id) { return id == 3; });
    EXPECT_FALSE(work.bound_unmet);
    dropped += work.dropped;
  }
  EXPECT_LE(database->Measure().total(), kMost);
  EXPECT_EQ(Rows("tick"), 360);
  EXPECT_EQ(Rows("minute"), 600);
  EXPECT_EQ(Rows("day"), 100);
  EXPECT_EQ(database->Number("SELECT count(*) FROM container WHERE id <= 4"), 3);
  EXPECT_EQ(database->Number("SELECT max(id) FROM container"), 4000) << "the longest unseen went";
  EXPECT_GT(Rows("container"), 2000);
  EXPECT_EQ(Rows("revision"), Rows("container"));
  EXPECT_EQ(dropped, 4000u - static_cast<uint64_t>(Rows("container")));
  ExpectSound(*database);
}

TEST_F(RetentionTest, ABoundThatNothingCanHoldIsSaidAndCostsNoHistoryForNothing) {
  FillHistory(3h);
  for (int id = 1; id <= 4000; ++id) AddIdentity(id, clock.Wall(), 4000);
  Retention retention(Keeping(24h, 8 << 20), clock);
  bool unmet = false;
  for (int i = 0; i < 20; ++i, clock.Pass(10s))
    unmet = retention.Step(*database, clock.Wall(), [](uint32_t) { return true; }).bound_unmet;
  EXPECT_TRUE(unmet);
  EXPECT_EQ(Rows("container"), 4000);
  EXPECT_GE(Rows("tick"), 520) << "a sixteenth of their time";
  EXPECT_GE(Rows("minute"), 600);
  EXPECT_GE(Rows("day"), 44);
}

TEST_F(RetentionTest, AClockThatIsWrongForAMomentDeletesNothing) {
  FillHistory(3h);
  AddIdentity(1, clock.Wall(), 2);
  database->Run("INSERT INTO alert_setting VALUES (1, 90, 90, 1, 0, 0)");
  Retention retention(Keeping(24h), clock);
  uint64_t deleted = retention.Step(*database, clock.Wall(), kNobody).deleted;
  for (const auto jump : {26280h, -52560h}) {
    clock.JumpWall(jump);
    for (int i = 0; i < 300; ++i, clock.Pass(1s))
      deleted += retention.Step(*database, clock.Wall(), kNobody).deleted;
    clock.JumpWall(-jump);
    for (int i = 0; i < 10; ++i, clock.Pass(1s))
      deleted += retention.Step(*database, clock.Wall(), kNobody).deleted;
  }
  EXPECT_EQ(deleted, 0u);
  EXPECT_EQ(Rows("tick"), 1080);
  EXPECT_EQ(Rows("day"), 100);
  EXPECT_EQ(Rows("container"), 1);
  EXPECT_EQ(Rows("alert_setting"), 1);
}

TEST_F(RetentionTest, AfterAMonthOffWhatIsOldGoesWithinTwoHours) {
  FillHistory(3h);
  clock.Pass(720h);
  Retention retention(Keeping(24h), clock);
  retention.Step(*database, clock.Wall(), kNobody);
  EXPECT_EQ(Rows("tick"), 1080) << "a clock that is wrong looks the same";
  for (int i = 0; i < 120; ++i, clock.Pass(1min)) retention.Step(*database, clock.Wall(), kNobody);
  EXPECT_EQ(Rows("tick"), 0);
  EXPECT_EQ(Rows("minute"), 0);
  EXPECT_EQ(Rows("day"), 100);
}

// As a host that starts again and again while its clock is wrong.
TEST_F(RetentionTest, ARestartDoesNotMakeAWrongClockRight) {
  FillHistory(3h);
  clock.JumpWall(26280h);
  Fill(10s, 2);
  Retention retention(Keeping(24h), clock);
  EXPECT_EQ(retention.Step(*database, clock.Wall(), kNobody).deleted, 0u);
}

TEST_F(RetentionTest, WhatAWrongClockDatedToTheFutureGoesWhenTimeIsRightAgain) {
  Rig rig(At(folder / "other.db"), clock);
  ASSERT_TRUE(rig.recorder->Open());
  FrameMaker host(clock);
  host.Run("web");
  const auto beats = [&](int n) {
    for (int i = 0; i < n; ++i, clock.Pass(1min)) {
      ASSERT_TRUE(rig.Record(host.Beat()).written);
    }
  };
  const auto future = [&](const char* table, const char* time, int64_t length_ms) {
    return rig.database().Number(("SELECT count(*) FROM " + std::string(table) + " WHERE " + time + " > " +
                                  std::to_string(ToMs(clock.Wall()) / length_ms + 1))
                                     .c_str());
  };
  beats(10);
  clock.JumpWall(26280h);
  beats(2);
  clock.JumpWall(-26280h);
  beats(30);
  EXPECT_EQ(future("tick", "at_ms", 1), 2);
  EXPECT_GE(future("day", "bucket", 86'400'000), 1);
  beats(60);
  EXPECT_EQ(future("tick", "at_ms", 1), 0);
  EXPECT_EQ(future("minute", "bucket", 60'000), 0);
  EXPECT_EQ(future("hour", "bucket", 3'600'000), 0);
  EXPECT_EQ(future("day", "bucket", 86'400'000), 0);
  EXPECT_EQ(rig.database().Number("SELECT count(*) FROM tick"), 100);
}

TEST_F(RetentionTest, WhatWasRecordedBeforeTheClockWentBackStays) {
  FillHistory(3h);
  clock.JumpWall(-26280h);
  Retention retention(Keeping(24h), clock);
  for (int i = 0; i < 300; ++i, clock.Pass(1min)) {
    Fill(10s, 2);
    retention.Step(*database, clock.Wall(), kNobody);
  }
  EXPECT_EQ(database->Number(
                ("SELECT count(*) FROM tick WHERE at_ms > " + std::to_string(ToMs(clock.Wall()))).c_str()),
            1080);
  EXPECT_EQ(Rows("day"), 100);
}

TEST_F(RetentionTest, WhileAReaderHoldsTheFileNothingIsDropped) {
  Fill(48h, 100);
  database->Checkpoint(true);
  Retention retention(Keeping(48h, 4 << 20), clock);
  auto reader = std::move(*Database::OpenForReading(folder / "plimsoll.db"));
  reader->BeginRead();
  Fill(10s, 100);
  for (int i = 0; i < 5; ++i, clock.Pass(1s))
    EXPECT_EQ(retention.Step(*database, clock.Wall(), kNobody).dropped, 0u);
  reader->EndRead();
  clock.Pass(1min);
  EXPECT_GT(retention.Step(*database, clock.Wall(), kNobody).dropped, 0u);
}

TEST_F(RetentionTest, WhatIsUsedDoesNotWaitForACheckpoint) {
  Fill(24h, 100);
  database->Checkpoint(true);
  const uint64_t before = database->Measure().used();
  auto reader = std::move(*Database::OpenForReading(folder / "plimsoll.db"));
  reader->BeginRead();
  DeleteReadingsBefore(*database, clock.Wall(), 100'000);
  database->Run("PRAGMA incremental_vacuum");
  EXPECT_LT(database->Measure().used(), before / 8) << "the file itself is as long as it was";
  EXPECT_GT(database->Measure().file_bytes, before / 2);
}

TEST_F(RetentionTest, RevisionsAndMetersThatNoRowNeedsAreDeleted) {
  Fill(1h, 1);
  const int64_t oldest = database->Number("SELECT min(at_ms) FROM tick");
  database->Run("INSERT INTO container VALUES (1, 'name:web', 0, 9000000000000)");
  for (const int64_t since : {oldest - 3000, oldest - 2000, oldest - 1000, oldest + 1000})
    database->Run(
        ("INSERT INTO revision (container, since_ms, runtime, runtime_id, name, image, cgroup, labels) "
         "VALUES (1, " +
         std::to_string(since) + ", '', '', '', '', '', '{}')")
            .c_str());
  database->Run("INSERT INTO meter (container, tick) VALUES (1, 1), (1, 200), (1, 300)");
  DeleteReadingsBefore(*database, clock.Wall() - 30min, 1000);
  database->Run(
      ("INSERT INTO tick (id, at_ms, elapsed_ms, scrapes) VALUES (150, " + std::to_string(oldest) + ", 0, 0)")
          .c_str());
  Retention retention(Keeping(24h), clock);
  retention.Step(*database, clock.Wall(), kNobody);
  EXPECT_EQ(database->Number("SELECT min(since_ms) FROM revision"), oldest - 1000)
      << "in force at the oldest row";
  EXPECT_EQ(Rows("revision"), 2);
  EXPECT_EQ(Rows("meter"), 2);
}

TEST_F(RetentionTest, TheWalStaysBoundedWhileAReaderReads) {
  ManualClock& time = clock;
  Rig rig(At(folder / "other.db"), time);
  ASSERT_TRUE(rig.recorder->Open());
  FrameMaker host(time);
  for (int i = 0; i < 300; ++i) host.Run("c" + std::to_string(i));
  uint64_t most = 0;
  for (int i = 0; i < 400; ++i) {
    time.Pass(10s);
    std::optional<ReadConnections::Lease> lease;
    if (i % 50 < 5) {  // a reader across the tick
      auto taken = rig.readers.Take();
      ASSERT_TRUE(taken);
      lease.emplace(std::move(*taken));
      (*lease)->BeginRead();
    }
    ASSERT_TRUE(rig.Record(host.Beat()).written);
    most = std::max(most, rig.database().Measure().wal_bytes);
  }
  EXPECT_LE(most, 12u << 20);
  EXPECT_LE(rig.database().Measure().wal_bytes, 5u << 20);
}

// Weeks in seconds: file and WAL stop growing once every tier is full.
TEST_F(RetentionTest, TheFileIsFlatOnceTheTiersAreFull) {
  StorageConfig config = At(folder / "flat.db");
  config.retention = {.raw = 1h, .minute = 4h, .hour = 48h, .day = 96h};
  Rig rig(config, clock);
  ASSERT_TRUE(rig.recorder->Open());
  FrameMaker host(clock);
  std::vector<ContainerSample*> used;
  for (int i = 0; i < 30; ++i) used.push_back(&host.Run("c" + std::to_string(i)));
  std::vector<uint64_t> daily;
  for (int day = 0; day < 8; ++day) {
    uint64_t most = 0;
    for (int i = 0; i < 24 * 60; ++i) {
      clock.Pass(60s);
      for (ContainerSample* one : used) *one->cpu.usage_ns += 1'234'567'890;
      ASSERT_TRUE(rig.Record(host.Beat()).written);
      if (i % 100 == 0) most = std::max(most, rig.database().Measure().total());
    }
    daily.push_back(most);
  }
  EXPECT_LT(daily.back(), daily[5] + (512u << 10));
  EXPECT_LT(daily.back(), 8u << 20);
  ExpectSound(rig.database());
}

TEST_F(RetentionTest, ABoundThatCannotBeHeldIsToldOnceAndCounted) {
  StorageConfig config = At(folder / "small.db");
  config.max_size_bytes = 1 << 20;
  Rig small(config, clock);
  ASSERT_TRUE(small.recorder->Open());
  FrameMaker host(clock);
  for (int i = 0; i < 200; ++i)
    host.Rename(host.Run("c" + std::to_string(i)), [](Container& who) {
      who.labels = {{"text", std::string(12'000, 'x')}};
    });
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 5; ++i, clock.Pass(10s)) ASSERT_TRUE(small.Record(host.Beat()).written);
  const std::string log = ::testing::internal::GetCapturedStderr();
  const size_t first = log.find("cannot be held");
  ASSERT_NE(first, std::string::npos) << log;
  EXPECT_EQ(log.find("cannot be held", first + 1), std::string::npos) << log;
  EXPECT_GE(small.ErrorsOf("size_bound"), 4u);
}

}  // namespace
}  // namespace plimsoll::rollup
