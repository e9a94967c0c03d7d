#include "unit/sidecar/sidecar_fixture.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::hours;
using SidecarSilenceTest = SidecarTest;

TEST_F(SidecarSilenceTest, ASilenceHoldsBackUntilItIsRemoved) {
  ticks_.Run(1, "web").cpu = 90;
  Begin();
  Silence silence;
  silence.matchers = {{"name", LabelMatcher::Op::kEqual, "web"}};
  silence.starts_at = clock_.Wall();
  silence.ends_at = clock_.Wall() + hours(1);
  const auto added = sidecar_->AddSilence(silence);
  ASSERT_TRUE(added);
  TickAndSettle();
  EXPECT_TRUE(inbox_.letters().empty());
  ASSERT_EQ(sidecar_->Notifications().held.size(), 1u);
  EXPECT_EQ(History().at(0).past.silenced_by, "silence 1");
  Die();
  TickAndSettle();
  EXPECT_TRUE(inbox_.letters().empty()) << "the silence was forgotten";
  EXPECT_TRUE(sidecar_->RemoveSilence(added->id).value());
  EXPECT_FALSE(sidecar_->RemoveSilence(added->id).value());
  Settle();
  EXPECT_EQ(inbox_.Words(), std::vector<std::string>({"firing web"}));
}

// A damaged file was set aside and a new one begun, which knows of no silence and numbers them from 1.
TEST_F(SidecarSilenceTest, SilencesGoOnInAFileThatIsBegunAnew) {
  ticks_.Run(1, "web");
  Begin();
  Silence silence;
  silence.starts_at = clock_.Wall();
  silence.ends_at = clock_.Wall() + hours(1);
  silence.matchers = {{"name", LabelMatcher::Op::kEqual, "web"}};
  ASSERT_TRUE(sidecar_->AddSilence(silence));
  Tick();
  database_ = std::move(*Database::OpenForWriting(folder_ / "anew.db"));
  Tick();
  silence.matchers = {{"name", LabelMatcher::Op::kEqual, "db"}};
  EXPECT_EQ(sidecar_->AddSilence(silence)->id, 2);
  EXPECT_EQ(sidecar_->AllSilences().size(), 2u);
  EXPECT_EQ(LoadAlerts(*database_).silences, sidecar_->AllSilences());
}

TEST_F(SidecarSilenceTest, AnEndedSilenceLeavesTheFileFiveDaysLater) {
  ticks_.Run(1, "web");
  Begin();
  Silence silence;
  silence.matchers = {{"name", LabelMatcher::Op::kEqual, "web"}};
  silence.starts_at = clock_.Wall();
  silence.ends_at = clock_.Wall() + hours(1);
  ASSERT_TRUE(sidecar_->AddSilence(silence));
  clock_.Pass(hours(24 * 6));
  Tick();
  EXPECT_TRUE(sidecar_->AllSilences().empty());
  EXPECT_TRUE(LoadAlerts(*database_).silences.empty());
}

// Also one that is wrong before the start.
TEST_F(SidecarSilenceTest, AClockThatIsWrongForATickDeletesNothing) {
  ticks_.Run(1, "web").cpu = 90;
  ticks_.Run(2, "db");
  Begin();
  Silence silence;
  silence.matchers = {{"name", LabelMatcher::Op::kEqual, "web"}};
  silence.starts_at = silence.created_at = clock_.Wall();
  silence.ends_at = clock_.Wall() + hours(1);
  ASSERT_TRUE(sidecar_->AddSilence(silence));
  Tick();
  constexpr auto kYear = hours(24 * 365);
  for (const bool is_restarted : {false, true}) {
    clock_.JumpWall(kYear);
    if (is_restarted) Die();
    ticks_[2].cpu = is_restarted ? 1 : 90;  // something for history: it is pruned then
    TickAndSettle();
    clock_.JumpWall(-kYear);
    TickAndSettle();
    EXPECT_EQ(sidecar_->AllSilences().size(), 1u);
    EXPECT_EQ(LoadAlerts(*database_).silences.size(), 1u);
    EXPECT_EQ(History().front().past.transition->name, "web");
  }
  clock_.JumpWall(kYear);
  for (int i = 0; i < 62; ++i) {
    clock_.Pass(std::chrono::minutes(1));
    Tick();
  }
  EXPECT_TRUE(LoadAlerts(*database_).silences.empty()) << "it is the time after all";
}

}  // namespace
}  // namespace plimsoll::alerting
