#include "rollup/bucket.h"

#include <gtest/gtest.h>

#include <random>

namespace plimsoll::rollup {
namespace {

Reading At(uint64_t elapsed_ms, uint64_t cpu_us, Figure memory) {
  Reading r;
  r.container = 1;
  r.elapsed_ms = elapsed_ms;
  r.cpu_us = cpu_us;
  r.memory_bytes = memory;
  return r;
}

TEST(BucketTest, KeepsAverageLeastGreatestAndLast) {
  Bucket b;
  b.Add(At(10'000, 1'000'000, 4096));   // 10 %
  b.Add(At(10'000, 9'000'000, 12288));  // 90 %
  b.Add(At(10'000, 2'000'000, 8192));   // 20 %
  EXPECT_EQ(b.samples, 3u);
  EXPECT_EQ(b.covered_ms, 30'000u);
  EXPECT_EQ(b.cpu_us, 12'000'000u);
  EXPECT_DOUBLE_EQ(*b.CpuPercent(), 40);
  EXPECT_EQ(b.cpu_min, 1000u);
  EXPECT_EQ(b.cpu_max, 9000u);
  EXPECT_EQ(b.cpu_last, 2000u);
  EXPECT_EQ(b.memory_average, 8192u);
  EXPECT_EQ(b.memory_min, 4096u);
  EXPECT_EQ(b.memory_max, 12288u);
  EXPECT_EQ(b.memory_last, 8192u);
}

TEST(BucketTest, WhatNoReadingKnewStaysAbsent) {
  Bucket b;
  b.Add(Reading{});
  EXPECT_EQ(b.samples, 1u);
  EXPECT_FALSE(b.cpu_us || b.cpu_max || b.memory_average || b.net_rx_bytes);
  EXPECT_FALSE(b.CpuPercent());
  EXPECT_FALSE(b.PerSecond(b.net_rx_bytes));
}

TEST(BucketTest, AnAverageOfAveragesIsWeightedBySamples) {
  Bucket many, one;
  for (int i = 0; i < 9; ++i) many.Add(At(1000, 0, 1000));
  one.Add(At(1000, 0, 11000));
  many.Append(one);
  EXPECT_EQ(many.memory_average, 2000u);
}

TEST(BucketTest, AReadingWithoutMemoryDoesNotWeigh) {
  Bucket b;
  b.Add(At(1000, 0, 1000));
  b.Add(At(1000, 0, std::nullopt));
  b.Add(At(1000, 0, 3000));
  EXPECT_EQ(b.samples, 3u);
  EXPECT_EQ(b.memory_samples, 2u);
  EXPECT_EQ(b.memory_average, 2000u);
}

// However the readings are cut into buckets, the whole is the same.
TEST(BucketTest, BucketsOfPartsMakeTheBucketOfTheWhole) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    Bucket whole, joined, part;
    double memory_sum = 0;
    const int n = 1 + static_cast<int>(random() % 60);
    for (int i = 0; i < n; ++i) {
      const Reading r = At(900 + random() % 200, random() % 2'000'000, 4096 * (random() % 1000));
      memory_sum += static_cast<double>(*r.memory_bytes);
      whole.Add(r);
      part.Add(r);
      if (random() % 5 == 0) {
        joined.Append(part);
        part = {};
      }
    }
    joined.Append(part);
    EXPECT_NEAR(static_cast<double>(*joined.memory_average), memory_sum / n, n);  // a byte of rounding a step
    joined.memory_average = whole.memory_average;
    EXPECT_EQ(joined, whole);
  }
}

TEST(BucketTest, OfWhoEndedOnlyTheIncreasesCount) {
  Bucket b;
  b.Add(At(10'000, 1'000'000, 4096));
  Reading last = At(5, 5'000, std::nullopt);  // 100 % of a core, for 5 ms
  last.ended = true;
  b.Add(last);
  EXPECT_EQ(b.samples, 1u);
  EXPECT_EQ(b.covered_ms, 10'005u);
  EXPECT_EQ(b.cpu_us, 1'005'000u);
  EXPECT_EQ(b.cpu_max, 1000u);
  EXPECT_EQ(b.cpu_last, 1000u);
  Bucket alone;
  alone.Add(last);
  EXPECT_FALSE(alone.empty());
  EXPECT_TRUE(Bucket().empty());
}

}  // namespace
}  // namespace plimsoll::rollup
