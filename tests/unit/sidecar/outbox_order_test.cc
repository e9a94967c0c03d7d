// What a message that fails holds up, and what it does not.

#include "unit/sidecar/outbox_fixture.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class OutboxOrderTest : public OutboxTest {
 protected:
  // What is sent until `most` time has passed: a try fails when its words hold `bad`. "fired a: no; fired b:
  // ok"
  std::string Run(std::chrono::nanoseconds most, const std::string& bad,
                  Outbox::Fault fault = Outbox::Fault::kMessage) {
    std::string words;
    const MonoTime end = now.mono + most;
    while (now.mono < end) {
      const auto parcel = Next();
      if (!parcel) {
        const MonoTime wake = outbox.WakeAt("ops").value_or(end);
        Pass(std::chrono::ceil<milliseconds>(std::min(wake, end) - now.mono));
        continue;
      }
      const bool fails = Words(parcel).find(bad) != std::string::npos;
      words += (words.empty() ? "" : "; ") + Words(parcel) + (fails ? ": no" : ": ok");
      ++tries;
      if (fails) {
        outbox.Retry(*parcel, "HTTP 500", {}, now, fault);
      } else {
        outbox.Delivered(*parcel);
      }
    }
    return words;
  }
  size_t tries = 0;
};

TEST_F(OutboxOrderTest, AMessageThatAlwaysFailsHoldsUpNoOtherAlert) {
  Fire("bad");
  EXPECT_EQ(Run(seconds(6), "bad"), "fired bad: no");
  Fire("b");
  EXPECT_NE(Run(seconds(6), "bad").find("fired b: ok"), std::string::npos);
  Run(hours(2), "bad");
  Fire("c");
  EXPECT_NE(Run(seconds(6), "bad").find("fired c: ok"), std::string::npos)
      << "whatever the pause of the first";
  EXPECT_EQ(outbox.depth(), 1U);
}

TEST_F(OutboxOrderTest, SeveralThatAlwaysFailHoldUpOthersForAMinuteAtMost) {
  for (int i = 0; i < 20; ++i) {
    Fire("bad-" + std::to_string(i));
    Pass(seconds(5));
    Next();  // nothing joins it any more
  }
  Run(hours(2), "bad");
  ASSERT_EQ(outbox.depth(), 20U);
  Fire("b");
  EXPECT_NE(Run(seconds(80), "bad").find("fired b: ok"), std::string::npos);
}

TEST_F(OutboxOrderTest, WhatFollowsAboutTheSameAlertWaits) {
  Fire("bad");
  Run(seconds(6), "bad");
  Resolve("bad");
  Fire("b");
  const std::string words = Run(minutes(10), "fired bad");
  EXPECT_EQ(words.find("resolved"), std::string::npos) << words;
  EXPECT_NE(words.find("fired b: ok"), std::string::npos) << "it is in no message with what waits: " << words;
  EXPECT_EQ(Run(minutes(10), "-"), "fired bad: ok; resolved bad: ok");
}

// To a person and to Alertmanager the two are one: an end that came late would end the second.
TEST_F(OutboxOrderTest, TheNextAlertOfTheSameRuleAndContainerWaitsForTheEndOfTheOneBefore) {
  Fire("web");
  Run(seconds(6), "-");
  Resolve("web");
  Run(seconds(6), "resolved");
  Fire("web#2");
  Fire("b");
  const std::string words = Run(minutes(10), "resolved");
  EXPECT_EQ(words.find("fired web#2"), std::string::npos) << words;
  EXPECT_NE(words.find("fired b: ok"), std::string::npos) << words;
  EXPECT_EQ(Run(minutes(10), "-"), "resolved web: ok; fired web#2: ok");
}

TEST_F(OutboxOrderTest, AReceiverThatFailsIsNotAskedForEveryMessageThatWaits) {
  for (int i = 0; i < 100; ++i) {
    Fire("a" + std::to_string(i));
    Pass(seconds(5));
    Next();
  }
  Run(hours(1), "fired");
  EXPECT_LT(tries, 75U) << "about one a minute";
  tries = 0;
  Run(minutes(10), "-");
  EXPECT_EQ(outbox.depth(), 0U);
}

TEST_F(OutboxOrderTest, WithoutAConnectionNothingElseIsTried) {
  Fire("a");
  Pass(seconds(5));
  outbox.Retry(*Next(), "no connection", {}, now, Outbox::Fault::kReceiver);
  Fire("b");
  Pass(milliseconds(900));
  EXPECT_EQ(Words(Next()), "");
  Pass(seconds(5));
  EXPECT_EQ(Run(hours(1), "fired a", Outbox::Fault::kReceiver).find("fired b"), std::string::npos);
  EXPECT_LT(tries, 25U);
  EXPECT_EQ(Run(minutes(6), "-"), "fired a: ok; fired b: ok");
}

TEST_F(OutboxOrderTest, WhatComesWhileAReceiverIsLeftAloneIsOneMessage) {
  Fire("a");
  Pass(seconds(5));
  outbox.Retry(*Next(), "no connection", seconds(600), now, Outbox::Fault::kReceiver);
  for (const char* alert : {"b", "c", "d"}) {
    Fire(alert);
    Pass(seconds(60));
    EXPECT_EQ(Sent(), "");
  }
  Resolve("b");
  Pass(seconds(600));
  EXPECT_EQ(Sent(), "fired a; fired b, fired c, fired d; resolved b");
}

TEST_F(OutboxOrderTest, WhoAsksToWaitIsLeftAloneWithEveryMessage) {
  Fire("a");
  Pass(seconds(5));
  outbox.Retry(*Next(), "HTTP 503", seconds(90), now);
  Fire("b");
  Pass(seconds(89));
  EXPECT_EQ(Words(Next()), "");
  Pass(seconds(1));
  EXPECT_EQ(Sent(), "fired a; fired b");
}

TEST_F(OutboxOrderTest, PagerDutyGetsEachAlertByItself) {
  config.receivers[0].type = ReceiverType::kPagerduty;
  outbox.Configure(config, now);
  for (const char* alert : {"a", "b", "c", "d"}) Fire(alert);
  Pass(seconds(5));
  for (const char* told : {"fired a", "fired b"}) {
    const auto parcel = Next();
    EXPECT_EQ(Words(parcel), told);
    outbox.Delivered(*parcel);
  }
  const auto limited = Next();
  EXPECT_EQ(Words(limited), "fired c");
  outbox.Retry(*limited, "HTTP 429", {}, now, Outbox::Fault::kReceiver);
  EXPECT_EQ(Words(Next()), "");
  Pass(seconds(2));
  const auto refused = Next();
  EXPECT_EQ(Words(refused), "fired c") << "what was taken is not sent again";
  outbox.Refused(*refused, "HTTP 400", now);
  EXPECT_EQ(Sent(), "fired d") << "one that is refused takes no other along";
  for (const char* alert : {"a", "b", "c", "d"}) Resolve(alert);
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "resolved a; resolved b; resolved d");
}

}  // namespace
}  // namespace plimsoll::alerting
