#include "rollup/tiers.h"

#include <gtest/gtest.h>

#include <random>

#include "rig.h"

namespace plimsoll::rollup {
namespace {

class TiersTest : public RecorderTest {
 protected:
  // At a whole day, so that tests know where buckets end.
  TiersTest() { clock.Pass(24h - clock.Wall().time_since_epoch() % 24h); }

  void Tick(std::chrono::nanoseconds after = 10s) {
    clock.Pass(after);
    for (ContainerSample* one : used) {
      *one->cpu.usage_ns += 1'000'000 * (1 + random() % 5000);
      one->memory.usage = 4096 * (random() % 1000);
      if (one->net.empty()) one->net = {NetOf("eth0", 0, 0)};
      one->net[0].rx_bytes += random() % 100'000;
    }
    ASSERT_TRUE(rig.Record(host.Beat()).written);
  }
  void Ticks(int n, std::chrono::nanoseconds each = 10s) {
    for (int i = 0; i < n; ++i) Tick(each);
  }
  void Run(const std::string& name) { used.push_back(&host.Run(name)); }
  int64_t Rows(const char* table) {
    return rig.database().Number(("SELECT count(*) FROM " + std::string(table)).c_str());
  }
  void RestartPlimsoll() {
    rig.Restart();
    host.NewCollector();
  }

  std::mt19937_64 random{5};
  std::vector<ContainerSample*> used;
};

TEST_F(TiersTest, BucketsCloseAtWholeMinutesHoursAndDays) {
  Run("web");
  Ticks(5);  // until 00:00:50
  EXPECT_EQ(Rows("minute"), 0);
  Tick();  // 00:01:00 is of the next minute
  EXPECT_EQ(Rows("minute"), 1);
  EXPECT_EQ(FindBuckets(rig.database(), Tier::kMinute, ToMs(clock.Wall()) / 60'000 - 1).Find(1)->samples, 5u);
  Ticks(59, 1min);
  EXPECT_EQ(Rows("minute"), 60);
  EXPECT_EQ(Rows("hour"), 1);
  EXPECT_EQ(Rows("day"), 0);
  Ticks(23, 1h);
  EXPECT_EQ(Rows("day"), 1);
  ExpectTiersAgree(rig.database(), rig.open);
}

TEST_F(TiersTest, AClosedBucketHoldsWhatItsReadingsHeld) {
  Run("a");
  Run("b");
  Ticks(400);
  for (int64_t minute : {10, 30, 50}) {
    const int64_t number = ToMs(clock.Wall()) / 86'400'000 * 1440 + minute;
    const auto stored = FindBuckets(rig.database(), Tier::kMinute, number);
    ASSERT_EQ(stored.size(), 2u);
    EXPECT_EQ(stored, Aggregate(rig.database(), Tier::kMinute, number));
  }
  const int64_t hour = ToMs(clock.Wall()) / 3'600'000 - 1;
  const auto stored = FindBuckets(rig.database(), Tier::kHour, hour);
  const auto computed = Aggregate(rig.database(), Tier::kHour, hour);
  ASSERT_EQ(stored.size(), 2u);
  ASSERT_EQ(computed.size(), 2u);
  stored.ForEach([&](uint32_t id, const Bucket& bucket) {
    Bucket same = *computed.Find(id);
    EXPECT_NEAR(static_cast<double>(*bucket.memory_average), static_cast<double>(*same.memory_average), 400);
    same.memory_average = bucket.memory_average;  // rounded at every step
    EXPECT_EQ(bucket, same);
  });
}

TEST_F(TiersTest, ARestartInTheMiddleOfEachBucketContinuesIt) {
  Run("a");
  Run("b");
  for (int round = 0; round < 30; ++round) {
    Ticks(3 + static_cast<int>(random() % 200), std::chrono::seconds(1 + random() % 40));
    std::map<Tier, std::pair<int64_t, Whole>> before;
    for (const Tier tier : kBucketTiers) before[tier] = {rig.open.number(tier), OpenOf(rig.open, tier)};
    RestartPlimsoll();
    EXPECT_EQ(OpenOf(rig.open, Tier::kMinute), before[Tier::kMinute].second);
    for (const auto& [tier, then] : before) {
      const auto& [number, containers] = then;
      EXPECT_EQ(rig.open.number(tier), number);
      const Whole after = OpenOf(rig.open, tier);
      ASSERT_EQ(after.size(), containers.size());
      for (const auto& [id, bucket] : containers) {
        ASSERT_TRUE(after.contains(id));
        EXPECT_EQ(after.at(id).samples, bucket.samples);
        EXPECT_EQ(after.at(id).cpu_us, bucket.cpu_us);
        EXPECT_EQ(after.at(id).memory_last, bucket.memory_last);
      }
    }
    ExpectTiersAgree(rig.database(), rig.open);
  }
}

TEST_F(TiersTest, BucketsWhoseTimePassedWhileAwayAreClosedFirst) {
  Run("web");
  Ticks(9);
  RestartPlimsoll();
  clock.Pass(26h);
  Tick();
  EXPECT_EQ(Rows("minute"), 2);
  EXPECT_EQ(Rows("hour"), 1);
  EXPECT_EQ(Rows("day"), 1);
  ExpectTiersAgree(rig.database(), rig.open);
}

TEST_F(TiersTest, AClockThatGoesBackMergesIntoTheBucketsThatWereClosed) {
  Run("web");
  Ticks(800);
  for (const int minutes : {-60, -3, 120, -26 * 60, 1, 25 * 60}) {
    clock.JumpWall(std::chrono::minutes(minutes));
    Ticks(40);
    RestartPlimsoll();
    Ticks(40);
    ExpectTiersAgree(rig.database(), rig.open);
  }
  // No bucket is open and in its table at once.
  for (const Tier tier : kBucketTiers)
    EXPECT_TRUE(FindBuckets(rig.database(), tier, rig.open.number(tier)).empty());
}

TEST_F(TiersTest, GapsStayGaps) {
  Run("web");
  Ticks(2);
  clock.Pass(30min);
  Ticks(6);
  EXPECT_EQ(Rows("minute"), 2);
}

TEST_F(TiersTest, AContainerBeyondTheFirstChunkHasItsOwnRow) {
  for (int i = 0; i < 70; ++i) Run("c" + std::to_string(i));
  Ticks(7);
  EXPECT_EQ(Rows("sample"), 7 * 3);
  EXPECT_EQ(Rows("minute"), 3);
  ExpectTiersAgree(rig.database(), rig.open);
}

TEST_F(TiersTest, InMemoryAllOfItWorksToo) {
  Rig memory(At(":memory:"), clock);
  ASSERT_TRUE(memory.recorder->Open());
  Run("web");
  for (int i = 0; i < 100; ++i) {
    clock.Pass(10s);
    *used[0]->cpu.usage_ns += 1000;
    ASSERT_TRUE(memory.Record(host.Beat()).written);
  }
  ExpectTiersAgree(memory.database(), memory.open);
}

}  // namespace
}  // namespace plimsoll::rollup
