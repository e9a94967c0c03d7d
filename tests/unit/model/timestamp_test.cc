#include "model/timestamp.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace plimsoll {
namespace {

WallTime At(int64_t seconds, int64_t nanoseconds = 0) {
  return WallTime(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds));
}
WallTime AtMs(int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

TEST(TimestampTest, IsUtcWithMilliseconds) {
  EXPECT_EQ(FormatTimestamp(AtMs(1795411829818)), "2026-11-23T05:30:29.818Z");
  EXPECT_EQ(FormatTimestamp(AtMs(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatTimestamp(AtMs(1709164800000)), "2024-02-29T00:00:00.000Z");
}

TEST(TimestampTest, RoundsDownAlsoBefore1970) {
  EXPECT_EQ(FormatTimestamp(AtMs(1) + std::chrono::nanoseconds(999'999)), "1970-01-01T00:00:00.001Z");
  EXPECT_EQ(FormatTimestamp(WallTime(std::chrono::nanoseconds(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(TimestampTest, IsReadBackAsItWas) {
  for (int64_t ms = 1; ms < 7'000'000'000'000; ms = ms * 3 + 17)
    EXPECT_EQ(ParseTimestamp(FormatTimestamp(AtMs(ms))), AtMs(ms)) << ms;
}

TEST(TimestampTest, ReadsWhatEnginesWrite) {
  EXPECT_EQ(ParseTimestamp("2026-11-23T05:30:29.818642113Z"), At(1795411829, 818642113));
  EXPECT_EQ(ParseTimestamp("2026-11-23T05:30:29Z"), At(1795411829));
  EXPECT_EQ(ParseTimestamp("2026-11-23T07:30:29.5+02:00"), At(1795411829, 500000000));
  EXPECT_EQ(ParseTimestamp("2026-11-23T00:00:29-05:30"), At(1795411829));
  EXPECT_EQ(ParseTimestamp("2026-11-23T05:30:29.8186421139999Z"), At(1795411829, 818642113));
  EXPECT_EQ(ParseTimestamp("2024-02-29T00:00:00Z"), At(1709164800));
  EXPECT_EQ(ParseTimestamp("1970-01-01T00:00:00Z"), At(0));
}

TEST(TimestampTest, NeverIsNoTime) {
  EXPECT_EQ(ParseTimestamp("0001-01-01T00:00:00Z"), std::nullopt);
  EXPECT_EQ(ParseTimestamp(""), std::nullopt);
}

TEST(TimestampTest, RefusesWhatIsNoTime) {
  for (const char* text :
       {"2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T05:60:00Z",
        "2026-11-23T05:30:29", "2026-11-23T05:30:29.Z", "2026-11-23T05:30:29Zx", "2026-11-23",
        "9999-12-31T23:59:59Z", "2026-11-23T05:30:29+9:00", "2026-11-23T05:30:29+24:00", "yesterday"})
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
}

TEST(TimestampTest, CutAtEveryLengthIsRefused) {
  const std::string whole = "2026-11-23T05:30:29.818642113+02:00";
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_EQ(ParseTimestamp(whole.substr(0, length)), std::nullopt) << length;
}

}  // namespace
}  // namespace plimsoll
