#include "alerting/sidecar/alert_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/matcher.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::hours;

class AlertTablesTest : public testing::Test {
 protected:
  Silence Kept(const char* matcher) {
    Silence silence;
    silence.matchers = {*ParseMatcher(matcher)};
    silence.starts_at = WallTime(hours(1));
    silence.ends_at = WallTime(hours(2));
    WriteSilence(*database_, silence);
    return silence;
  }

  std::unique_ptr<Database> database_ = std::move(*Database::OpenForWriting(":memory:"));
};

// A silence whose matchers are lost would hold back everything.
TEST_F(AlertTablesTest, ASilenceWhoseMatchersCannotBeReadIsLeftOut) {
  const Silence web = Kept("name=\"web\"");
  for (const char* text : {"", "{", "7", "[1]", "[[\"name\",\"x\",\"web\"]]", "[[\"name\"]]"}) {
    const auto put = database_->Prepared(
        "INSERT OR REPLACE INTO silence (id, matchers, starts_ms, ends_ms, comment, created_by, created_ms) "
        "VALUES (99, ?, 0, 1, '', '', 0)");
    put->bind(1, text);
    put->exec();
    const std::vector<Silence> silences = LoadAlerts(*database_).silences;
    ASSERT_EQ(silences.size(), 1u) << text;
    EXPECT_EQ(silences[0].id, web.id);
    EXPECT_EQ(silences[0].matchers, web.matchers);
  }
}

TEST_F(AlertTablesTest, ASilenceThatIsDeletedIsGone) {
  const Silence web = Kept("name=\"web\""), db = Kept("name=\"db\"");
  DeleteSilence(*database_, web.id);
  const std::vector<Silence> silences = LoadAlerts(*database_).silences;
  ASSERT_EQ(silences.size(), 1u);
  EXPECT_EQ(silences[0].id, db.id);
}

}  // namespace
}  // namespace plimsoll::alerting
