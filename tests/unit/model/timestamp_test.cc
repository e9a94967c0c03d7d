#include "model/timestamp.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

WallTime AtMs(int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

TEST(TimestampTextTest, IsUtcWithMilliseconds) {
  EXPECT_EQ(FormatTimestamp(AtMs(1795411829818)), "2026-11-23T05:30:29.818Z");
  EXPECT_EQ(FormatTimestamp(AtMs(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatTimestamp(AtMs(1709164800000)), "2024-02-29T00:00:00.000Z");
}

TEST(TimestampTextTest, RoundsDownAlsoBefore1970) {
  EXPECT_EQ(FormatTimestamp(AtMs(1) + std::chrono::nanoseconds(999'999)), "1970-01-01T00:00:00.001Z");
  EXPECT_EQ(FormatTimestamp(WallTime(std::chrono::nanoseconds(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(TimestampTextTest, IsReadBackAsItWas) {
  for (int64_t ms = 1; ms < 7'000'000'000'000; ms = ms * 3 + 17)
    EXPECT_EQ(ParseTimestamp(FormatTimestamp(AtMs(ms))), AtMs(ms)) << ms;
}

}  // namespace
}  // namespace plimsoll
