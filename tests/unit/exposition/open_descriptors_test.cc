#include "exporter/exposition/open_descriptors.h"

#include <gtest/gtest.h>

namespace plimsoll::exposition {
namespace {

using std::chrono::minutes;

int counts = 0;
std::optional<double> Unknown() { return std::nullopt; }
std::optional<double> CountUp() { return ++counts; }

TEST(OpenDescriptorsTest, TellsOfThisProcess) {
  OpenDescriptors open_ones;
  const auto before = open_ones.At({});
  ASSERT_TRUE(before);
  EXPECT_GE(*before, 3);
}

TEST(OpenDescriptorsTest, WhereTheKernelKnowsNothingIsCounted) {
  counts = 0;
  OpenDescriptors open_ones([]() -> std::optional<double> { return 7; }, &CountUp);
  EXPECT_EQ(open_ones.At({}), 7);
  EXPECT_EQ(counts, 0);
}

TEST(OpenDescriptorsTest, WhereItDoesNotTheyAreCountedEveryFiveMinutes) {
  counts = 0;
  OpenDescriptors open_ones(&Unknown, &CountUp);
  const MonoTime start{};
  EXPECT_EQ(open_ones.At(start), 1);
  EXPECT_EQ(open_ones.At(start + minutes(4)), 1);
  EXPECT_EQ(open_ones.At(start + minutes(5)), 2);
  EXPECT_EQ(open_ones.At(start + minutes(9)), 2);
}

TEST(OpenDescriptorsTest, UnknownIsAbsent) {
  OpenDescriptors open_ones(&Unknown, &Unknown);
  EXPECT_FALSE(open_ones.At({}));
}

}  // namespace
}  // namespace plimsoll::exposition
