#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "rig.h"
#include "rollup/history_reader.h"

namespace plimsoll::rollup {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr Granularity kGranularities[] = {Granularity::kRaw, Granularity::k1m, Granularity::k5m,
                                          Granularity::k1h, Granularity::k1d};

// A recorder and who reads behind it, from midnight on.
class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() : rig(KeptLong(folder / "plimsoll.db"), clock), reader(rig.readers, rig.open), host(clock) {
    EXPECT_TRUE(rig.recorder->Open());
    clock.Pass(24h - clock.Wall().time_since_epoch() % 24h);
    midnight = clock.Wall();
  }

  static StorageConfig KeptLong(const std::string& path) {
    StorageConfig config = At(path);
    config.retention.raw = config.retention.minute = 24h * 90;
    return config;
  }
  void Run(const std::string& name) { used.push_back(&host.Run(name)); }
  void Tick(std::chrono::nanoseconds after = 10s) {
    clock.Pass(after);
    for (ContainerSample* one : used) {
      *one->cpu.usage_ns += 1'000'000 * (1 + random() % 5000);
      one->memory.usage = 4096 * (1 + random() % 1000);
      if (one->net.empty()) one->net = {NetOf("eth0", 0, 0)};
      one->net[0].rx_bytes += random() % 100'000;
      one->net[0].tx_bytes += random() % 100'000;
      if (one->block.empty()) one->block = {BlockOf("sda", 0, 0, 0)};
      *one->block[0].read_bytes += 4096 * (random() % 100);
      *one->block[0].write_bytes += 4096 * (random() % 100);
    }
    ASSERT_TRUE(rig.Record(host.Beat()).written);
  }
  void Ticks(int n, std::chrono::nanoseconds each) {
    for (int i = 0; i < n; ++i) Tick(each);
  }
  // Up to now, with the reading of now.
  std::vector<Point> Points(uint32_t container, WallTime from, Granularity granularity,
                            std::chrono::milliseconds step = 0ms) {
    auto points = reader.Points({container, from, clock.Wall() + 1ms, granularity, step});
    EXPECT_TRUE(points) << points.error().message;
    return points.value_or(std::vector<Point>());
  }
  static Bucket SumOf(const std::vector<Point>& points) {
    Bucket sum;
    for (const Point& point : points) sum.Append(point.bucket);
    return sum;
  }
  static std::vector<WallTime> TimesOf(const std::vector<Point>& points) {
    std::vector<WallTime> times;
    for (const Point& point : points) times.push_back(point.at);
    return times;
  }

  std::mt19937_64 random{11};
  ManualClock clock;
  TempFolder folder;
  Rig rig;
  HistoryReader reader;
  FrameMaker host;
  std::vector<ContainerSample*> used;
  WallTime midnight;
};

TEST_F(HistoryTest, EveryGranularityTellsOfTheSameReadings) {
  Run("a");
  Run("b");
  Ticks(250, 23s);  // over an hour, in the middle of a minute
  for (const uint32_t container : {1u, 2u}) {
    const Bucket whole = SumOf(Points(container, midnight, Granularity::kRaw));
    ASSERT_EQ(whole.samples, 250u);
    for (const Granularity granularity : kGranularities) {
      const auto points = Points(container, midnight, granularity);
      const Bucket sum = SumOf(points);
      EXPECT_EQ(sum.samples, whole.samples) << GranularityName(granularity);
      EXPECT_EQ(sum.covered_ms, whole.covered_ms) << GranularityName(granularity);
      EXPECT_EQ(sum.cpu_us, whole.cpu_us) << GranularityName(granularity);
      EXPECT_EQ(sum.cpu_max, whole.cpu_max) << GranularityName(granularity);
      EXPECT_EQ(sum.memory_min, whole.memory_min) << GranularityName(granularity);
      EXPECT_EQ(sum.memory_last, whole.memory_last) << GranularityName(granularity);
      EXPECT_EQ(sum.net_rx_bytes, whole.net_rx_bytes) << GranularityName(granularity);
      const auto step = StepOf(granularity);
      for (size_t i = 0; i < points.size(); ++i) {
        if (i > 0) {
          EXPECT_LT(points[i - 1].at, points[i].at);
        }
        if (step > 0ms) {
          EXPECT_EQ(points[i].at.time_since_epoch() % step, 0ms) << GranularityName(granularity);
        }
      }
    }
  }
}

TEST_F(HistoryTest, ALongerStepIsMadeOfWholePoints) {
  Run("a");
  Ticks(100, 23s);
  const auto minutes = Points(1, midnight, Granularity::k1m),
             tens = Points(1, midnight, Granularity::k1m, 10min);
  EXPECT_THAT(TimesOf(tens), ElementsAre(midnight, midnight + 10min, midnight + 20min, midnight + 30min));
  EXPECT_EQ(SumOf(tens).cpu_us, SumOf(minutes).cpu_us);
  EXPECT_EQ(SumOf({minutes.begin(), minutes.begin() + 10}).cpu_us, tens[0].bucket.cpu_us);
}

TEST_F(HistoryTest, TimesAreFromAndBeforeTo) {
  Run("a");
  Ticks(20, 10s);  // 00:00:10 to 00:03:20
  const auto asked = [&](Granularity granularity, WallTime from, WallTime to) {
    return TimesOf(*reader.Points({1, from, to, granularity}));
  };
  EXPECT_THAT(asked(Granularity::kRaw, midnight + 30s, midnight + 50s),
              ElementsAre(midnight + 30s, midnight + 40s));
  EXPECT_THAT(asked(Granularity::k1m, midnight + 1s, midnight + 2min), ElementsAre(midnight + 1min))
      << "what began before was not asked for";
  EXPECT_THAT(asked(Granularity::k1m, midnight, midnight + 1min + 1ms),
              ElementsAre(midnight, midnight + 1min));
  EXPECT_THAT(asked(Granularity::k1m, midnight + 3min, midnight + 4min), ElementsAre(midnight + 3min))
      << "the open one";
  EXPECT_THAT(asked(Granularity::k1m, midnight + 4min, midnight + 9min), IsEmpty());
  EXPECT_THAT(TimesOf(*reader.Points({77, midnight, midnight + 1h, Granularity::k1m})), IsEmpty());
}

TEST_F(HistoryTest, AnOpenMinuteBeforeClosedOnesIsInItsPlace) {
  Run("a");
  Ticks(30, 10s);  // until 00:05:00
  clock.JumpWall(-200s);
  Tick();  // 00:01:50
  const auto points = Points(1, midnight, Granularity::k1m);
  const auto later = *reader.Points({1, midnight, midnight + 1h, Granularity::k1m});
  EXPECT_EQ(SumOf(later).samples, 31u);
  for (size_t i = 1; i < later.size(); ++i) EXPECT_LT(later[i - 1].at, later[i].at);
  EXPECT_LT(points.size(), later.size());
}

TEST_F(HistoryTest, MoreThanAnAnswerHoldsIsRefusedWithItsBound) {
  const auto refusal = [&](Granularity granularity, WallTime to) {
    const auto points = reader.Points({1, midnight, to, granularity});
    return points ? "" : points.error().message;
  };
  EXPECT_EQ(refusal(Granularity::k1m, midnight + 11'000min), "");
  EXPECT_EQ(refusal(Granularity::k1m, midnight + 11'001min),
            "that would be 11001 points of at most 11000: ask for a shorter time or a longer step");
  rig.database().Run(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 11001) "
      "INSERT INTO tick (id, at_ms, elapsed_ms, scrapes) SELECT i, i * 1000, 1000, 0 FROM n");
  const auto ticks = [&](int64_t seconds) {
    return reader.Points({1, FromMs(0), FromMs(seconds * 1000), Granularity::kRaw});
  };
  EXPECT_TRUE(ticks(11'002)) << "of raw readings only those count that are told";
}

TEST_F(HistoryTest, APointHasTheMemoryLimitOfItsTime) {
  ContainerSample& web = host.Run("web");
  used.push_back(&web);
  Ticks(6, 10s);
  web.derived.memory_limited = true;
  web.derived.memory_limit = 512 << 20;
  Ticks(6, 10s);  // from 00:01:10 on
  web.derived.memory_limit = 64 << 20;
  Ticks(6, 10s);  // from 00:02:10 on
  std::vector<Figure> limits;
  for (const Point& point : Points(1, midnight, Granularity::kRaw))
    limits.push_back(point.memory_limit_bytes);
  ASSERT_EQ(limits.size(), 18u);
  for (size_t i = 0; i < 18; ++i)
    EXPECT_EQ(limits[i], i < 6 ? Figure() : i < 12 ? Figure(512 << 20) : Figure(64 << 20)) << i;
  const auto minutes = Points(1, midnight, Granularity::k1m);
  ASSERT_EQ(minutes.size(), 4u);
  EXPECT_EQ(minutes[0].memory_limit_bytes, std::nullopt);
  EXPECT_EQ(minutes[1].memory_limit_bytes, 512u << 20) << "of its end";
  EXPECT_EQ(minutes[2].memory_limit_bytes, 64u << 20);
}

TEST_F(HistoryTest, TheLatestReadingIsFoundOfWhoLivesAndOfWhoEnded) {
  Run("stays");
  Run("goes");
  Ticks(12, 10s);
  clock.Pass(5ms);
  *used[1]->cpu.usage_ns += 1'000'000;
  host.Stop(*used[1]);
  used.pop_back();
  Ticks(30, 60s);
  const auto living = reader.Latest(1), ended = reader.Latest(2);
  ASSERT_TRUE(living && *living && ended && *ended);
  EXPECT_EQ((*living)->at, clock.Wall());
  EXPECT_EQ((*living)->bucket.cpu_us, Points(1, clock.Wall(), Granularity::kRaw).at(0).bucket.cpu_us);
  const auto all = Points(2, midnight, Granularity::kRaw);
  ASSERT_EQ(all.size(), 13u);
  EXPECT_EQ((*ended)->at, all[11].at) << "the last that saw it alive, not what was added until its end";
  EXPECT_TRUE((*ended)->bucket.memory_last);
  EXPECT_TRUE((*ended)->bucket.cpu_last);
  EXPECT_LE((*ended)->at, midnight + 180s);
  EXPECT_FALSE(*reader.Latest(77));
  rig.database().Run("DELETE FROM sample");
  EXPECT_FALSE(*reader.Latest(1)) << "single readings are not kept for long";
}

TEST_F(HistoryTest, WhatIsUnknownForAMomentMakesNoOtherRevision) {
  Run("web");
  Ticks(2, 10s);
  used[0]->net_known = used[0]->block_known = false;
  Ticks(2, 10s);
  used[0]->net_known = used[0]->block_known = true;
  Ticks(2, 10s);
  const auto known = reader.Find(1);
  ASSERT_TRUE(known && *known);
  EXPECT_EQ((*known)->revision.interface, "eth0");
  EXPECT_EQ((*known)->revision.block_device, "sda");
  EXPECT_EQ(rig.database().Number("SELECT count(*) FROM revision"), 1);
}

TEST_F(HistoryTest, WhoIsFoundIsKnownByItsNewestName) {
  ContainerSample& web = host.Run("web", "nginx:1.25");
  used.push_back(&web);
  Tick();
  host.Rename(web, [](Container& who) { who.image = "nginx:1.26"; });
  Tick();
  const auto known = reader.Find(1);
  ASSERT_TRUE(known && *known);
  EXPECT_EQ((*known)->key, "name:web");
  EXPECT_EQ((*known)->revision.image, "nginx:1.26");
  EXPECT_FALSE(*reader.Find(77));
}

// Buckets of all tiers, and open ones: the greatest consumers are those of the single readings.
TEST_F(HistoryTest, TopSumsUpWhatTheReadingsSay) {
  for (const char* name : {"a", "b", "c"}) Run(name);
  Ticks(400, 457s);  // over two days
  ContainerSample& bare = host.Run("bare");
  bare.cpu.usage_ns.reset();
  bare.memory.usage.reset();
  bare.net_known = bare.block_known = false;
  Tick(60s);
  const auto expected = [&](uint32_t container, WallTime from, Metric metric) -> Ratio {
    const Bucket sum = SumOf(Points(container, from, Granularity::kRaw));
    switch (metric) {
      case Metric::kCpu:
        return sum.CpuPercent();
      case Metric::kMemory:
        return static_cast<double>(*sum.memory_average);
      case Metric::kNetRx:
        return sum.PerSecond(sum.net_rx_bytes);
      case Metric::kNetTx:
        return sum.PerSecond(sum.net_tx_bytes);
      case Metric::kBlockRead:
        return sum.PerSecond(sum.block_read_bytes);
      case Metric::kBlockWrite:
        return sum.PerSecond(sum.block_write_bytes);
    }
    return std::nullopt;
  };
  const std::pair<std::chrono::hours, std::chrono::hours> periods[] = {
      {1h, 0h}, {5h, 0h}, {30h, 1h}, {400h, 24h}};
  for (const auto& [length, edge] : periods) {
    // Rounded down to a minute up to six hours, to an hour up to a week, else to a day.
    const auto whole = edge == 0h ? std::chrono::minutes(1) : std::chrono::minutes(edge);
    const WallTime asked = clock.Wall() - length, from = asked - asked.time_since_epoch() % whole;
    for (const Metric metric : {Metric::kCpu, Metric::kMemory, Metric::kNetRx, Metric::kNetTx,
                                Metric::kBlockRead, Metric::kBlockWrite}) {
      const auto top = reader.Top({metric, asked, clock.Wall() + 1ms, 5});
      ASSERT_TRUE(top) << top.error().message;
      ASSERT_EQ(top->size(), 3u) << "of the fourth nothing is known";
      for (size_t i = 0; i < top->size(); ++i) {
        const Consumer& one = (*top)[i];
        const double said = *expected(one.container, from, metric);
        EXPECT_NEAR(one.value, said, metric == Metric::kMemory ? 8192 : said * 1e-9)
            << length.count() << " h";
        EXPECT_EQ(one.name, std::string(1, static_cast<char>('a' + one.container - 1)));
        if (i > 0) {
          EXPECT_GE((*top)[i - 1].value, one.value);
        }
      }
    }
  }
}

TEST_F(HistoryTest, TopIsNoLongerThanAskedAndEqualsGoByNumber) {
  for (const char* name : {"a", "b", "c"}) host.Run(name);
  for (int i = 0; i < 3; ++i) Tick();
  const auto numbers = [&](int limit) {
    const auto top = *reader.Top({Metric::kMemory, midnight, clock.Wall() + 1ms, limit});
    std::vector<uint32_t> found;
    for (const Consumer& one : top) found.push_back(one.container);
    return found;
  };
  EXPECT_THAT(numbers(5), ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers(2), ElementsAre(1, 2));
  EXPECT_THAT(numbers(0), IsEmpty());
  EXPECT_THAT(numbers(-1), IsEmpty());
}

TEST_F(HistoryTest, SharesAreOfTheLimitElseOfTheHost) {
  ContainerSample &free = host.Run("free"), &limited = host.Run("limited");
  limited.derived.memory_limited = limited.derived.cpu_limited = true;
  limited.derived.memory_limit = 1 << 20;
  limited.derived.cpu_limit_percent = 50;
  for (int i = 0; i < 3; ++i) {
    clock.Pass(10s);
    *free.cpu.usage_ns += 1'000'000'000;  // 10 %
    *limited.cpu.usage_ns += 1'000'000'000;
    free.memory.usage = limited.memory.usage = 256 << 10;
    ASSERT_TRUE(rig.Record(host.Beat()).written);
  }
  const auto share = [&](Metric metric, uint64_t memory, uint32_t cores) {
    const auto top = *reader.Top({metric, midnight, clock.Wall() + 1ms, 5, memory, cores});
    return std::pair(top.at(0).percent, top.at(1).percent);
  };
  EXPECT_EQ(share(Metric::kMemory, 4 << 20, 0), std::pair(Ratio(6.25), Ratio(25)));
  EXPECT_EQ(share(Metric::kMemory, 0, 0), std::pair(Ratio(), Ratio(25))) << "the host's is not known";
  EXPECT_EQ(share(Metric::kCpu, 0, 2), std::pair(Ratio(5), Ratio(20)));
  EXPECT_EQ(share(Metric::kNetRx, 1, 1), std::pair(Ratio(), Ratio()));
}

TEST_F(HistoryTest, AFileThatCannotBeReadIsSaid) {
  Run("a");
  Tick();
  rig.database().Run("ALTER TABLE container RENAME TO elsewhere");
  rig.database().Run("ALTER TABLE sample RENAME TO away");
  rig.database().Run("ALTER TABLE minute RENAME TO gone");
  EXPECT_THAT(reader.Find(1).error().message, AllOf(StartsWith("history: "), HasSubstr("no such table")));
  EXPECT_THAT(reader.Ended({}, 5).error().message, StartsWith("history: "));
  EXPECT_THAT(reader.Latest(1).error().message, StartsWith("history: "));
  EXPECT_THAT(reader.Points({1, midnight, clock.Wall(), Granularity::kRaw}).error().message,
              StartsWith("history: "));
  EXPECT_THAT(reader.Top({Metric::kCpu, midnight, clock.Wall(), 5}).error().message, StartsWith("history: "));
  WriteConnection nobody;
  ReadConnections none(folder / "none.db", nobody, clock);
  HistoryReader blind(none, rig.open);
  EXPECT_FALSE(blind.Find(1));
}

TEST_F(HistoryTest, WhereNothingWasWrittenLatelyNobodyConsumed) {
  Run("web");
  Ticks(12, 10s);
  const auto top = [&](std::chrono::hours period) {
    return reader.Top({Metric::kCpu, clock.Wall() - period, clock.Wall() + 1ms, 5})->size();
  };
  EXPECT_EQ(top(1h), 1u);
  clock.Pass(2h);
  EXPECT_EQ(top(1h), 0u);
  EXPECT_EQ(top(5h), 1u);
  clock.Pass(48h);
  EXPECT_EQ(top(24h), 0u);
  EXPECT_EQ(top(24h * 30), 1u);
}

TEST_F(HistoryTest, ConsumersWhoseIdentityWasDroppedAreLeftOut) {
  for (const char* name : {"a", "b", "c"}) Run(name);
  Ticks(12, 10s);
  rig.database().Run("DELETE FROM revision WHERE container = 2; DELETE FROM container WHERE id = 2");
  const auto top = *reader.Top({Metric::kCpu, midnight, clock.Wall() + 1ms, 2});
  ASSERT_EQ(top.size(), 2u);
  for (const Consumer& one : top) EXPECT_NE(one.container, 2u);
}

}  // namespace
}  // namespace plimsoll::rollup
