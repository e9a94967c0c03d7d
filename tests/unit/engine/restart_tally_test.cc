#include "alerting/engine/restart_tally.h"

#include <gtest/gtest.h>

namespace plimsoll::alerting {
namespace {

using std::chrono::seconds;

class RestartTallyTest : public testing::Test {
 protected:
  // Ten seconds on.
  uint64_t Take() { return tally.Take(now += seconds(10)); }

  MonoTime now{std::chrono::hours(1)};
  RestartTally tally;
};

TEST_F(RestartTallyTest, WhatAllTellAtOnceCountsOnce) {
  tally.Tell(RestartTally::kStartEvent, 2);
  tally.Tell(RestartTally::kNewCgroup, 1);
  tally.Tell(RestartTally::kRuntimeCount, 2);
  EXPECT_EQ(Take(), 2U);
  EXPECT_EQ(Take(), 0U);
}

TEST_F(RestartTallyTest, WhatIsToldATickLaterCountsOnce) {
  tally.Tell(RestartTally::kStartEvent, 1);
  EXPECT_EQ(Take(), 1U);
  tally.Tell(RestartTally::kNewCgroup, 1);
  EXPECT_EQ(Take(), 0U);
  tally.Tell(RestartTally::kRuntimeCount, 1);
  tally.Tell(RestartTally::kStartEvent, 1);
  EXPECT_EQ(Take(), 1U) << "another one";
}

TEST_F(RestartTallyTest, AStartAfterTheRuntimeCountedIsAnotherRestart) {
  tally.Tell(RestartTally::kRuntimeCount, 2);
  EXPECT_EQ(Take(), 2U);
  tally.Tell(RestartTally::kNewCgroup, 1);
  EXPECT_EQ(Take(), 1U);
}

TEST_F(RestartTallyTest, OneWitnessIsEnough) {
  for (int i = 0; i < 5; ++i) {
    tally.Tell(RestartTally::kRuntimeCount, 1);
    EXPECT_EQ(Take(), 1U);
  }
}

TEST_F(RestartTallyTest, WhatWasNeverToldTwiceHidesNothingLater) {
  tally.Tell(RestartTally::kStartEvent, 1);  // by hand: the runtime's policy does not count it
  EXPECT_EQ(Take(), 1U);
  Take();
  Take();
  tally.Tell(RestartTally::kRuntimeCount, 1);
  EXPECT_EQ(Take(), 1U);
}

}  // namespace
}  // namespace plimsoll::alerting
