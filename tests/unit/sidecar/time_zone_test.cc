#include "alerting/sidecar/time_zone.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>

#include "model/timestamp.h"
#include "text_file.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

WallTime At(const std::string& text) { return *ParseTimestamp(text); }

// A time zone file that has no table, only the rule for what comes after it.
std::string FileOf(const std::string& rule) {
  const auto number = [](uint32_t n) {
    return std::string{static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
                       static_cast<char>(n)};
  };
  std::string block = "TZif2" + std::string(15, '\0');
  for (const uint32_t count : {0u, 0u, 0u, 0u, 1u, 4u}) block += number(count);
  block += std::string(6, '\0') + std::string("LMT\0", 4);
  return block + block + "\n" + rule + "\n";
}

std::chrono::seconds Offset(const std::string& rule, const std::string& at) {
  const auto zone = TimeZone::Parse(FileOf(rule));
  EXPECT_TRUE(zone) << rule;
  return zone ? zone->OffsetAt(At(at)) : std::chrono::seconds(1);
}

TEST(TimeZoneRuleTest, JulianDaysNeverCountThe29thOfFebruary) {
  const std::string rule = "EST5EDT,J60/0,J300/0";  // day 60 is 1 March in every year
  EXPECT_EQ(Offset(rule, "2026-03-01T04:59:59Z"), -hours(5));
  EXPECT_EQ(Offset(rule, "2026-03-01T05:00:00Z"), -hours(4));
  EXPECT_EQ(Offset(rule, "2028-02-29T12:00:00Z"), -hours(5));
  EXPECT_EQ(Offset(rule, "2028-03-01T05:00:00Z"), -hours(4));
  EXPECT_EQ(Offset(rule, "2028-10-27T03:59:59Z"), -hours(4));
  EXPECT_EQ(Offset(rule, "2028-10-27T04:00:00Z"), -hours(5));
  EXPECT_EQ(Offset("EST5EDT,J59/0,J300/0", "2028-02-28T05:00:00Z"), -hours(4)) << "before the leap day";
}

TEST(TimeZoneRuleTest, DaysThatCountFromZeroCountTheLeapDay) {
  const std::string rule = "EST5EDT,59/0,299/0";
  EXPECT_EQ(Offset(rule, "2026-03-01T05:00:00Z"), -hours(4));
  EXPECT_EQ(Offset(rule, "2026-03-01T04:59:59Z"), -hours(5));
  EXPECT_EQ(Offset(rule, "2028-02-29T05:00:00Z"), -hours(4));
}

TEST(TimeZoneRuleTest, NamesMayBeNumbersAndOffsetsHaveMinutesAndSigns) {
  EXPECT_EQ(Offset("<+0330>-3:30", "2026-07-01T00:00:00Z"), minutes(210));
  EXPECT_EQ(Offset("<-0930>9:30:00", "2026-07-01T00:00:00Z"), -minutes(570));
  EXPECT_EQ(Offset("ABC+1", "2026-07-01T00:00:00Z"), -hours(1));
  EXPECT_EQ(Offset("LHST-10:30LHDT-11,M10.1.0,M4.1.0", "2026-01-01T00:00:00Z"), hours(11))
      << "summer time half an hour ahead";
  EXPECT_EQ(Offset("LHST-10:30LHDT-11,M10.1.0,M4.1.0", "2026-07-01T00:00:00Z"), minutes(630));
}

TEST(TimeZoneRuleTest, WithoutARuleTheLastOffsetHolds) {
  EXPECT_EQ(Offset("", "2026-07-01T00:00:00Z"), hours(0));
}

TEST(TimeZoneRuleTest, RefusesEveryRuleThatIsNone) {
  for (const char* rule : {"5",
                           "EST",
                           "<EST5",
                           "EST5:",
                           "EST5:0:",
                           "EST168",
                           "EST5EDT",
                           "EST5EDTx",
                           "EST5EDT,M3.2.0",
                           "EST5EDT,M3.2.0,",
                           "EST5EDT,M13.2.0,M11.1.0",
                           "EST5EDT,M3.6.0,M11.1.0",
                           "EST5EDT,M3.2.7,M11.1.0",
                           "EST5EDT,M3.2,M11.1.0",
                           "EST5EDT,M3,M11.1.0",
                           "EST5EDT,M,M11.1.0",
                           "EST5EDT,J,J300",
                           "EST5EDT,J366,J300",
                           "EST5EDT,x,J300",
                           "EST5EDT,J60/,J300",
                           "EST5EDT,J60,J300,",
                           "EST5EDT+,J60,J300"})
    EXPECT_FALSE(TimeZone::Parse(FileOf(rule))) << rule;
}

TEST(TimeZoneRuleTest, RefusesAFileWhoseCountsCannotBe) {
  const std::string whole = FileOf("UTC0");
  ASSERT_TRUE(TimeZone::Parse(whole));
  std::string without_types = whole;
  const size_t second = whole.rfind("TZif");
  without_types[second + 39] = 0;
  EXPECT_FALSE(TimeZone::Parse(without_types));
  std::string endless = whole;
  endless[second + 32] = 0x7f;
  EXPECT_FALSE(TimeZone::Parse(endless));
  std::string first_version = whole;
  first_version[4] = '\0';
  EXPECT_FALSE(TimeZone::Parse(first_version));
  EXPECT_FALSE(TimeZone::Parse(whole.substr(0, whole.size() - 1)));
  EXPECT_FALSE(TimeZone::Parse(std::string(300'000, 'x')));
}

TEST(TimeZoneTest, NamesThatLeaveTheHostsFolderAreRefused) {
  for (const char* name : {"", "/etc/localtime", "../../../etc/passwd", "Nowhere/Land", "Europe"})
    EXPECT_FALSE(TimeZone::Load(name)) << name;
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

}  // namespace
}  // namespace plimsoll::alerting
