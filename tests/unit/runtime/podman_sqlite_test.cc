// Podman 5 keeps its containers in SQLite; what other engines' files show by
// their times, a database shows by what is in its rows.

#include <sqlite3.h>
#include <unistd.h>

#include "exporter/runtime/podman_disk.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

constexpr const char* kWeb = "b853ecdc7a19154eb2c6903c05715eba152399a65a72e4d7bf96d4a689f574c2";

class Writer {
 public:
  explicit Writer(const std::string& path) { EXPECT_EQ(sqlite3_open(path.c_str(), &database_), SQLITE_OK); }
  ~Writer() { sqlite3_close(database_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void Run(const std::string& sql) {
    EXPECT_EQ(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sql;
  }

 private:
  sqlite3* database_ = nullptr;
};

class PodmanSqliteTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::copy(FixturePath("podman-5.7.0/storage"), dir_.path(),
                          std::filesystem::copy_options::recursive);
    writer_.emplace(dir_ / "db.sql");
  }
  Result<std::optional<DiskRecord>> Find() {
    return runtime::Find(disk_, "", ClassifyCgroup(std::string("/libpod_parent/libpod-") + kWeb));
  }
  Container Web() {
    const auto record = Find();
    EXPECT_TRUE(record && *record) << (record ? "not there" : record.error().message);
    return record && *record ? (*record)->who : Container();
  }
  void Run(const std::string& sql) { writer_->Run(sql); }

  TempFolder dir_;
  std::optional<Writer> writer_;
  PodmanDisk disk_{Roots({dir_.path()}), HostPaths()};
};

TEST_F(PodmanSqliteTest, WhatWasWrittenAboutAnotherContainerChangesNothing) {
  const Container before = Web();
  Run(std::string("UPDATE ContainerState SET ExitCode = 99 WHERE ID <> '") + kWeb + "'");
  EXPECT_EQ(Web(), before);
}

TEST_F(PodmanSqliteTest, AContainerRemovedWithItsEndIsToldWithTheCodeThatIsKept) {
  ASSERT_EQ(Web().state, ContainerState::kRunning);
  const std::string id = std::string("'") + kWeb + "'";
  Run("PRAGMA foreign_keys = OFF");
  Run("DELETE FROM ContainerState WHERE ID = " + id);
  Run("DELETE FROM ContainerConfig WHERE ID = " + id);
  Run("INSERT OR REPLACE INTO ContainerExitCode (ID, Timestamp, ExitCode) VALUES (" + id + ", 1, 137)");
  const Container ended = Web();
  EXPECT_EQ(ended.state, ContainerState::kExited);
  EXPECT_EQ(ended.exit_code, 137);
  EXPECT_FALSE(ended.init_pid);
  EXPECT_EQ(ended.name, "web");
  Run("DELETE FROM ContainerExitCode WHERE ID = " + id);
  const auto forgotten = Find();
  ASSERT_TRUE(forgotten);
  EXPECT_FALSE(*forgotten);
}

TEST_F(PodmanSqliteTest, ADatabaseOfAnotherSchemaIsAnErrorThatNamesTheFile) {
  Run("ALTER TABLE ContainerState RENAME TO Elsewhere");
  const auto record = Find();
  ASSERT_FALSE(record);
  EXPECT_THAT(record.error().message, testing::HasSubstr("db.sql: no such table: ContainerState"));
}

TEST_F(PodmanSqliteTest, AConfigThatIsNoJsonIsAnError) {
  Run("UPDATE ContainerConfig SET JSON = 'half'");
  EXPECT_FALSE(Find());
}

TEST_F(PodmanSqliteTest, AFileTooShortForADatabaseIsAnError) {
  WriteText(dir_ / "db.sql", "short");
  const auto record = Find();
  ASSERT_FALSE(record);
  EXPECT_THAT(record.error().message, testing::HasSubstr("no database"));
}

TEST_F(PodmanSqliteTest, WhatTakesWithoutEndIsRefusedOrInterrupted) {
  Run("PRAGMA foreign_keys = OFF");
  Run("ALTER TABLE ContainerConfig RENAME TO Real");
  Run("CREATE VIEW ContainerConfig AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
      "SELECT i AS ID, i AS JSON FROM n WHERE i < 0");
  const auto view = Find();
  ASSERT_FALSE(view);
  EXPECT_THAT(view.error().message, testing::HasSubstr("ContainerConfig is no table"));
  Run("DROP VIEW ContainerConfig");
  Run("CREATE TABLE ContainerConfig (JSON, ID AS (instr(zeroblob(8000000), zeroblob(4000000) || x'01')))");
  const auto generated = Find();
  ASSERT_FALSE(generated);
  EXPECT_THAT(generated.error().message, testing::HasSubstr("generated"));
  Run("DROP TABLE ContainerConfig");
  Run("CREATE TABLE ContainerConfig (ID, JSON)");  // without an index, and with rows without end
  Run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) "
      "INSERT INTO ContainerConfig SELECT i, i FROM n");
  const auto rows = Find();
  ASSERT_FALSE(rows);
  EXPECT_THAT(rows.error().message, testing::HasSubstr("interrupted"));
}

TEST_F(PodmanSqliteTest, AValueWithoutMeasureIsRefused) {
  Run("UPDATE ContainerConfig SET JSON = zeroblob(9000000)");
  const auto record = Find();
  ASSERT_FALSE(record);
  EXPECT_THAT(record.error().message, testing::HasSubstr("too big"));
}

// A user's database is read as it lies there, without SQLite's files beside it.
class UsersPodmanSqliteTest : public PodmanSqliteTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can make files of other users";
    PodmanSqliteTest::SetUp();
    Give();
  }
  void Give() {
    for (const std::string& path : {dir_.path(), dir_ / "db.sql"})
      ASSERT_EQ(::chown(path.c_str(), 1000, 1000), 0);
  }
};

TEST_F(UsersPodmanSqliteTest, SaysTheSameAndIsFollowed) {
  EXPECT_EQ(Web().name, "web");
  Run(std::string("UPDATE ContainerState SET JSON = json_set(JSON, '$.state', 5) WHERE ID = '") + kWeb + "'");
  EXPECT_EQ(Web().state, ContainerState::kPaused);
}

TEST_F(UsersPodmanSqliteTest, WhoeverKeepsItLockedForeverHoldsNobody) {
  Run("BEGIN EXCLUSIVE");
  const auto record = Find();
  ASSERT_FALSE(record);
  EXPECT_THAT(record.error().message, testing::HasSubstr("written all the time"));
  Run("COMMIT");
  EXPECT_EQ(Web().name, "web");
}

TEST_F(UsersPodmanSqliteTest, ALogBesideItIsNeitherReadNorMade) {
  Run("PRAGMA journal_mode = WAL");
  writer_.reset();
  Give();
  EXPECT_FALSE(Find());
  EXPECT_FALSE(std::filesystem::exists(dir_ / "db.sql-shm"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "db.sql-wal"));
}

TEST_F(UsersPodmanSqliteTest, LargerThanAnyOfPodmansIsRefused) {
  writer_.reset();
  std::filesystem::resize_file(dir_ / "db.sql", (16 << 20) + 1);
  EXPECT_THAT(Find().error().message, testing::HasSubstr("larger than"));
}

}  // namespace
}  // namespace plimsoll::runtime
