#include "alerting/sidecar/silence.h"

#include <gtest/gtest.h>

#include <ctime>
#include <iomanip>
#include <sstream>

#include "config/matcher.h"
#include "text_file.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

WallTime At(const std::string& text) {
  std::tm when{};
  std::istringstream(text) >> std::get_time(&when, "%Y-%m-%dT%H:%M:%SZ");
  return WallTime(std::chrono::seconds(::timegm(&when)));
}

LabelMatchers Compiled(std::initializer_list<const char*> texts) {
  std::vector<LabelMatcher> matchers;
  for (const char* text : texts) matchers.push_back(*ParseMatcher(text));
  return *LabelMatchers::Compile(matchers);
}

TEST(LabelMatchersTest, AllMustHold) {
  const TextPairs labels{{"alertname", "CpuHigh"}, {"name", "web-1"}};
  EXPECT_TRUE(Compiled({"alertname=CpuHigh", "name=~\"web-.*\""}).Match(labels));
  EXPECT_FALSE(Compiled({"alertname=CpuHigh", "name!~\"web-.*\""}).Match(labels));
  EXPECT_FALSE(Compiled({"alertname!=CpuHigh"}).Match(labels));
  EXPECT_TRUE(Compiled({}).Match(labels));
}

TEST(LabelMatchersTest, ARegexIsAnchoredAtBothEnds) {
  EXPECT_FALSE(Compiled({"name=~\"web\""}).Match({{"name", "web-1"}}));
  EXPECT_FALSE(Compiled({"name=~\"b-1\""}).Match({{"name", "web-1"}}));
  EXPECT_FALSE(Compiled({"name=~\"a|web\""}).Match({{"name", "webx"}}));
}

TEST(LabelMatchersTest, ALabelThatIsNotThereIsEmpty) {
  EXPECT_TRUE(Compiled({"pod=\"\""}).Match({{"name", "web"}}));
  EXPECT_TRUE(Compiled({"pod!=x"}).Match({{"name", "web"}}));
  EXPECT_FALSE(Compiled({"pod=~\".+\""}).Match({{"name", "web"}}));
}

// Hangs where paths are tried one by one.
TEST(LabelMatchersTest, ARegexThatBranchesWithoutEndIsBounded) {
  const std::string text(1000, 'a');
  EXPECT_FALSE(Compiled({"name=~\"(a+)+b\""}).Match({{"name", text}}));
  EXPECT_TRUE(Compiled({"name=~\"(a|aa)+\""}).Match({{"name", text}}));
}

TEST(LabelMatchersTest, ARegexThatRefersBackIsRefused) {
  EXPECT_FALSE(LabelMatchers::Compile({{"name", LabelMatcher::Op::kRegex, "(a)\\1"}}));
  EXPECT_FALSE(LabelMatchers::Compile({{"name", LabelMatcher::Op::kRegex, "(a"}}));
  EXPECT_FALSE(
      LabelMatchers::Compile(std::vector<LabelMatcher>(33, {"name", LabelMatcher::Op::kEqual, "a"})));
}

TEST(TimeZoneTest, SummerTimeBeginsAndEnds) {
  const TimeZone berlin = *TimeZone::Load("Europe/Berlin");
  EXPECT_EQ(berlin.OffsetAt(At("2026-03-29T00:59:59Z")), hours(1));
  EXPECT_EQ(berlin.OffsetAt(At("2026-03-29T01:00:00Z")), hours(2));
  EXPECT_EQ(berlin.OffsetAt(At("2026-10-25T00:59:59Z")), hours(2));
  EXPECT_EQ(berlin.OffsetAt(At("2026-10-25T01:00:00Z")), hours(1));
  EXPECT_EQ(berlin.OffsetAt(At("2060-07-01T00:00:00Z")), hours(2)) << "beyond every table";
  EXPECT_EQ(berlin.OffsetAt(At("2060-01-01T00:00:00Z")), hours(1));
}

TEST(TimeZoneTest, OddPlaces) {
  EXPECT_EQ(TimeZone::Load("Asia/Kolkata")->OffsetAt(At("2026-06-01T00:00:00Z")), minutes(330));
  EXPECT_EQ(TimeZone::Load("America/New_York")->OffsetAt(At("2026-07-01T00:00:00Z")), -hours(4));
  const TimeZone sydney = *TimeZone::Load("Australia/Sydney");  // summer spans the new year
  EXPECT_EQ(sydney.OffsetAt(At("2050-01-01T00:00:00Z")), hours(11));
  EXPECT_EQ(sydney.OffsetAt(At("2050-07-01T00:00:00Z")), hours(10));
  EXPECT_EQ(TimeZone::Load("UTC")->OffsetAt(At("2026-07-01T00:00:00Z")), hours(0));
}

// libc knows them all: every place, every 5 days and 7 hours of 30 years.
TEST(TimeZoneTest, AgreesWithLibc) {
  const char* before = ::getenv("TZ");
  const std::string kept = before ? before : "";
  for (const char* name :
       {"Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/Sao_Paulo",
        "Africa/Casablanca", "Africa/Cairo", "Asia/Tehran", "Asia/Jerusalem", "Asia/Gaza",
        "Australia/Lord_Howe", "Pacific/Chatham", "America/Santiago", "America/Nuuk", "Antarctica/Troll",
        "Asia/Kathmandu", "Pacific/Kiritimati"}) {
    const auto zone = TimeZone::Load(name);
    ASSERT_TRUE(zone) << zone.error().message;
    ::setenv("TZ", name, 1);
    ::tzset();
    for (WallTime at = At("2015-01-01T00:00:00Z"); at < At("2045-01-01T00:00:00Z"); at += hours(127)) {
      const time_t second = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
      std::tm local{};
      ::localtime_r(&second, &local);
      ASSERT_EQ(zone->OffsetAt(at).count(), local.tm_gmtoff) << name << " at " << second;
    }
  }
  before ? ::setenv("TZ", kept.c_str(), 1) : ::unsetenv("TZ");
  ::tzset();
}

TEST(TimeZoneTest, AFileCutAnywhereIsRefused) {
  const std::string whole = ReadText("/usr/share/zoneinfo/Europe/Berlin");
  ASSERT_TRUE(TimeZone::Parse(whole));
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(TimeZone::Parse(whole.substr(0, length))) << length;
  EXPECT_FALSE(TimeZone::Load("../passwd"));
  EXPECT_FALSE(TimeZone::Load("Nowhere/At_All"));
}

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
