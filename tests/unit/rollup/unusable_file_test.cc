#include <algorithm>
#include <fstream>

#include "faults_fixture.h"

namespace plimsoll::rollup {
namespace {

// A file that is gone, damaged, or not ours to write.
using UnusableFileTest = FaultsTest;

TEST_F(UnusableFileTest, AFileDeletedUnderItIsNoticedAndBegunAnew) {
  Begin();
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  for (int i = 0; i < 7; ++i) scene.Tick();
  EXPECT_EQ(scene.rig.ErrorsOf("deleted"), 1u);
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_TRUE(scene.rig.recorder->status().writing);
  // The living keep their numbers, and their counters are metered in the new file.
  EXPECT_EQ(scene.rig.database().Number("SELECT id FROM container WHERE key = 'name:web'"), 1);
  EXPECT_EQ(scene.rig.database().Number("SELECT count(*) FROM revision"), 1);
  EXPECT_GE(scene.rig.database().Number("SELECT count(*) FROM meter"), 1);
  ExpectSound(scene.rig.database());
}

TEST_F(UnusableFileTest, AnotherStoresFilePutInItsPlaceIsTakenUpWithItsNumbers) {
  Begin();
  const std::string backup = folder / "backup.db";
  (*Database::OpenForWriting(backup))
      ->Run("INSERT INTO container VALUES (41, 'name:web', 1, 2), (42, 'name:b', 1, 2)");
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  std::filesystem::rename(backup, path);
  Recorder::Tick tick;
  for (int i = 0; i < 8; ++i) tick = scene.Tick();
  ASSERT_TRUE(tick.written);
  EXPECT_EQ(tick.readings->containers.at(0).reading.container, 41u);
  EXPECT_EQ(tick.readings->containers.at(0).reading.cpu_us, 7000u);
  scene.Run("new");
  EXPECT_EQ(scene.Tick().readings->containers.at(1).reading.container, 43u);
}

TEST_F(UnusableFileTest, AFailureOfAFileThatWasDeletedBeginsAnother) {
  FailingFiles disk;
  const TempFolder other;
  const std::string file = other / "plimsoll.db";
  Scene one(file, clock);
  ASSERT_TRUE(one.rig.recorder->Open());
  one.Run("web");
  ASSERT_TRUE(one.Tick().written);
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file + suffix);
  disk.FailAt(1, SQLITE_IOERR_WRITE, false);
  EXPECT_FALSE(one.Tick().written);
  EXPECT_EQ(one.rig.ErrorsOf("deleted"), 1u) << "which is why it failed";
  EXPECT_EQ(one.rig.ErrorsOf("io"), 0u);
  EXPECT_TRUE(one.Tick().written);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(UnusableFileTest, AFileThatLacksATableIsSaidAndLeftAlone) {
  (*Database::OpenForWriting(path))->Run("ALTER TABLE revision RENAME TO elsewhere");
  (*Database::OpenForWriting(path))->Run("ALTER TABLE tick RENAME TO away");
  ASSERT_TRUE(scene.rig.recorder->Open()) << "somebody may put it right";
  scene.Run("web");
  EXPECT_FALSE(scene.Tick().written);
  EXPECT_NE(scene.rig.recorder->status().last_error.find("no such table"), std::string::npos);
  EXPECT_TRUE(Aside().empty());
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  other.exec("ALTER TABLE elsewhere RENAME TO revision; ALTER TABLE away RENAME TO tick");
  EXPECT_TRUE(scene.Tick().written);
}

TEST_F(UnusableFileTest, WhatWasSetAsideIsNeverWrittenOver) {
  Begin();
  for (int round = 0; round < 3; ++round) {
    scene.rig.recorder->Close();
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path + suffix);
    std::ofstream(path) << std::string(20'000, static_cast<char>('x' + round));
    clock.Pass(10min);
    clock.JumpWall(-10min - 10s);  // the same second again
    scene.Tick();
  }
  std::vector<std::string> aside = Aside();
  std::sort(aside.begin(), aside.end());
  ASSERT_EQ(aside.size(), 3u);
  EXPECT_EQ(aside[1], aside[0] + "-2");
  EXPECT_EQ(aside[2], aside[0] + "-3");
}

TEST_F(UnusableFileTest, ADamagedFileIsSetAsideAtTheStart) {
  std::ofstream(path) << std::string(20'000, 'x');
  std::ofstream lock(path + "-lock");  // a Plimsoll has written there
  Begin();
  EXPECT_EQ(scene.rig.recorder->status().damaged_files, 1u);
  EXPECT_EQ(scene.rig.ErrorsOf("corrupt"), 1u);
  ASSERT_EQ(Aside().size(), 1u);
  EXPECT_EQ(std::filesystem::file_size(Aside()[0]), 20'000u);
  ExpectSound(scene.rig.database());
}

TEST_F(UnusableFileTest, AFileDamagedWhileRunningIsSetAsideAndTheLivingKeepTheirNumbers) {
  ASSERT_TRUE(scene.rig.recorder->Open());
  for (int i = 0; i < 40; ++i) scene.Run("c" + std::to_string(i));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(scene.Tick().written);
  const int64_t number = scene.rig.database().Number("SELECT id FROM container WHERE key = 'name:c17'");
  scene.rig.database().Checkpoint(true);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(std::filesystem::file_size(path) - 4096, '\x5a');
  }
  scene.rig.database().Run("PRAGMA shrink_memory");
  bool written = false;
  for (int i = 0; i < 5; ++i) written = scene.Tick().written;
  EXPECT_TRUE(written);
  EXPECT_EQ(scene.rig.recorder->status().damaged_files, 1u);
  EXPECT_GE(Aside().size(), 1u);
  EXPECT_EQ(scene.rig.database().Number("SELECT count(*) FROM container"), 40);
  EXPECT_EQ(scene.rig.database().Number("SELECT id FROM container WHERE key = 'name:c17'"), number);
  ExpectSound(scene.rig.database());
}

TEST_F(UnusableFileTest, ADiskThatDamagesEveryFileIsNotFilledUpWithThem) {
  Begin();
  for (int round = 0; round < 5; ++round) {
    scene.rig.recorder->Close();
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path + suffix);
    std::ofstream(path) << std::string(20'000, 'x');
    EXPECT_EQ(scene.Tick().readings->containers.size(), 1u);
  }
  EXPECT_EQ(Aside().size(), 1u);
  clock.Pass(10min);
  scene.Tick();
  EXPECT_EQ(Aside().size(), 2u);
  EXPECT_TRUE(scene.Tick().written);
}

TEST_F(UnusableFileTest, ANewerFileStopsTheStartNamingBothVersions) {
  (*Database::OpenForWriting(path))->Run("PRAGMA user_version = 9");
  const Result<void> opened = scene.rig.recorder->Open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("version 9"), std::string::npos);
  EXPECT_NE(opened.error().message.find("knows " + std::to_string(kSchemaVersion)), std::string::npos);
  EXPECT_TRUE(Aside().empty());
}

}  // namespace
}  // namespace plimsoll::rollup
