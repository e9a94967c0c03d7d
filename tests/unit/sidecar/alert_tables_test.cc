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

TEST_F(AlertTablesTest, AParcelComesBackWithWhatElseFires) {
  const auto made = [](const std::string& alert) {
    Transition transition;
    transition.id = transition.alert = alert;
    return std::make_shared<const Transition>(transition);
  };
  const std::vector<TransitionPtr> both = {made("d"), made("c")};
  for (const auto& [others, left_out] :
       std::vector<std::pair<std::vector<TransitionPtr>, size_t>>{{both, 0}, {both, 7}, {{}, 0}, {{}, 7}}) {
    OutboxRows rows;
    Parcel& parcel = rows.parcels.emplace_back();
    parcel.number = 1;
    parcel.transitions = {made("b"), made("a")};
    parcel.others = others;
    parcel.left_out = left_out;
    WriteOutbox(*database_, rows);
    const std::vector<Parcel> parcels = LoadAlerts(*database_).outbox.parcels;
    ASSERT_EQ(parcels.size(), 1u);
    const auto ids = [](const std::vector<TransitionPtr>& transitions) {
      std::string all;
      for (const TransitionPtr& transition : transitions) all += transition->id;
      return all;
    };
    EXPECT_EQ(ids(parcels[0].transitions), "ba");
    EXPECT_EQ(ids(parcels[0].others), others.empty() ? "" : "dc");
    EXPECT_EQ(parcels[0].left_out, left_out);
  }
}

// A tick's transaction failed, what a receiver knows was written all the same, and the program was killed:
// the state of before makes the transition again, later.
TEST_F(AlertTablesTest, ATransitionThatIsMadeAgainIsTheNewerOne) {
  const auto made = [](int64_t hour) {
    Transition transition;
    transition.id = transition.alert = "a";
    transition.at = WallTime(hours(hour));
    return std::make_shared<const Transition>(transition);
  };
  OutboxRows before, after;
  before.standings.emplace_back(StandingKey("a", "ops"), Standing{Standing::State::kTold, made(1)});
  after.past.push_back({made(2), ""});
  WriteOutbox(*database_, before);
  WriteOutbox(*database_, after);
  EXPECT_EQ(LoadAlerts(*database_).outbox.standings.at(0).second.newest->at, WallTime(hours(2)));
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
