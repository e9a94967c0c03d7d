#include <fstream>
#include <thread>

#include "faults_fixture.h"

namespace plimsoll::rollup {
namespace {

struct Fault1 {
  int code;
  bool all_after;
  const char* reason;
};

// A counter that begins with its first failure hides that failure from rate() and increase().
TEST(FaultCountsTest, EveryReasonIsThereBeforeAnythingFailed) {
  TempFolder folder;
  ManualClock clock;
  const Scene scene(folder / "plimsoll.db", clock);
  std::vector<std::string> reasons;
  for (const auto& [reason, count] : scene.rig.recorder->status().write_errors) {
    EXPECT_EQ(count, 0U) << reason;
    reasons.push_back(reason);
  }
  EXPECT_EQ(reasons, (std::vector<std::string>{"busy", "corrupt", "deleted", "forgotten", "full", "io",
                                               "other", "readonly", "size_bound"}));
}

class NthWriteTest : public ::testing::TestWithParam<Fault1> {};

// The n-th write fails, for every n; ticks go on, then Plimsoll is killed and
// begins anew on a sound disk: no increase is lost and none is there twice.
TEST_P(NthWriteTest, LosesAndDoublesNothing) {
  const auto [code, all_after, reason] = GetParam();
  FailingFiles disk;
  bool reached = true;
  int failures = 0;
  for (int n = 1; reached; n += n < 40 ? 1 : 7) {
    const TempFolder folder;
    ManualClock clock;
    Scene scene(folder / "plimsoll.db", clock, 4 << 20);  // small: a checkpoint every few ticks
    ASSERT_TRUE(scene.rig.recorder->Open());
    for (int i = 0; i < 3; ++i) scene.Run("c" + std::to_string(i));
    scene.Tick();
    disk.Forget();
    disk.FailAt(n, code, all_after);
    for (int i = 0; i < 14; ++i) {  // over two ends of minutes
      const Recorder::Tick tick = scene.Tick();
      ASSERT_EQ(tick.readings->containers.size(), 3u);
      for (const ReadContainer& one : tick.readings->containers) {
        EXPECT_EQ(one.reading.cpu_us, 7000u) << "alerts see the last ten seconds, whatever the disk does";
        EXPECT_EQ(one.reading.elapsed_ms, 10'000u);
      }
      failures += tick.written ? 0 : 1;
    }
    reached = disk.hit();
    EXPECT_EQ(scene.rig.ErrorsOf(reason) > 0, reached);
    disk.Heal();
    ASSERT_TRUE(scene.Tick().written) << scene.rig.recorder->status().last_error;
    scene.ExpectWhole();
    scene.rig.Restart();
    scene.host.NewCollector();
    ASSERT_TRUE(scene.Tick().written);
    scene.ExpectWhole();
    if (HasFailure()) {
      ADD_FAILURE() << "with the failure at write " << n;
      return;
    }
  }
  EXPECT_GT(failures, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Disk, NthWriteTest,
    ::testing::Values(Fault1{SQLITE_FULL, false, "full"}, Fault1{SQLITE_FULL, true, "full"},
                      Fault1{SQLITE_IOERR_WRITE, false, "io"}, Fault1{SQLITE_IOERR_WRITE, true, "io"},
                      Fault1{SQLITE_READONLY, true, "readonly"}),
    [](const auto& fault) {
      return std::string(fault.param.reason) + (fault.param.all_after ? "AndAllAfter" : "Once");
    });

TEST_F(FaultsTest, AFailureWhileAFileIsMadeIsMadeGoodLater) {
  FailingFiles disk;
  for (int n = 1; n < 60; ++n) {
    const TempFolder other;
    Scene one(other / "plimsoll.db", clock);
    disk.Forget();
    disk.FailAt(n, SQLITE_FULL, false);
    ASSERT_TRUE(one.rig.recorder->Open());
    one.Run("web");
    one.Tick();
    disk.Heal();
    one.Tick();
    ASSERT_TRUE(one.Tick().written) << n;
    one.ExpectWhole();
  }
}

TEST_F(FaultsTest, ALockHeldByAnotherProcessIsCountedAsBusyAndNothingIsLost) {
  Begin();
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  EXPECT_FALSE(scene.Tick().written);
  EXPECT_FALSE(scene.Tick().written);
  EXPECT_EQ(scene.rig.ErrorsOf("busy"), 2u);
  EXPECT_FALSE(scene.rig.recorder->status().writing);
  other.exec("ROLLBACK");
  EXPECT_TRUE(scene.Tick().written);
  EXPECT_TRUE(scene.rig.recorder->status().writing);
  EXPECT_TRUE(scene.rig.recorder->status().last_error.empty());
  scene.ExpectWhole();
}

TEST_F(FaultsTest, WhatDiesWhileTheDiskRefusesIsRecordedLater) {
  Begin();
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  ContainerSample& job = scene.host.Run("job");
  job.cpu.usage_ns = 3'000'000;
  EXPECT_FALSE(scene.Tick().written);
  *job.cpu.usage_ns += 4'000'000;
  scene.host.Stop(job);
  EXPECT_FALSE(scene.Tick().written);
  other.exec("ROLLBACK");
  EXPECT_TRUE(scene.Tick().written);
  EXPECT_EQ(WholeRaw(scene.rig.database()).at(2).cpu_us, 7000u);
  EXPECT_EQ(scene.rig.database().Number("SELECT count(*) FROM container WHERE id = 2 AND key = 'name:job'"),
            1);
  EXPECT_EQ(scene.rig.database().Number("SELECT count(*) FROM revision WHERE container = 2"), 1);
}

TEST_F(FaultsTest, WhatIsRenamedWhileTheDiskRefusesLosesNothing) {
  Begin();
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  EXPECT_FALSE(scene.Tick().written);
  scene.host.Rename(*scene.used[0], [](Container& who) { who.name = "shop"; });
  EXPECT_FALSE(scene.Tick().written);
  other.exec("ROLLBACK");
  ASSERT_TRUE(scene.Tick().written);
  uint64_t cpu_us = 0;
  for (const auto& [id, bucket] : WholeRaw(scene.rig.database())) cpu_us += bucket.cpu_us.value_or(0);
  EXPECT_EQ(cpu_us, *scene.used[0]->cpu.usage_ns / 1000 - 7000);
}

TEST_F(FaultsTest, APathThatCannotBeWrittenYetIsTriedAgain) {
  const std::string folder_path = folder / "later";
  std::ofstream(folder_path) << "in the way";
  Scene one(folder_path + "/plimsoll.db", clock);
  ASSERT_TRUE(one.rig.recorder->Open());
  one.Run("web");
  const Recorder::Tick refused = one.Tick();
  EXPECT_FALSE(refused.written);
  ASSERT_EQ(refused.readings->containers.size(), 1u);
  EXPECT_EQ(refused.readings->containers[0].reading.container, 1u);
  EXPECT_GE(one.rig.ErrorsOf("io"), 1u);
  one.Tick();
  std::filesystem::remove(folder_path);
  EXPECT_TRUE(one.Tick().written);
  one.ExpectWhole();
}

// Numbers that were given while there was no file, and the file that comes later.
TEST_F(FaultsTest, ANumberStaysUnlessTheFileKnowsItAsAnothers) {
  for (const auto& [theirs, ours] : {std::pair(1, 2u), std::pair(5, 1u)}) {
    const TempFolder other;
    const std::string later = other / "later", backup = other / "backup.db";
    std::ofstream(later) << "in the way";
    Scene one(later + "/plimsoll.db", clock);
    ASSERT_TRUE(one.rig.recorder->Open());
    one.Run("web");
    EXPECT_EQ(one.Tick().readings->containers.at(0).reading.container, 1u);
    (*Database::OpenForWriting(backup))
        ->Run(("INSERT INTO container VALUES (" + std::to_string(theirs) + ", 'name:other', 1, 2)").c_str());
    std::filesystem::remove(later);
    std::filesystem::create_directory(later);
    std::filesystem::rename(backup, later + "/plimsoll.db");
    const Recorder::Tick tick = one.Tick();
    EXPECT_TRUE(tick.written);
    EXPECT_EQ(tick.readings->containers.at(0).reading.container, ours);
  }
}

TEST_F(FaultsTest, ScrapesOfRefusedTicksAreKeptWithTheNext) {
  Begin();
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  clock.Pass(10s);
  EXPECT_FALSE(scene.rig.Record(scene.host.Beat(), 2).written);
  other.exec("ROLLBACK");
  clock.Pass(10s);
  EXPECT_TRUE(scene.rig.Record(scene.host.Beat(), 3).written);
  EXPECT_EQ(scene.rig.database().Number("SELECT scrapes FROM tick ORDER BY id DESC"), 5);
  EXPECT_EQ(scene.rig.database().Number("SELECT elapsed_ms FROM tick ORDER BY id DESC"), 20'000);
}

TEST_F(FaultsTest, SyncsComeWithCheckpointsOnlyAndNoneWhenIdle) {
  FailingFiles disk;
  const TempFolder other;
  Scene one(other / "plimsoll.db", clock);
  ASSERT_TRUE(one.rig.recorder->Open());
  for (int i = 0; i < 100; ++i) one.Run("c" + std::to_string(i));
  one.Tick();
  const int before = disk.syncs();
  for (int i = 0; i < 1000; ++i) one.Tick();
  EXPECT_GT(disk.syncs(), before);
  EXPECT_LE(disk.syncs() - before, 100);
  EXPECT_LE(one.rig.database().Measure().wal_bytes, 5u << 20);
}

// A CI host whose disk is full for days: who ended meanwhile is remembered, but not without end.
TEST_F(FaultsTest, WhoEndedWhileTheDiskRefusesIsForgottenBeyondABound) {
  Begin();
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  sqlite3_busy_timeout(scene.rig.database().connection().getHandle(), 0);
  constexpr size_t kMost = 4096, kMore = 904;
  for (size_t i = 0; i < 50; ++i) {
    std::vector<ContainerSample*> jobs;
    for (size_t n = 0; n < (kMost + kMore) / 50; ++n)
      jobs.push_back(&scene.host.Run("job" + std::to_string(i) + "-" + std::to_string(n)));
    scene.Tick();
    for (ContainerSample* job : jobs) {
      *job->cpu.usage_ns += 9'000'000;
      scene.host.Stop(*job);
    }
    EXPECT_FALSE(scene.Tick().written);
    scene.host.NewTrail();
  }
  EXPECT_EQ(scene.rig.ErrorsOf("forgotten"), kMore);
  other.exec("ROLLBACK");
  ASSERT_TRUE(scene.Tick().written);
  EXPECT_EQ(scene.rig.database().Number("SELECT count(*) FROM container"), 1 + kMost);
  EXPECT_EQ(WholeRaw(scene.rig.database()).size(), 1 + kMost);
  EXPECT_EQ(scene.rig.database().Number("SELECT count(*) FROM container WHERE key = 'name:job49-0'"), 1);
}

TEST_F(FaultsTest, WhatWasAddedOverARestartIsKeptWhenTheFileOpensLate) {
  Begin();
  scene.Run("db");
  ASSERT_TRUE(scene.Tick().written);
  scene.rig.writer.database->Abandon();
  scene.rig.recorder->Close();
  auto other = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE);
  other->exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT");
  scene.rig.Restart();
  scene.host.NewCollector();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(scene.Tick().written);
  EXPECT_GE(scene.rig.ErrorsOf("busy"), 5u);
  other.reset();
  ASSERT_TRUE(scene.Tick().written);
  const Whole raw = WholeRaw(scene.rig.database());
  EXPECT_EQ(raw.at(1).cpu_us, *scene.used[0]->cpu.usage_ns / 1000 - 7000);
  EXPECT_EQ(raw.at(2).cpu_us, *scene.used[1]->cpu.usage_ns / 1000);
  EXPECT_EQ(raw.at(1).covered_ms, 70'000u);
  scene.Tick();
  EXPECT_EQ(WholeRaw(scene.rig.database()).at(1).cpu_us, *scene.used[0]->cpu.usage_ns / 1000 - 7000);
}

TEST_F(FaultsTest, OnlyOnePlimsollWritesAFile) {
  Begin();
  Scene second(path, clock);
  const Result<void> refused = second.rig.recorder->Open();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("another Plimsoll writes this file"), std::string::npos);
  EXPECT_TRUE(scene.Tick().written);
  // One that ends meanwhile is waited for.
  std::thread ends([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    scene.rig.recorder->Close();
  });
  EXPECT_TRUE(second.rig.recorder->Open());
  ends.join();
  second.Run("web");
  EXPECT_TRUE(second.Tick().written);
}

TEST_F(FaultsTest, TicksThatSomebodyElseWroteDoNotStopUsForEver) {
  Begin();
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  other.exec(
      "INSERT INTO tick (id, at_ms, elapsed_ms, scrapes) VALUES (2, 1700000000000, 0, 0), "
      "(9, 1700000000000, 0, 0)");
  EXPECT_FALSE(scene.Tick().written);
  EXPECT_TRUE(scene.Tick().written);
  EXPECT_EQ(scene.rig.database().Number("SELECT max(id) FROM tick"), 10);
}

}  // namespace
}  // namespace plimsoll::rollup
