#include "rollup/replay.h"

#include <gtest/gtest.h>

#include "rollup/replay_minute.h"
#include "unit/rollup/rig.h"

namespace plimsoll::rollup {
namespace {

class ReplayTest : public ::testing::Test {
 protected:
  ReplayTest() : path(folder / "plimsoll.db"), rig(At(path), clock), frames(clock) {
    EXPECT_TRUE(rig.recorder->Open());
    frames.host.memory_total = 1 << 30;
    frames.host.memory_used = 1 << 29;
    frames.host.cpu_percent = 12.5;
  }

  void Beat(std::chrono::nanoseconds after = 10s) {
    clock.Pass(after);
    ASSERT_TRUE(rig.Record(frames.Beat()).written);
  }
  // Uses so much CPU and memory until the next beat, and beats.
  void Use(ContainerSample& sample, double percent, uint64_t pages) {
    *sample.cpu.usage_ns += static_cast<uint64_t>(percent * 1e8);
    sample.memory.usage = pages * 4096;
    Beat();
  }
  void ForgetReadings() { rig.database().Run("DELETE FROM sample; DELETE FROM tick"); }

  std::unique_ptr<Replay> Open(WallTime from = {}) {
    auto replay = Replay::Open({path, from, 4});
    EXPECT_TRUE(replay) << replay.error().message;
    return std::move(*replay);
  }
  static const ReplayTick* Next(Replay& replay) {
    const auto tick = replay.Next();
    EXPECT_TRUE(tick) << tick.error().message;
    return tick.value_or(nullptr);
  }

  ManualClock clock;
  TempFolder folder;
  std::string path;
  Rig rig;
  FrameMaker frames;
};

TEST_F(ReplayTest, RowsThatBelongToNothingArePassedOver) {
  frames.Run("web");
  frames.Run("nameless");
  for (int i = 0; i < 4; ++i) Beat();
  rig.database().Run("DELETE FROM tick WHERE id = 2; DELETE FROM revision WHERE container = 2");
  const auto replay = Open();
  size_t ticks = 0;
  while (const ReplayTick* const tick = Next(*replay)) {
    ++ticks;
    ASSERT_EQ(tick->set.containers.size(), 1u);
    EXPECT_EQ(tick->set.containers[0].sample->who->name, "web");
  }
  EXPECT_EQ(ticks, 3u);
}

TEST_F(ReplayTest, ARuntimeOfAnotherVersionsIsNoneThatWeKnow) {
  frames.Run("web");
  for (int i = 0; i < 2; ++i) Beat();
  rig.database().Run("UPDATE revision SET runtime = 'rkt'");
  const auto replay = Open();
  const ReplayTick* const tick = Next(*replay);
  ASSERT_NE(tick, nullptr);
  EXPECT_EQ(tick->set.containers.at(0).sample->who->runtime, RuntimeKind::kCgroup);
}

TEST_F(ReplayTest, AFileThatCannotBeReadIsSaid) {
  EXPECT_FALSE(Replay::Open({folder / "none.db", {}, 4}));
  frames.Run("web");
  for (int i = 0; i < 3; ++i) Beat();
  const auto replay = Open();
  rig.database().Run("ALTER TABLE sample RENAME TO elsewhere");
  const auto tick = replay->Next();
  ASSERT_FALSE(tick);
  EXPECT_TRUE(tick.error().message.starts_with(path + ": ")) << tick.error().message;
  rig.database().Run("ALTER TABLE tick RENAME TO away");
  const auto refused = Replay::Open({path, {}, 4});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.starts_with(path + ": ")) << refused.error().message;
}

TEST_F(ReplayTest, PlaysWhatTheStoreRecorded) {
  ContainerSample& web = frames.Run("web");
  std::vector<Recorder::Tick> recorded;
  for (int i = 0; i < 100; ++i) {
    clock.Pass(10s + std::chrono::microseconds(i * 37));
    *web.cpu.usage_ns += 12'345'678 * static_cast<uint64_t>(i);
    web.memory.usage = 4096 * static_cast<uint64_t>(i);
    recorded.push_back(rig.Record(frames.Beat()));
  }
  const auto replay = Open();
  for (const Recorder::Tick& was : recorded) {
    const ReplayTick* const tick = Next(*replay);
    ASSERT_NE(tick, nullptr);
    EXPECT_EQ(tick->tier, Tier::kRaw);
    EXPECT_EQ(tick->begins_run, &was == &recorded.front());
    ASSERT_EQ(tick->set.containers.size(), 1u);
    EXPECT_EQ(tick->set.containers[0].reading, was.readings->containers[0].reading);
    EXPECT_EQ(tick->set.containers[0].sample->who->name, "web");
    EXPECT_EQ(tick->set.containers[0].sample->derived.memory_limit, uint64_t{1} << 30) << "the host's";
    EXPECT_EQ(tick->set.containers[0].sample->derived.cpu_limit_percent, 400);
    EXPECT_EQ(ToMs(tick->set.frame->set->wall), ToMs(was.readings->frame->set->wall));
    EXPECT_EQ(tick->set.frame->host.cpu_percent, 12.5);
  }
  EXPECT_EQ(Next(*replay), nullptr);
  EXPECT_EQ(Next(*replay), nullptr);
  EXPECT_EQ(replay->progress(), 1);
  ASSERT_EQ(replay->stretches().size(), 1u);
  EXPECT_EQ(replay->stretches()[0].ticks, 100u);
}

TEST_F(ReplayTest, TimeBetweenTicksIsWhatTheMonotonicClockMeasured) {
  Beat();
  clock.JumpWall(-5min);
  Beat(10s);
  Beat(11s);
  const auto replay = Open();
  const MonoTime first = Next(*replay)->set.frame->set->mono;
  EXPECT_EQ(Next(*replay)->set.frame->set->mono - first, 10s);
  EXPECT_EQ(Next(*replay)->set.frame->set->mono - first, 21s);
}

TEST_F(ReplayTest, AContainerThatEndedIsNotAmongTheLiving) {
  frames.Run("web");
  ContainerSample& job = frames.Run("job");
  Beat();
  *job.cpu.usage_ns += 5'000'000'000;
  job.memory.oom_kills = 3;
  frames.Stop(job);
  Beat();
  const auto replay = Open();
  EXPECT_EQ(Next(*replay)->set.containers.size(), 2u);
  const ReplayTick* const after = Next(*replay);
  ASSERT_EQ(after->set.containers.size(), 1u) << "its last words are recorded, but it is gone";
  EXPECT_EQ(after->set.containers[0].sample->who->name, "web");
  ASSERT_EQ(after->set.frame->set->events.size(), 1u);
  EXPECT_EQ(after->set.frame->set->events[0].kind, ContainerEvent::Kind::kOom);
  EXPECT_EQ(after->set.frame->set->events[0].who->name, "job");
  EXPECT_EQ(after->set.frame->set->events[0].count, 3u);
}

TEST_F(ReplayTest, IdentityAndLimitsAreThoseOfTheTime) {
  ContainerSample& web = frames.Run("web", "shop:1");
  Beat();
  frames.Rename(web, [](Container& who) { who.image = "shop:2"; });
  web.derived.memory_limited = web.derived.cpu_limited = true;
  web.derived.memory_limit = 4096 * 1000;
  web.derived.cpu_limit_percent = 33.25;
  Beat();
  const auto replay = Open();
  const ContainerSample* sample = Next(*replay)->set.containers[0].sample;
  EXPECT_EQ(sample->who->image, "shop:1");
  EXPECT_EQ(sample->derived.memory_limit, uint64_t{1} << 30);
  sample = Next(*replay)->set.containers[0].sample;
  EXPECT_EQ(sample->who->image, "shop:2");
  EXPECT_EQ(sample->derived.memory_limit, 4096u * 1000);
  EXPECT_EQ(sample->derived.cpu_limit_percent, 33.25);
}

TEST_F(ReplayTest, ARunOfItsOwnBeginsWherePlimsollWasStartedAnew) {
  for (int i = 0; i < 3; ++i) Beat();
  rig.Restart();
  frames.NewCollector();
  clock.Pass(2min);
  for (int i = 0; i < 3; ++i) Beat();
  const auto replay = Open();
  std::vector<bool> begins;
  std::vector<MonoTime> times;
  while (const ReplayTick* const tick = Next(*replay)) {
    begins.push_back(tick->begins_run);
    times.push_back(tick->set.frame->set->mono);
  }
  EXPECT_EQ(begins, (std::vector<bool>{true, false, false, true, false, false}));
  EXPECT_EQ(times[3] - times[2], 2min + 10s) << "by the wall's clock";
}

TEST_F(ReplayTest, ReadingsBeforeTheBeginningAreLeftOut) {
  for (int i = 0; i < 10; ++i) Beat();
  const auto replay = Open(clock.Wall() - 35s);
  EXPECT_TRUE(Next(*replay)->begins_run) << "the engine begins here";
  for (int i = 0; i < 3; ++i) EXPECT_NE(Next(*replay), nullptr);
  EXPECT_EQ(Next(*replay), nullptr);
}

TEST_F(ReplayTest, MinutesAreBelowReadingsAndNeverBesideThem) {
  ContainerSample& web = frames.Run("web");
  clock.Pass(30s);                                 // to the beginning of a minute
  for (int i = 0; i < 60; ++i) Use(web, 50, 100);  // ten minutes
  const int64_t kept = (ToMs(clock.Wall()) / 60'000 - 3) * 60'000;
  rig.database().Run(
      ("DELETE FROM sample WHERE tick IN (SELECT id FROM tick WHERE at_ms < " + std::to_string(kept) + ")")
          .c_str());
  rig.database().Run(("DELETE FROM tick WHERE at_ms < " + std::to_string(kept)).c_str());
  const auto replay = Open();
  WallTime last{};
  MonoTime last_mono{};
  size_t ticks = 0;
  while (const ReplayTick* const tick = Next(*replay)) {
    const ContainerSet& set = *tick->set.frame->set;
    EXPECT_EQ(tick->tier, ToMs(set.wall) < kept ? Tier::kMinute : Tier::kRaw);
    EXPECT_EQ(tick->begins_run, ticks == 0);
    if (ticks > 0) {
      EXPECT_NEAR(std::chrono::duration<double>(set.wall - last).count(), 10, 5);
      EXPECT_EQ(set.mono - last_mono, set.wall - last);
    }
    if (tick->tier == Tier::kMinute) {
      EXPECT_FALSE(tick->set.frame->host.cpu_percent);
      EXPECT_FALSE(tick->set.frame->host.memory_used);
    }
    EXPECT_EQ(tick->set.containers.size(), 1u);
    EXPECT_EQ(tick->set.containers[0].sample->derived.memory_limit, uint64_t{1} << 30);
    last = set.wall;
    last_mono = set.mono;
    ++ticks;
  }
  EXPECT_NEAR(static_cast<double>(ticks), 60, 1);
  ASSERT_EQ(replay->stretches().size(), 2u);
  EXPECT_EQ(replay->stretches()[0].tier, Tier::kMinute);
  EXPECT_EQ(ToMs(replay->stretches()[1].from) / 60'000, kept / 60'000);
}

TEST_F(ReplayTest, AFileWithoutReadingsIsPlayedByMinutes) {
  ContainerSample& web = frames.Run("web");
  for (int i = 0; i < 30; ++i) Use(web, 50, 100);
  ForgetReadings();
  const auto replay = Open();
  size_t ticks = 0;
  while (Next(*replay) != nullptr) ++ticks;
  EXPECT_GE(ticks, 18u);
}

TEST_F(ReplayTest, AnEmptyFileHasNoTick) {
  const auto replay = Open();
  EXPECT_EQ(Next(*replay), nullptr);
  EXPECT_TRUE(replay->stretches().empty());
}

TEST_F(ReplayTest, WhatIsRecordedMeanwhileIsNotWaitedFor) {
  for (int i = 0; i < 40; ++i) Beat();
  const auto replay = Open();
  size_t ticks = 0;
  while (Next(*replay) != nullptr) {
    ++ticks;
    Beat();
  }
  EXPECT_EQ(ticks, 40u);
}

TEST_F(ReplayTest, RetentionGoesOnUnderAReplay) {
  for (int i = 0; i < 200; ++i) Beat();
  const auto replay = Open();
  for (int i = 0; i < 10; ++i) EXPECT_NE(Next(*replay), nullptr);
  EXPECT_TRUE(rig.database().Checkpoint(true)) << "no transaction of the replay is open";
  rig.database().Run("DELETE FROM tick WHERE id < 150; DELETE FROM sample WHERE tick < 150");
  size_t ticks = 10;
  while (Next(*replay) != nullptr) ++ticks;
  EXPECT_EQ(ticks, 32u + 51u) << "the page that was read, then what is left";
}

TEST_F(ReplayTest, TellsTheSettingsOfTheApi) {
  frames.Run("web");
  Beat();
  rig.database().Run("INSERT INTO alert_setting VALUES (1, 55, 66, 0, 1, 2)");
  const auto replay = Open();
  ASSERT_EQ(replay->settings().size(), 1u);
  EXPECT_EQ(replay->settings()[0].first, 1u);
  EXPECT_EQ(replay->settings()[0].second.cpu_threshold, 55);
  EXPECT_EQ(replay->settings()[0].second.enabled, false);
}

TEST_F(ReplayTest, TheSettingsOfAnOlderFileMeanWhatTheyMeantThere) {
  frames.Run("web");
  Beat();
  rig.database().Run("INSERT INTO alert_setting VALUES (1, 55, 66, 1, 1, 2), (2, 77, 88, 0, 1, 2)");
  rig.database().Run("PRAGMA user_version = 3");
  const auto replay = Open();
  ASSERT_EQ(replay->settings().size(), 2u);
  EXPECT_EQ(replay->settings()[0].second.mem_threshold, 66);
  EXPECT_EQ(replay->settings()[0].second.enabled, std::nullopt) << "it overrode no label";
  EXPECT_EQ(replay->settings()[1].second.enabled, false);
}

TEST_F(ReplayTest, AFileThatIsNotThereIsAFailureWithItsName) {
  const auto replay = Replay::Open({folder / "no.db", {}, 4});
  ASSERT_FALSE(replay);
  EXPECT_NE(replay.error().message.find("no.db"), std::string::npos);
}

// A minute's bucket of readings with these percents and pages, 10 s each.
Bucket MinuteOf(std::initializer_list<std::pair<double, uint64_t>> readings) {
  Bucket bucket;
  for (const auto& [percent, pages] : readings) {
    Reading reading;
    reading.elapsed_ms = 10'000;
    reading.cpu_us = static_cast<uint64_t>(percent * 100'000);
    reading.memory_bytes = pages * 4096;
    reading.net_rx_bytes = 6000;
    reading.periods = 100;
    reading.throttled_periods = 40;
    bucket.Add(reading);
  }
  return bucket;
}

TEST(ReplayMinuteTest, AMinuteIsItsLeastItsGreatestAndWhatTheAverageLeaves) {
  ReplayMinute minute;
  minute.Take(7, {{3, MinuteOf({{20, 5}, {90, 9}, {10, 1}, {40, 5}, {40, 5}, {40, 5}})}});
  ASSERT_EQ(minute.ticks(), 6u);
  std::vector<double> percents, pages;
  for (uint32_t tick = 0; tick < 6; ++tick) {
    const std::vector<Reading> readings = minute.ReadingsOf(tick);
    ASSERT_EQ(readings.size(), 1u);
    EXPECT_EQ(readings[0].container, 3u);
    percents.push_back(*readings[0].CpuPercent());
    pages.push_back(static_cast<double>(*readings[0].memory_bytes) / 4096);
    EXPECT_EQ(readings[0].PerSecond(readings[0].net_rx_bytes), 600);
    EXPECT_EQ(*readings[0].throttled_periods * 100 / *readings[0].periods, 40u);
    EXPECT_FALSE(readings[0].cpu_pressure);
  }
  EXPECT_EQ(percents, (std::vector<double>{10, 35, 35, 35, 35, 90})) << "240 in all, as it was";
  EXPECT_EQ(pages, (std::vector<double>{1, 5, 5, 5, 5, 9}));
}

TEST(ReplayMinuteTest, AMinuteOfOneReadingIsThatReading) {
  ReplayMinute minute;
  minute.Take(7, {{3, MinuteOf({{90, 4}})}});
  ASSERT_EQ(minute.ticks(), 1u);
  EXPECT_EQ(minute.ReadingsOf(0)[0].CpuPercent(), 90);
  EXPECT_EQ(minute.ReadingsOf(0)[0].memory_bytes, 4u * 4096);
}

TEST(ReplayMinuteTest, OomKillsOfAMinuteAreCountedOnce) {
  Bucket bucket = MinuteOf({{1, 1}, {1, 1}, {1, 1}});
  bucket.oom_kills = 2;
  ReplayMinute minute;
  minute.Take(7, {{3, bucket}});
  uint64_t kills = 0;
  for (uint32_t tick = 0; tick < 3; ++tick) kills += minute.ReadingsOf(tick)[0].oom_kills.value_or(0);
  EXPECT_EQ(kills, 2u);
}

TEST(ReplayMinuteTest, WhoCameAndWentBetweenTwoTicksIsNotAliveButItsKillCounts) {
  Reading last;
  last.elapsed_ms = 5;
  last.cpu_us = 5000;
  last.oom_kills = 1;
  last.ended = true;
  Bucket gone;
  gone.Add(last);
  for (const size_t others : {size_t{0}, size_t{3}}) {
    ReplayMinute minute;
    std::vector<std::pair<uint32_t, Bucket>> containers{{3, gone}};
    if (others > 0) containers.insert(containers.begin(), {1, MinuteOf({{1, 1}, {1, 1}, {1, 1}})});
    minute.Take(7, containers);
    ASSERT_EQ(minute.ticks(), std::max<size_t>(1, others));
    const std::vector<Reading> readings = minute.ReadingsOf(minute.ticks() - 1);
    ASSERT_EQ(readings.back().container, 3u);
    EXPECT_TRUE(readings.back().ended);
    EXPECT_EQ(readings.back().oom_kills, 1u);
    EXPECT_FALSE(readings.back().cpu_us);
  }
}

TEST(ReplayMinuteTest, ANewcomerIsThereAtTheEndAndOneThatLeavesAtTheBeginning) {
  const Bucket whole = MinuteOf({{1, 1}, {1, 1}, {1, 1}}), part = MinuteOf({{1, 1}});
  ReplayMinute minute;
  minute.Take(7, {{1, whole}, {2, part}});
  EXPECT_EQ(minute.ReadingsOf(0).size(), 1u);
  EXPECT_EQ(minute.ReadingsOf(2).size(), 2u);
  minute.Take(8, {{1, whole}, {2, part}});
  EXPECT_EQ(minute.ReadingsOf(0).size(), 2u);
  EXPECT_EQ(minute.ReadingsOf(2).size(), 1u);
  minute.Take(10, {{1, whole}, {2, part}});
  EXPECT_EQ(minute.ReadingsOf(0).size(), 1u) << "the minute between is missing";
}

}  // namespace
}  // namespace plimsoll::rollup
