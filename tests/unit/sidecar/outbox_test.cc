#include "alerting/sidecar/outbox.h"

#include <set>

#include "unit/sidecar/outbox_fixture.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(OutboxTest, WhatComesWithinTheWaitIsOneMessage) {
  Fire("a");
  Pass(seconds(4));
  Fire("b");
  EXPECT_EQ(Words(Next()), "");
  Pass(seconds(1));
  const auto parcel = Next();
  EXPECT_EQ(Words(parcel), "fired a, fired b");
  Fire("c");
  EXPECT_EQ(Words(Next()), "fired a, fired b") << "it waits no longer for others";
  EXPECT_EQ(Next()->Key(), parcel->Key());
}

TEST_F(OutboxTest, WithoutAWaitATickIsOneMessageAtOnce) {
  config.group_wait = milliseconds(0);
  outbox.Configure(config, now);
  Fire("a");
  Fire("b");
  EXPECT_EQ(Sent(), "fired a, fired b");
  Fire("c");
  EXPECT_EQ(Sent(), "fired c");
}

TEST_F(OutboxTest, GroupsAreMessagesOfTheirOwn) {
  config.group_by = {"name"};
  outbox.Configure(config, now);
  Fire("a");
  Fire("b");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a; fired b");
}

TEST_F(OutboxTest, AMessageHoldsOneTransitionOfAnAlert) {
  Fire("a");
  Fire("b");
  Resolve("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a, fired b; resolved a");
}

TEST_F(OutboxTest, AReceiverGetsItsMessagesInOrder) {
  Fire("a");
  Pass(seconds(5));
  const auto first = Next();
  outbox.Retry(*first, "500", {}, now);
  Resolve("a");
  Pass(milliseconds(900));
  EXPECT_EQ(Words(Next()), "") << "the first is not due yet";
  Pass(seconds(60));
  EXPECT_EQ(Words(Next()), "fired a");
  EXPECT_EQ(Next()->Key(), first->Key());
  EXPECT_EQ(Sent(), "fired a; resolved a");
}

TEST_F(OutboxTest, OneReceiverDoesNotWaitForAnother) {
  Transition both = Make("a", TransitionKind::kFired);
  both.receivers = {"ops", "chat", "gone"};
  Take(both);
  Pass(seconds(5));
  outbox.Retry(*Next("ops"), "no answer", {}, now);
  EXPECT_EQ(Sent("chat"), "fired a");
  EXPECT_EQ(Sent("ops"), "");
  EXPECT_NE(Parcel{}.Key(), "");
}

TEST_F(OutboxTest, AReceiverThatIsGoneLosesItsParcels) {
  Fire("a");
  Pass(seconds(5));
  const auto parcel = Next();
  config.receivers.erase(config.receivers.begin());
  outbox.Configure(config, now);
  EXPECT_FALSE(outbox.Delivered(*parcel)) << "its try came too late";
  EXPECT_EQ(outbox.depth(), 0U);
  EXPECT_EQ(outbox.dropped().size(), 1U);
  Resolve("a");
  Write();
  EXPECT_TRUE(disk.standings.empty());
}

TEST_F(OutboxTest, TheOldestIsFoundAmongAllReceivers) {
  EXPECT_FALSE(outbox.oldest());
  const MonoTime first = now.mono;
  Fire("a");
  Pass(std::chrono::seconds(10));
  Transition second = Make("b", TransitionKind::kFired);
  second.receivers = {"chat"};
  Take(second);
  EXPECT_EQ(outbox.oldest(), first);
  ASSERT_EQ(Sent("ops"), "fired a");
  EXPECT_EQ(outbox.oldest(), first + std::chrono::seconds(10));
}

TEST_F(OutboxTest, TheDroppedListIsBounded) {
  config.group_wait = milliseconds(0);
  outbox.Configure(config, now);
  for (int i = 0; i < 150; ++i) {
    Fire("a" + std::to_string(i));
    outbox.Refused(*Next(), "HTTP 400", now);
  }
  Write();
  EXPECT_EQ(outbox.dropped().size(), Outbox::kKeptDropped);
  EXPECT_EQ(disk.parcels.size(), Outbox::kKeptDropped);
}

}  // namespace
}  // namespace plimsoll::alerting
