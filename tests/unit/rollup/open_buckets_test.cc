#include "rollup/open_buckets.h"

#include <gtest/gtest.h>

#include <atomic>
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
  open.Begin(Tier::kMinute, 8, {});
  open.Add(Of(1));
  EXPECT_EQ(open.containers(Tier::kMinute).at(1).samples, 1u);
  EXPECT_EQ(open.containers(Tier::kHour).at(1).samples, 4u);
  EXPECT_EQ(open.containers(Tier::kDay).at(1).cpu_us, 40u);
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
        for (const auto& [container, bucket] : open.Snapshot(Tier::kDay).containers) {
          least = std::min(least, bucket.samples);
          most = std::max(most, bucket.samples);
        }
        EXPECT_LE(most, least == UINT32_MAX ? most : least + 1);
        open.Of(Tier::kMinute, 7, number);
      }
    });
  constexpr int kTicks = 2000;
  for (int tick = 0; tick < kTicks; ++tick) {
    for (uint32_t id = 1; id <= kContainers; ++id) open.Add(Of(id));
    if (tick % 60 == 59 && !open.empty(Tier::kMinute)) {
      EXPECT_EQ(open.containers(Tier::kMinute).size(), kContainers);
      open.Begin(Tier::kMinute, tick / 60, {});
    }
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(open.containers(Tier::kDay).at(1).samples, static_cast<uint32_t>(kTicks));
}

}  // namespace
}  // namespace plimsoll::rollup
