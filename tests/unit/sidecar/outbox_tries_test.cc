#include <vector>

#include "unit/sidecar/outbox_fixture.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using OutboxTriesTest = OutboxTest;

TEST_F(OutboxTriesTest, PausesDoubleUpToFiveMinutes) {
  Fire("a");
  Pass(seconds(5));
  std::vector<int64_t> pauses;
  for (int i = 0; i < 12; ++i) {
    outbox.Retry(*Next(), "500", {}, now);
    const auto pause = std::chrono::duration_cast<milliseconds>(*outbox.WakeAt("ops") - now.mono);
    pauses.push_back(pause.count());
    Pass(pause);
  }
  EXPECT_EQ(pauses, (std::vector<int64_t>{1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000, 300000,
                                          300000, 300000}));
}

TEST_F(OutboxTriesTest, PausesDifferByChance) {
  Fire("a");
  Pass(seconds(5));
  die = 0;
  outbox.Retry(*Next(), "500", {}, now);
  EXPECT_EQ(*outbox.WakeAt("ops") - now.mono, milliseconds(800));
  Pass(seconds(1));
  die = 0.999999;
  outbox.Retry(*Next(), "500", {}, now);
  EXPECT_GE(*outbox.WakeAt("ops") - now.mono, milliseconds(2399));
}

TEST_F(OutboxTriesTest, RetryAfterIsHonouredWithinAnHour) {
  Fire("a");
  Pass(seconds(5));
  outbox.Retry(*Next(), "429", seconds(90), now);
  EXPECT_EQ(*outbox.WakeAt("ops") - now.mono, seconds(90));
  Pass(seconds(90));
  outbox.Retry(*Next(), "429", seconds(999'999), now);
  EXPECT_EQ(*outbox.WakeAt("ops") - now.mono, hours(1));
}

// The clock is set while Plimsoll is away.
TEST_F(OutboxTriesTest, AfterARestartItWaitsNoLongerThanItsPauseWhateverTheClockSays) {
  Fire("a");
  Pass(seconds(5));
  outbox.Retry(*Next(), "500", {}, now);
  Write();
  for (const auto step : {hours(-2), hours(-24 * 400), hours(0), hours(2), hours(24 * 400)}) {
    TimePoint later{now.wall + step, MonoTime(hours(3))};
    Outbox after([] { return 0.5; });
    after.Restore(disk.Rows(), later);
    after.Configure(config, later);
    ASSERT_TRUE(after.WakeAt("ops"));
    EXPECT_LE(*after.WakeAt("ops") - later.mono, milliseconds(1200)) << step.count();
    later.mono += milliseconds(1200);
    const auto parcel = after.Next("ops", later);
    EXPECT_EQ(Words(parcel), "fired a") << "given up without a try, " << step.count();
  }
}

// A receiver that failed for long, and a program that crashes once a minute.
TEST_F(OutboxTriesTest, RestartsThatFollowOneAnotherDoNotKeepItFromBeingTried) {
  Fire("a");
  Pass(seconds(5));
  for (int i = 0; i < 12; ++i) {
    outbox.Retry(*Next(), "500", {}, now);
    Pass(hours(1));
  }
  outbox.Retry(*Next(), "429", seconds(3600), now);
  Write();
  for (int life = 0; life < 3; ++life) {
    Pass(seconds(50));
    Outbox after([] { return 0.5; });
    after.Restore(disk.Rows(), now);
    after.Configure(config, now);
    Pass(seconds(10));
    const auto parcel = after.Next("ops", now);
    ASSERT_EQ(Words(parcel), "fired a") << "in life " << life;
    after.Retry(*parcel, "500", {}, now);
    disk.Take(after.TakeRows(Mute()));
  }
}

TEST_F(OutboxTriesTest, WhatIsTooOldIsGivenUpAndListed) {
  config.receivers[0].max_age = hours(1);
  outbox.Configure(config, now);
  Fire("a");
  Pass(seconds(5));
  while (const auto parcel = Next()) {
    outbox.Retry(*parcel, "HTTP 500", {}, now);
    if (const auto wake = outbox.WakeAt("ops"))
      Pass(std::chrono::duration_cast<milliseconds>(*wake - now.mono));
  }
  EXPECT_EQ(outbox.depth(), 0U);
  ASSERT_EQ(outbox.dropped().size(), 1U);
  EXPECT_NE(outbox.dropped()[0].last_error.find("HTTP 500"), std::string::npos);
  EXPECT_EQ(outbox.given_up().at("ops").parcels, 1U);
  EXPECT_EQ(outbox.given_up().at("ops").last_error, outbox.dropped()[0].last_error);
  Write();
  EXPECT_TRUE(disk.parcels.begin()->second.dropped);
}

// It would be given up only after the hour for which the receiver asks.
TEST_F(OutboxTriesTest, WhatWasTooOldBeforeARestartIsGivenUpWithTheTryThatFollows) {
  config.receivers[0].max_age = hours(1);
  Fire("a");
  Pass(seconds(5));
  outbox.Retry(*Next(), "HTTP 500", {}, now);
  Write();
  Pass(hours(2));
  Outbox after([] { return 0.5; });
  after.Restore(disk.Rows(), now);
  after.Configure(config, now);
  const auto parcel = after.Next("ops", now);
  ASSERT_EQ(Words(parcel), "fired a");
  after.Retry(*parcel, "HTTP 429", hours(1), now);
  EXPECT_EQ(after.depth(), 0U);
  ASSERT_EQ(after.dropped().size(), 1U);
  EXPECT_NE(after.dropped()[0].last_error.find("HTTP 429"), std::string::npos);
}

TEST_F(OutboxTriesTest, ARecoveryThatIsRefusedIsOverAllTheSame) {
  Fire("a");
  Pass(seconds(5));
  ASSERT_EQ(Sent(), "fired a");
  Resolve("a");
  Pass(seconds(5));
  outbox.Refused(*Next(), "HTTP 404", now);
  Write();
  EXPECT_TRUE(disk.standings.empty());
}

}  // namespace
}  // namespace plimsoll::alerting
