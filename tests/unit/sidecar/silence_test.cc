#include "alerting/sidecar/silence.h"

#include <gtest/gtest.h>

#include "config/matcher.h"
#include "model/timestamp.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

WallTime At(const std::string& text) { return *ParseTimestamp(text); }

MaintenanceWindow Window(minutes from, minutes to, const std::string& weekdays = "1111111") {
  MaintenanceWindow window;
  window.name = "nightly";
  window.from = from;
  window.to = to;
  for (size_t day = 0; day < 7; ++day) window.weekdays.set(day, weekdays[day] == '1');
  window.timezone = "Europe/Berlin";
  return window;
}

TEST(MaintenanceTest, FollowsThePlacesClocks) {
  const TimeZone berlin = *TimeZone::Load("Europe/Berlin");
  const MaintenanceWindow window = Window(hours(2), hours(4));
  EXPECT_FALSE(IsOpen(window, berlin, At("2026-01-15T00:59:59Z")));
  EXPECT_TRUE(IsOpen(window, berlin, At("2026-01-15T01:00:00Z")));
  EXPECT_FALSE(IsOpen(window, berlin, At("2026-01-15T03:00:00Z")));
  EXPECT_TRUE(IsOpen(window, berlin, At("2026-07-15T00:00:00Z"))) << "summer: an hour earlier";
  EXPECT_FALSE(IsOpen(window, berlin, At("2026-07-15T02:00:00Z")));
}

TEST(MaintenanceTest, AnHourThatIsSkippedOrComesTwice) {
  const TimeZone berlin = *TimeZone::Load("Europe/Berlin");
  const MaintenanceWindow window = Window(hours(2), hours(3));
  for (WallTime at = At("2026-03-28T23:00:00Z"); at < At("2026-03-29T22:00:00Z"); at += minutes(1))
    ASSERT_FALSE(IsOpen(window, berlin, at));
  int open = 0;
  for (WallTime at = At("2026-10-24T22:00:00Z"); at < At("2026-10-25T23:00:00Z"); at += minutes(1))
    open += IsOpen(window, berlin, at);
  EXPECT_EQ(open, 120);
}

TEST(MaintenanceTest, OverMidnightCountsTheDayItBeginsOn) {
  const TimeZone utc = *TimeZone::Load("UTC");
  const MaintenanceWindow friday = Window(hours(22), hours(2), "0000100");
  EXPECT_TRUE(IsOpen(friday, utc, At("2026-01-16T23:00:00Z")));
  EXPECT_TRUE(IsOpen(friday, utc, At("2026-01-17T01:59:00Z")));
  EXPECT_FALSE(IsOpen(friday, utc, At("2026-01-17T02:00:00Z")));
  EXPECT_FALSE(IsOpen(friday, utc, At("2026-01-16T01:00:00Z")));
  EXPECT_FALSE(IsOpen(friday, utc, At("2026-01-17T23:00:00Z")));
  const MaintenanceWindow all_day = Window(hours(0), hours(24), "0000010");
  EXPECT_TRUE(IsOpen(all_day, utc, At("2026-01-17T23:59:59Z")));
  EXPECT_FALSE(IsOpen(all_day, utc, At("2026-01-18T00:00:00Z")));
}

TEST(SilencesTest, HoldsFromItsStartToItsEnd) {
  Silences silences;
  Silence silence;
  silence.id = 3;
  silence.matchers = {*ParseMatcher("name=web")};
  silence.starts_at = At("2026-01-01T00:00:00Z");
  silence.ends_at = At("2026-01-01T01:00:00Z");
  ASSERT_TRUE(silences.Put(silence));
  const TextPairs web{{"name", "web"}};
  EXPECT_EQ(silences.SilencedBy(web, silence.starts_at - minutes(1)), "");
  EXPECT_EQ(silences.SilencedBy(web, silence.starts_at), "silence 3");
  EXPECT_EQ(silences.SilencedBy({{"name", "db"}}, silence.starts_at), "");
  EXPECT_EQ(silences.SilencedBy(web, silence.ends_at), "");
  EXPECT_TRUE(silences.Forget(silence.ends_at + hours(1)).empty());
  EXPECT_EQ(silences.Forget(silence.ends_at + hours(121)), std::vector<int64_t>{3});
  EXPECT_TRUE(silences.All().empty());
}

TEST(SilencesTest, MaintenanceSilencesAndFaultyOnesAreTold) {
  Silences silences;
  MaintenanceWindow lost = Window(hours(0), hours(24));
  lost.timezone = "Nowhere/At_All";
  const auto faults = silences.Configure({Window(hours(0), hours(24)), lost});
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_NE(faults[0].find("Nowhere/At_All"), std::string::npos);
  EXPECT_EQ(silences.SilencedBy({}, At("2026-01-01T01:00:00Z")), "maintenance nightly");
  EXPECT_FALSE(silences.Remove(1));
}

}  // namespace
}  // namespace plimsoll::alerting
