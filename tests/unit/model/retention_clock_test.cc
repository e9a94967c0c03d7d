#include "model/retention_clock.h"

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

using namespace std::chrono_literals;

const WallTime kBegin{1'700'000'000s};

TEST(RetentionClockTest, FollowsTheWallAndItsSmallSteps) {
  RetentionClock clock;
  clock.Follow(kBegin, 0s);
  EXPECT_EQ(clock.now(), kBegin);
  clock.Follow(kBegin + 10s, 10s);
  EXPECT_EQ(clock.now(), kBegin + 10s);
  clock.Follow(kBegin + 30min, 10s);
  EXPECT_EQ(clock.now(), kBegin + 30min);
  clock.Follow(kBegin - 30min, 10s);
  EXPECT_EQ(clock.now(), kBegin - 30min);
}

TEST(RetentionClockTest, ALeapThatDoesNotLastIsNoTime) {
  RetentionClock clock;
  clock.Follow(kBegin, 0s);
  clock.Follow(kBegin + 24h * 365, 5s);
  EXPECT_EQ(clock.now(), kBegin + 5s);
  clock.Follow(kBegin + 10s, 5s);
  EXPECT_EQ(clock.now(), kBegin + 10s);
  clock.Follow(kBegin - 24h * 365, 5s);
  EXPECT_EQ(clock.now(), kBegin - 24h * 365) << "never later than the wall";
  clock.Follow(kBegin + 20s, 5s);
  EXPECT_EQ(clock.now(), kBegin + 20s);
}

TEST(RetentionClockTest, ALeapThatLastsIsTheTime) {
  RetentionClock clock;
  clock.Follow(kBegin, 0s);
  const WallTime later = kBegin + 720h;
  clock.Follow(later, 1min);
  for (auto minute = 1min; minute < RetentionClock::kLasts; minute += 1min) {
    clock.Follow(later + minute, 1min);
    EXPECT_LT(clock.now(), later);
  }
  clock.Follow(later + 1h, 1min);
  EXPECT_EQ(clock.now(), later + 1h);
  EXPECT_FALSE(clock.calm());
  for (auto minute = 1min; minute <= 60min; minute += 1min) clock.Follow(later + 1h + minute, 1min);
  EXPECT_TRUE(clock.calm());
}

TEST(RetentionClockTest, ADoubtfulTimeThatLeapsAgainBeginsItsHourAnew) {
  RetentionClock clock;
  clock.Follow(kBegin, 0s);
  for (int i = 1; i <= 50; ++i) clock.Follow(kBegin + 1000h + i * 1min, 1min);
  for (int i = 51; i <= 100; ++i) clock.Follow(kBegin + 9000h + i * 1min, 1min);
  EXPECT_EQ(clock.now(), kBegin + 100min);
}

}  // namespace
}  // namespace plimsoll
