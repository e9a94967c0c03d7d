// What a receiver hears of an alert depends on what it was told before.

#include <set>

#include "unit/sidecar/outbox_fixture.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::seconds;
using OutboxToldTest = OutboxTest;

TEST_F(OutboxToldTest, ARecoveryFromWhatWasNeverToldIsNotTold) {
  Fire("a");
  Pass(seconds(5));
  const auto parcel = Next();
  Resolve("a");
  outbox.Refused(*parcel, "HTTP 400", now);
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "");
  EXPECT_TRUE(disk.standings.empty());
  EXPECT_EQ(disk.parcels.size(), 1U) << "the dropped one";
}

TEST_F(OutboxToldTest, ARepeatThatArrivesBringsTheRecoveryToo) {
  Fire("a");
  Pass(seconds(5));
  const auto parcel = Next();
  Repeat("a", 1);
  Resolve("a");
  outbox.Refused(*parcel, "HTTP 400", now);
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "repeated a; resolved a");
}

TEST_F(OutboxToldTest, WhoeverWasToldHearsOfTheEndThoughARepeatWasLost) {
  Fire("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a");
  Repeat("a", 1);
  Pass(seconds(5));
  outbox.Refused(*Next(), "HTTP 400", now);
  Resolve("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "resolved a");
  EXPECT_TRUE(disk.standings.empty());
}

TEST_F(OutboxToldTest, WhatIsSilencedIsToldWhenTheSilenceEnds) {
  muted = "silence 1";
  Fire("a");
  Fire("b");
  Resolve("b");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "");
  ASSERT_EQ(outbox.Held().size(), 1U);
  EXPECT_EQ(outbox.Held()[0].second.held_by, "silence 1");
  outbox.Release(Mute(), now);
  EXPECT_EQ(Sent(), "");
  muted = "";
  outbox.Release(Mute(), now);
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a");
  outbox.Release(Mute(), now);
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "") << "once";
  Resolve("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "resolved a");
}

TEST_F(OutboxToldTest, ARecoveryPassesASilenceToThoseWhoWereTold) {
  Fire("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a");
  muted = "silence 1";
  Repeat("a", 1);
  Resolve("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "resolved a");
}

TEST_F(OutboxToldTest, TheNewestRepeatThatIsSilencedIsToldWhenTheSilenceEnds) {
  Fire("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a");
  muted = "silence 1";
  Repeat("a", 1);
  Repeat("a", 2);
  outbox.Release(Mute(), now);
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "");
  EXPECT_TRUE(outbox.Held().empty()) << "the alert itself is known";
  Write();
  Outbox after([] { return 0.5; });
  after.Restore(disk.Rows(), now);
  after.Configure(config, now);
  muted = "";
  after.Release(Mute(), now);
  after.LetGo(after.TakeRows(Mute()));
  Pass(seconds(5));
  const auto parcel = after.Next("ops", now);
  EXPECT_EQ(Words(parcel), "repeated a");
  EXPECT_EQ(parcel->transitions.front()->repeats, 2U);
  after.Delivered(*parcel);
  after.Release(Mute(), now);
  Pass(seconds(5));
  EXPECT_EQ(after.depth(), 0U) << "once";
}

TEST_F(OutboxToldTest, ASilencedRepeatOfWhatEndedIsNotTold) {
  Fire("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a");
  muted = "silence 1";
  Repeat("a", 1);
  Resolve("a");
  muted = "";
  outbox.Release(Mute(), now);
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "resolved a");
  outbox.Release(Mute(), now);
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "");
}

TEST_F(OutboxToldTest, WhatWasLostAndIsToldAnewEndsToo) {
  Fire("a");
  Pass(seconds(5));
  outbox.Refused(*Next(), "HTTP 400", now);
  EXPECT_TRUE(outbox.Firing("ops", "", 9).empty());
  const auto lost = outbox.Firing("ops", "", 9, Standing::State::kLost);
  ASSERT_EQ(lost.size(), 1U);
  outbox.Retold("ops", lost);
  EXPECT_EQ(outbox.Firing("ops", "", 9).size(), 1U);
  Resolve("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "resolved a");
}

TEST_F(OutboxToldTest, AReceiverLosesMessagesUntilOneArrivesOrItIsConfiguredAnew) {
  EXPECT_TRUE(outbox.losing().empty());
  Fire("a");
  Pass(seconds(5));
  outbox.Refused(*Next(), "HTTP 403", now);
  ASSERT_EQ(outbox.losing().size(), 1U);
  EXPECT_EQ(outbox.losing().at("ops"), "HTTP 403");
  Fire("b");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired b");
  EXPECT_TRUE(outbox.losing().empty());
  Fire("c");
  Pass(seconds(5));
  outbox.Refused(*Next(), "HTTP 403", now);
  outbox.Configure(config, now);
  EXPECT_TRUE(outbox.losing().empty());
}

TEST_F(OutboxToldTest, WhoWantsNoRecoveriesGetsNone) {
  config.receivers[0].send_resolved = false;
  outbox.Configure(config, now);
  Fire("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a");
  Resolve("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "");
  EXPECT_TRUE(disk.standings.empty());
}

TEST_F(OutboxToldTest, FiringIsWhatTheReceiverKnows) {
  Fire("a");
  EXPECT_TRUE(outbox.Firing("ops", "", 9).empty()) << "not yet";
  Pass(seconds(5));
  Sent();
  ASSERT_EQ(outbox.Firing("ops", "", 9).size(), 1U);
  EXPECT_TRUE(outbox.Firing("chat", "", 9).empty());
  Resolve("a");
  EXPECT_TRUE(outbox.Firing("ops", "", 9).empty());
}

TEST_F(OutboxToldTest, FiringIsGivenInParts) {
  for (const char* alert : {"a", "b", "c"}) Fire(alert);
  Pass(seconds(5));
  Sent();
  const auto first = outbox.Firing("ops", "", 2);
  ASSERT_EQ(first.size(), 2U);
  const auto rest = outbox.Firing("ops", first.back()->alert, 2);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(std::set({first[0]->alert, first[1]->alert, rest[0]->alert}).size(), 3U);
}

}  // namespace
}  // namespace plimsoll::alerting
