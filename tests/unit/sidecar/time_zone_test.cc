#include "alerting/sidecar/time_zone.h"

#include <gtest/gtest.h>

#include <string>

#include "model/timestamp.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

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
  return zone ? zone->OffsetAt(*ParseTimestamp(at)) : std::chrono::seconds(1);
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

}  // namespace
}  // namespace plimsoll::alerting
