#include "config/duration.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace plimsoll {
namespace {

using std::chrono::milliseconds;

// Milliseconds, or -1 when refused.
int64_t Parse(std::string_view text) {
  const Result<milliseconds> duration = ParseDuration(text);
  return duration ? duration->count() : -1;
}

TEST(ParseDurationTest, KnowsEveryUnit) {
  EXPECT_EQ(Parse("500ms"), 500);
  EXPECT_EQ(Parse("10s"), 10'000);
  EXPECT_EQ(Parse("5m"), 300'000);
  EXPECT_EQ(Parse("4h"), 14'400'000);
  EXPECT_EQ(Parse("7d"), 604'800'000);
  EXPECT_EQ(Parse("2w"), Parse("14d"));
  EXPECT_EQ(Parse("1y"), Parse("365d"));
}

TEST(ParseDurationTest, AddsUnitsFromLargeToSmall) {
  EXPECT_EQ(Parse("1h30m"), 5'400'000);
  EXPECT_EQ(Parse("1m500ms"), 60'500);
  EXPECT_EQ(Parse("1y2w3d4h5m6s7ms"), Parse("365d") + Parse("17d") + 4 * 3'600'000 + 5 * 60'000 + 6'007);
  EXPECT_EQ(Parse("90m"), Parse("1h30m"));
}

TEST(ParseDurationTest, ZeroNeedsNoUnit) {
  EXPECT_EQ(Parse("0"), 0);
  EXPECT_EQ(Parse("0s"), 0);
  EXPECT_EQ(Parse("0d0h0ms"), 0);
}

TEST(ParseDurationTest, RefusesWhatIsNoDuration) {
  for (const char* text :
       {"",       " ",     "10",   "00",  "s",    "10 s",      " 10s",      "10s ", "-1s",
        "+1s",    "1.5s",  "1,5s", "10S", "1min", "10sec",     "1s1s",      "1s1m", "1ms1s",
        "1h 30m", "0x10s", "1e3s", "s10", "10s5", "\xc2\xb5s", "1\xc2\xb5s"})
    EXPECT_EQ(Parse(text), -1) << text;
  EXPECT_EQ(Parse(std::string_view("1s\0", 3)), -1);
}

TEST(ParseDurationTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(Parse("9223372036854775807ms"), INT64_MAX);
  EXPECT_EQ(Parse("9223372036854775808ms"), -1);    // the number
  EXPECT_EQ(Parse("9223372036854775807s"), -1);     // times its unit
  EXPECT_EQ(Parse("1s9223372036854775807ms"), -1);  // the sum
}

TEST(ParseDurationTest, SaysWhatIsWrong) {
  EXPECT_EQ(ParseDuration("10").error().message,
            "the unit is missing; write ms, s, m, h, d, w or y after the number");
  EXPECT_EQ(ParseDuration("1s1m").error().message,
            "units must go from large to small, each once, such as 1h30m");
}

TEST(FormatDurationTest, IsReadBackAsTheSame) {
  for (const int64_t count :
       {0LL, 1LL, 999LL, 1'000LL, 60'000LL, 90'061'007LL, 86'400'000LL, 604'800'000LL, 3'600'500LL})
    EXPECT_EQ(Parse(FormatDuration(milliseconds(count))), count);
}

TEST(FormatDurationTest, IsShort) {
  EXPECT_EQ(FormatDuration(milliseconds(0)), "0s");
  EXPECT_EQ(FormatDuration(milliseconds(300'000)), "5m");
  EXPECT_EQ(FormatDuration(milliseconds(5'400'000)), "1h30m");
  EXPECT_EQ(FormatDuration(milliseconds(604'800'000)), "7d");
}

}  // namespace
}  // namespace plimsoll
