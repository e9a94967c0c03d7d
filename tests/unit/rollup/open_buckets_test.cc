#include "rollup/open_buckets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <thread>

namespace plimsoll::rollup {
namespace {

Reading Of(uint32_t container) {
  Reading r;
  r.container = container;
  r.elapsed_ms = 1000;
  r.cpu_us = 10;
  return r;
}

TEST(OpenBucketsTest, EveryTierHoldsEveryReadingOnce) {
  OpenBuckets open;
  for (int i = 0; i < 3; ++i) {
    open.Add(Of(1));
    int64_t number;
    EXPECT_EQ(open.Of(Tier::kHour, 1, number)->samples, static_cast<uint32_t>(i + 1));
  }
  open.Begin(8, PackedBuckets(Tier::kMinute));
  open.Add(Of(1));
  EXPECT_EQ(open.Packed(Tier::kMinute).Find(1)->samples, 1u);
  EXPECT_EQ(open.Packed(Tier::kHour).Find(1)->samples, 4u);
  EXPECT_EQ(open.Packed(Tier::kDay).Find(1)->cpu_us, 40u);
}

// A container that is away for minutes has the same buckets after as if it had been held all the time.
TEST(OpenBucketsTest, WhatRestsIsPackedAndLosesNothing) {
  OpenBuckets open;
  std::map<uint32_t, Bucket> expected;
  std::mt19937_64 random(5);
  for (int minute = 1; minute <= 60; ++minute) {
    open.Begin(minute, PackedBuckets(Tier::kMinute));
    for (uint32_t id = 1; id <= 100; ++id) {
      if (random() % 5 != 0) continue;
      Reading reading = Of(id);
      reading.cpu_us = random() >> (random() % 60);
      if (random() % 4 != 0) reading.memory_bytes = random() >> 20;
      if (random() % 4 != 0) reading.net_rx_bytes = random() % 100'000;
      open.Add(reading);
      // As the tiers do it: whole minutes are appended.
      Bucket one;
      one.Add(reading);
      expected[id].Append(one);
    }
    const uint32_t any = 1 + static_cast<uint32_t>(random() % 100);
    int64_t number;
    for (const Tier tier : {Tier::kHour, Tier::kDay}) {
      const auto found = open.Of(tier, any, number);
      ASSERT_EQ(found.has_value(), expected.contains(any));
      if (!found) continue;
      ASSERT_EQ(*found, expected[any]) << "minute " << minute;
    }
  }
  std::map<uint32_t, Bucket> all;
  open.ForEach(Tier::kHour,
               [&](uint32_t id, const Bucket& bucket) { EXPECT_TRUE(all.emplace(id, bucket).second); });
  EXPECT_EQ(all, expected);
  const PackedBuckets& closing = open.Packed(Tier::kDay);
  ASSERT_EQ(closing.size(), expected.size());
  closing.ForEach([&](uint32_t id, const Bucket& bucket) { EXPECT_EQ(bucket, expected[id]) << id; });
  open.Drop();
  EXPECT_TRUE(open.empty(Tier::kDay));
}

// Readers fold what the writer added: with a thread sanitizer this is where it shows.
TEST(OpenBucketsTest, ReadersAndTheWriterAtOnce) {
  constexpr uint32_t kContainers = 40;
  OpenBuckets open;
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      int64_t number;
      while (!done) {
        uint32_t least = UINT32_MAX, most = 0;
        open.ForEach(Tier::kDay, [&](uint32_t, const Bucket& bucket) {
          least = std::min(least, bucket.samples);
          most = std::max(most, bucket.samples);
        });
        EXPECT_LE(most, least == UINT32_MAX ? most : least + 1);
        open.Of(Tier::kMinute, 7, number);
      }
    });
  constexpr int kTicks = 2000;
  for (int tick = 0; tick < kTicks; ++tick) {
    for (uint32_t id = 1; id <= kContainers; ++id) open.Add(Of(id));
    if (tick % 60 == 59 && !open.empty(Tier::kMinute)) {
      EXPECT_EQ(open.Packed(Tier::kMinute).size(), kContainers);
      open.Begin(tick / 60, PackedBuckets(Tier::kMinute));
    }
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(open.Packed(Tier::kDay).Find(1)->samples, static_cast<uint32_t>(kTicks));
}

}  // namespace
}  // namespace plimsoll::rollup
