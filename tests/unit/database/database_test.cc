#include "database/database.h"

#include <gtest/gtest.h>

#include <chrono>

#include "manual_clock.h"
#include "temp_folder.h"
#include "text_file.h"

namespace plimsoll {
namespace {

using namespace std::chrono_literals;

TEST(DatabaseTest, ANewFileIsMadeWithItsFoldersAndAsItMustBe) {
  const TempFolder folder;
  const auto opened = Database::OpenForWriting(folder / "a/b/plimsoll.db");
  ASSERT_TRUE(opened) << opened.error().error.message;
  Database& database = **opened;
  EXPECT_TRUE(database.made());
  EXPECT_EQ(database.Number("PRAGMA page_size"), 4096);
  EXPECT_EQ(database.Number("PRAGMA auto_vacuum"), 2);
  EXPECT_EQ(database.Number("PRAGMA synchronous"), 1);
  EXPECT_EQ(database.Number("PRAGMA user_version"), kSchemaVersion);
  EXPECT_EQ(database.Number("PRAGMA application_id"), kApplicationId);
  EXPECT_EQ(database.connection().execAndGet("PRAGMA journal_mode").getString(), "wal");
}

TEST(DatabaseTest, AFileOpensAgainUnchanged) {
  const TempFolder folder;
  const std::string path = folder / "plimsoll.db";
  (*Database::OpenForWriting(path))->Run("INSERT INTO container VALUES (7, 'name:web', 1, 2)");
  const auto again = Database::OpenForWriting(path);
  ASSERT_TRUE(again);
  EXPECT_FALSE((*again)->made());
  EXPECT_EQ((*again)->Number("SELECT id FROM container"), 7);
}

TEST(DatabaseTest, ANewerSchemaIsRefusedNamingBothVersionsAndUntouched) {
  const TempFolder folder;
  const std::string path = folder / "plimsoll.db";
  (*Database::OpenForWriting(path))->Run("PRAGMA user_version = 12");
  const std::string before = ReadText(path);
  const auto refused = Database::OpenForWriting(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Fault::Reason::kNewer);
  EXPECT_NE(refused.error().error.message.find("version 12"), std::string::npos);
  EXPECT_NE(refused.error().error.message.find("knows " + std::to_string(kSchemaVersion)), std::string::npos);
  EXPECT_EQ(ReadText(path), before);
  const auto reading = Database::OpenForReading(path);
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().reason, Fault::Reason::kNewer);
}

TEST(DatabaseTest, AnotherProgramsDatabaseIsRefusedAndUntouched) {
  const TempFolder folder;
  const std::string path = folder / "other.db";
  SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE theirs (a)");
  const std::string before = ReadText(path);
  const auto refused = Database::OpenForWriting(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Fault::Reason::kForeign);
  EXPECT_EQ(ReadText(path), before);
}

TEST(DatabaseTest, WhatNoPlimsollMadeIsRefusedAndUntouched) {
  const TempFolder folder;
  const std::string passwd = "root:x:0:0:root:/root:/bin/bash\n";
  WriteText(folder / "passwd", passwd);
  std::filesystem::create_directory(folder / "folder");
  for (const std::string& path : {folder / "passwd", folder / "folder", std::string("/dev/null")}) {
    const auto refused = Database::OpenForWriting(path);
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().reason, Fault::Reason::kForeign) << path;
    EXPECT_TRUE(refused.error().error.message.starts_with(path + ": is ")) << refused.error().error.message;
    const auto reading = Database::OpenForReading(path);
    ASSERT_FALSE(reading) << path;
    EXPECT_EQ(reading.error().reason, Fault::Reason::kForeign) << path;
    EXPECT_FALSE(std::filesystem::exists(path + "-lock")) << path;
  }
  EXPECT_EQ(ReadText(folder / "passwd"), passwd);
  WriteText(folder / "empty.db", "");  // as mktemp makes it
  EXPECT_TRUE(Database::OpenForWriting(folder / "empty.db"));
}

TEST(DatabaseTest, AHistoryOfNoiseIsDamageAndAFolderThatCannotBeMadeIsTold) {
  const TempFolder folder;
  WriteText(folder / "noise.db", std::string(10'000, 'x'));
  WriteText(folder / "noise.db-lock", "");  // a Plimsoll has written there
  const auto noise = Database::OpenForWriting(folder / "noise.db");
  ASSERT_FALSE(noise);
  EXPECT_EQ(noise.error().reason, Fault::Reason::kCorrupt);
  const auto below = Database::OpenForWriting(folder / "noise.db/plimsoll.db");
  ASSERT_FALSE(below);
  EXPECT_EQ(below.error().reason, Fault::Reason::kIo);
}

TEST(DatabaseTest, AReaderSeesOneStateAndCannotWrite) {
  const TempFolder folder;
  const auto writer = Database::OpenForWriting(folder / "plimsoll.db");
  const auto reader = Database::OpenForReading(folder / "plimsoll.db");
  ASSERT_TRUE(writer && reader);
  (*reader)->BeginRead();
  (*writer)->Run("INSERT INTO container VALUES (1, 'name:web', 1, 2)");
  EXPECT_EQ((*reader)->Number("SELECT count(*) FROM container"), 0);
  (*reader)->EndRead();
  EXPECT_EQ((*reader)->Number("SELECT count(*) FROM container"), 1);
  EXPECT_THROW((*reader)->Run("DELETE FROM container"), SQLite::Exception);
}

TEST(DatabaseTest, OneWritesAndOthersRead) {
  const TempFolder folder;
  const std::string path = folder / "plimsoll.db";
  auto writer = Database::OpenForWriting(path);
  ASSERT_TRUE(writer);
  const auto second = Database::OpenForWriting(path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, Fault::Reason::kTaken);
  EXPECT_NE(second.error().error.message.find("another Plimsoll writes this file"), std::string::npos);
  EXPECT_TRUE(Database::OpenForReading(path));
  writer->reset();
  EXPECT_TRUE(Database::OpenForWriting(path));
}

TEST(DatabaseTest, AFileThatIsNotThereIsNotMadeByAReader) {
  const TempFolder folder;
  const auto reading = Database::OpenForReading(folder / "plimsoll.db");
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().error.message, folder / "plimsoll.db" + ": No such file or directory");
  EXPECT_FALSE(std::filesystem::exists(folder / "plimsoll.db"));
}

TEST(DatabaseTest, APreparedStatementComesUnboundAndReset) {
  const auto database = Database::OpenForWriting(":memory:");
  ASSERT_TRUE(database);
  const char* const sql = "SELECT ?1 UNION ALL SELECT 2";
  const SQLite::Statement* first;
  {
    const auto one = (*database)->Prepared(sql);
    one->bind(1, 5);
    ASSERT_TRUE(one->executeStep());
    first = &*one;
  }
  const auto again = (*database)->Prepared(sql);
  EXPECT_EQ(&*again, first);
  ASSERT_TRUE(again->executeStep());
  EXPECT_TRUE(again->isColumnNull(0));
}

TEST(DatabaseTest, AStatementIsInterruptedAfterItsTime) {
  ManualClock clock;
  const auto database = Database::OpenForWriting(":memory:");
  const char* const endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
  (*database)->Limit(clock, clock.Mono() - 1s);
  EXPECT_THROW((*database)->Number(endless), SQLite::Exception);
  (*database)->Unlimit();
  EXPECT_EQ((*database)->Number("SELECT 3"), 3);
}

TEST(DatabaseTest, AFileThatWasReplacedIsNoticed) {
  const TempFolder folder;
  const std::string path = folder / "plimsoll.db";
  const auto database = Database::OpenForWriting(path);
  EXPECT_FALSE((*database)->Moved());
  std::filesystem::rename(path, path + ".old");
  EXPECT_TRUE((*database)->Moved());
  WriteText(path, "");
  EXPECT_TRUE((*database)->Moved());
}

TEST(DatabaseTest, ACheckpointEmptiesTheWal) {
  const TempFolder folder;
  const auto database = Database::OpenForWriting(folder / "plimsoll.db");
  (*database)->Run("INSERT INTO container VALUES (1, 'name:web', 1, 2)");
  EXPECT_GT((*database)->wal_frames(), 0);
  EXPECT_GT((*database)->Measure().wal_bytes, 0u);
  EXPECT_TRUE((*database)->Checkpoint(true));
  EXPECT_EQ((*database)->Measure().wal_bytes, 0u);
}

}  // namespace
}  // namespace plimsoll
