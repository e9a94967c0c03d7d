#include "rollup/chunk.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace plimsoll::rollup {
namespace {

Reading Full(uint32_t container) {
  Reading r;
  r.container = container;
  r.elapsed_ms = 10'003;
  r.cpu_us = 123'456;
  r.memory_bytes = 4096 * 25'000;
  r.inactive_file_bytes = 12'345;  // not a whole page
  r.threads = 7;
  r.net_rx_bytes = 0;
  r.net_tx_bytes = 1'000'000'007;
  r.block_read_bytes = 8192;
  r.block_write_bytes = uint64_t{1} << 40;
  r.oom_kills = 0;
  r.cpu_pressure = 12;
  r.memory_pressure = 0;
  r.io_pressure = 9999;
  r.periods = 100;
  r.throttled_periods = 3;
  return r;
}

// Writes the readings into a blob whose first container is 64, and expects them back.
void ExpectBack(const std::vector<Reading>& readings) {
  std::string blob;
  for (const Reading& r : readings) PutReading(blob, r, 10'000);
  ChunkReader in(2, blob);
  for (const Reading& expected : readings) {
    EXPECT_TRUE(in.Next());
    Reading back;
    EXPECT_TRUE(in.Read(back, 10'000));
    EXPECT_EQ(back, expected);
  }
  EXPECT_FALSE(in.Next());
  EXPECT_FALSE(in.broken());
}

TEST(ChunkTest, ReadingsComeBackAsTheyWere) {
  Reading unknown;
  unknown.container = 65;
  Reading late = Full(95);
  late.elapsed_ms = 3;
  ExpectBack({Full(64), unknown, late});
}

TEST(ChunkTest, AReadingOfTheGreatestFiguresComesBackAsItWas) {
  Reading huge = Full(64);
  const uint64_t most = UINT64_MAX >> 3;
  for (Figure* figure : {&huge.cpu_us, &huge.memory_bytes, &huge.inactive_file_bytes, &huge.threads,
                         &huge.net_rx_bytes, &huge.net_tx_bytes, &huge.block_read_bytes,
                         &huge.block_write_bytes, &huge.oom_kills, &huge.periods, &huge.throttled_periods})
    *figure = most;
  ExpectBack({huge, Full(65)});
}

TEST(ChunkTest, ABucketWhoseLengthTakesTwoBytesComesBackAsItWas) {
  Bucket huge, small;
  huge.samples = huge.memory_samples = small.samples = 8640;
  const uint64_t most = UINT64_MAX >> 3;
  for (Figure* figure : {&huge.cpu_us, &huge.net_rx_bytes, &huge.net_tx_bytes, &huge.block_read_bytes,
                         &huge.block_write_bytes, &huge.periods, &huge.throttled_periods, &huge.oom_kills,
                         &huge.cpu_min, &huge.cpu_max, &huge.cpu_last, &huge.memory_average})
    *figure = most;
  huge.memory_min = huge.memory_max = huge.memory_last = 1;
  std::string blob;
  PutBucket(blob, 30, huge, Tier::kDay);
  ASSERT_GT(blob.size(), 0x80u + 2);
  PutBucket(blob, 31, small, Tier::kDay);
  ChunkReader in(0, blob);
  for (const Bucket& expected : {huge, small}) {
    ASSERT_TRUE(in.Next());
    Bucket back;
    ASSERT_TRUE(in.Read(back, Tier::kDay));
    EXPECT_EQ(back, expected);
  }
  EXPECT_FALSE(in.Next());
  EXPECT_FALSE(in.broken());
}

TEST(ChunkTest, SeekFindsOneContainerAmongMany) {
  std::string blob;
  for (uint32_t id = 32; id < 64; id += 2) PutReading(blob, Full(id), 10'000);
  ChunkReader found(1, blob);
  ASSERT_TRUE(found.Seek(48));
  Reading r;
  ASSERT_TRUE(found.Read(r, 10'000));
  EXPECT_EQ(r, Full(48));
  EXPECT_FALSE(ChunkReader(1, blob).Seek(49));
  EXPECT_FALSE(ChunkReader(1, blob).Seek(63));
}

TEST(ChunkTest, AnEmptyReadingTakesThreeBytesAtMost) {
  std::string blob;
  Reading r;
  r.container = 5;
  PutReading(blob, r, 1000);
  EXPECT_LE(blob.size(), 3u);
}

TEST(ChunkTest, BucketsComeBackAsTheyWere) {
  std::mt19937_64 random(7);
  const auto figure = [&]() -> Figure {
    if (random() % 4 == 0) return std::nullopt;
    return random() >> (random() % 50 + 14);
  };
  for (int i = 0; i < 2000; ++i) {
    Bucket b;
    b.samples = random() % 9000;
    b.memory_samples = b.samples - random() % (b.samples + 1);
    b.covered_ms = random() % 90'000'000;
    for (Figure* f : {&b.cpu_us, &b.net_rx_bytes, &b.net_tx_bytes, &b.block_read_bytes, &b.block_write_bytes,
                      &b.periods, &b.throttled_periods, &b.oom_kills, &b.cpu_min, &b.cpu_max, &b.cpu_last})
      *f = figure();
    if (random() % 4)
      for (Figure* f : {&b.memory_average, &b.memory_min, &b.memory_max, &b.memory_last})
        *f = (random() >> 24) * (random() % 2 ? 4096 : 1);
    for (const Tier tier : kBucketTiers) {
      std::string blob;
      PutBucket(blob, 31, b, tier);
      ChunkReader in(0, blob);
      ASSERT_TRUE(in.Next());
      Bucket back;
      ASSERT_TRUE(in.Read(back, tier));
      ASSERT_EQ(back, b);
      ASSERT_EQ(in.container(), 31u);
    }
  }
}

// Cut at every length: what was whole before the cut is read, the rest is told broken.
TEST(ChunkTest, ACutBlobEndsEarlyAndSaysSo) {
  std::string blob;
  for (uint32_t id = 0; id < 4; ++id) PutReading(blob, Full(id), 10'000);
  const size_t entry = blob.size() / 4;
  for (size_t length = 0; length < blob.size(); ++length) {
    ChunkReader in(0, std::string_view(blob).substr(0, length));
    size_t whole = 0;
    Reading r;
    while (in.Next() && in.Read(r, 10'000)) ++whole;
    EXPECT_EQ(whole, length / entry) << length;
    EXPECT_EQ(in.broken(), length % entry != 0) << length;
  }
}

TEST(ChunkTest, NoiseNeverReadsBeyondTheBlob) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string noise(random() % 64, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    ChunkReader readings(0, noise), buckets(0, noise);
    Reading r;
    Bucket b;
    while (readings.Next()) readings.Read(r, 1000);
    while (buckets.Next()) buckets.Read(b, Tier::kHour);
  }
}

}  // namespace
}  // namespace plimsoll::rollup
