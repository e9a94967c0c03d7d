// Files that earlier versions of the schema left, as tests/fixtures/store/README.md says.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "database/database.h"
#include "temp_folder.h"

namespace plimsoll {
namespace {

using Rows = std::vector<std::string>;

Rows All(Database& database, const std::string& sql) {
  Rows rows;
  SQLite::Statement statement(database.connection(), sql);
  while (statement.executeStep()) {
    std::string row;
    for (int i = 0; i < statement.getColumnCount(); ++i) row += statement.getColumn(i).getString() + "|";
    rows.push_back(std::move(row));
  }
  return rows;
}

// What there is, and the columns of it.
Rows Shape(Database& database) {
  return All(database,
             "SELECT m.type, m.name, m.tbl_name, c.name, c.type, c.pk, c.\"notnull\", c.dflt_value "
             "FROM sqlite_schema m LEFT JOIN pragma_table_info(m.name) c "
             "WHERE m.name NOT LIKE 'sqlite_%' ORDER BY m.type, m.name, c.cid");
}

std::map<std::string, Rows> Contents(Database& database) {
  std::map<std::string, Rows> contents;
  for (std::string table : All(database, "SELECT name FROM sqlite_schema WHERE type = 'table'")) {
    table.pop_back();
    contents[table] = All(database, "SELECT * FROM \"" + table + "\" ORDER BY 1, 2");
  }
  return contents;
}

class MigrationTest : public ::testing::TestWithParam<int> {
 protected:
  MigrationTest() : path(folder / "plimsoll.db") {
    std::filesystem::copy_file(
        std::string(PLIMSOLL_SOURCE_DIR "/tests/fixtures/store/v") + std::to_string(GetParam()) + ".db",
        path);
  }

  const TempFolder folder;
  const std::string path;
};

TEST_P(MigrationTest, AnOlderFileBecomesWhatANewOneIsAndKeepsEveryRow) {
  std::map<std::string, Rows> before;
  {
    const auto old = Database::OpenForReading(path);
    ASSERT_TRUE(old) << old.error().error.message;
    ASSERT_EQ((*old)->Number("PRAGMA user_version"), GetParam());
    before = Contents(**old);
  }
  ASSERT_FALSE(before.at("tick").empty());
  ASSERT_FALSE(before.at("minute").empty());
  const auto opened = Database::OpenForWriting(path);
  ASSERT_TRUE(opened) << opened.error().error.message;
  Database& migrated = **opened;
  EXPECT_FALSE(migrated.made());
  EXPECT_EQ(migrated.Number("PRAGMA user_version"), kSchemaVersion);
  EXPECT_EQ(All(migrated, "PRAGMA integrity_check"), Rows({"ok|"}));
  EXPECT_EQ(All(migrated, "PRAGMA foreign_key_check"), Rows());
  EXPECT_EQ(Shape(migrated), Shape(**Database::OpenForWriting(folder / "new.db")));
  // Before version 4 every field of a setting was said, and an `enabled` of 1 overrode nothing.
  for (std::string& row : before.at("alert_setting"))
    row = std::regex_replace(row, std::regex(R"(^(\d+\|[^|]+\|[^|]+\|)1\|)"), "$1|");
  const std::map<std::string, Rows> after = Contents(migrated);
  for (const auto& [table, rows] : before) {
    if (table != "sqlite_sequence") {
      EXPECT_EQ(after.at(table), rows) << table;
    }
  }
}

// Something stands in the way of the step to version 4.
TEST_P(MigrationTest, HalfAMigrationIsNone) {
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec("CREATE TABLE alert_setting_3 (id INTEGER)");
  const Rows before = Shape(**Database::OpenForReading(path));
  EXPECT_FALSE(Database::OpenForWriting(path));
  const auto still = Database::OpenForReading(path);
  ASSERT_TRUE(still) << still.error().error.message;
  EXPECT_EQ((*still)->Number("PRAGMA user_version"), GetParam());
  EXPECT_EQ(Shape(**still), before);
}

INSTANTIATE_TEST_SUITE_P(From, MigrationTest, ::testing::Range(1, kSchemaVersion));

}  // namespace
}  // namespace plimsoll
