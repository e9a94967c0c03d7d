#include "rollup/ledger.h"

#include <gtest/gtest.h>

#include "rig.h"

namespace plimsoll::rollup {
namespace {

// Readings as they come out of the recorder.
class LedgerTest : public RecorderTest {
 protected:
  LedgerTest() { host.host.cpu_count = 2; }

  Recorder::Tick Tick(std::chrono::nanoseconds after = 10s) {
    clock.Pass(after);
    Recorder::Tick tick = rig.Record(host.Beat());
    EXPECT_TRUE(tick.written);
    return tick;
  }
  // The reading of the only container.
  Reading Only(std::chrono::nanoseconds after = 10s) {
    const Recorder::Tick tick = Tick(after);
    EXPECT_EQ(tick.readings->containers.size(), 1u);
    return tick.readings->containers.at(0).reading;
  }
  // What the file has of the only container in the newest tick.
  Reading Stored() {
    SQLite::Statement row(
        rig.database().connection(),
        "SELECT chunk, readings, elapsed_ms FROM sample JOIN tick ON id = tick ORDER BY id DESC");
    Reading reading;
    EXPECT_TRUE(row.executeStep());
    const auto blob = row.getColumn(1);
    ChunkReader in(row.getColumn(0).getUInt(),
                   {static_cast<const char*>(blob.getBlob()), static_cast<size_t>(blob.getBytes())});
    EXPECT_TRUE(in.Next() && in.Read(reading, static_cast<uint64_t>(row.getColumn(2).getInt64())));
    return reading;
  }
};

TEST_F(LedgerTest, AContainerOlderThanTheStoreHasNoIncreaseAtFirst) {
  ContainerSample& web = host.Run("web");
  web.cpu.usage_ns = 90'000'000'000;
  web.memory.usage = 1 << 20;
  const Reading first = Only();
  EXPECT_FALSE(first.elapsed_ms || first.cpu_us || first.net_rx_bytes || first.oom_kills);
  EXPECT_EQ(first.memory_bytes, 1u << 20);
  web.cpu.usage_ns = 91'000'000'000;
  const Reading second = Only();
  EXPECT_EQ(second.cpu_us, 1'000'000u);
  EXPECT_EQ(second.elapsed_ms, 10'000u);
  EXPECT_DOUBLE_EQ(*second.CpuPercent(), 10);
}

TEST_F(LedgerTest, AContainerBornBetweenTwoTicksCountsFromZeroSinceItsBirth) {
  Tick();
  clock.Pass(6s);
  ContainerSample& web = host.Run("web");
  web.cpu.usage_ns = 2'000'000'000;
  web.net.push_back(NetOf("eth0", 500, 70));
  const Reading first = Only(4s);
  EXPECT_EQ(first.elapsed_ms, 4'000u);
  EXPECT_EQ(first.cpu_us, 2'000'000u);
  EXPECT_EQ(first.net_rx_bytes, 500u);
}

// A cgroup directory that the kernel forgot and looked up again bears a new date.
TEST_F(LedgerTest, ABirthThatCannotBeTrueIsNotBelieved) {
  Tick();
  ContainerSample& web = host.Run("web");
  web.cpu.usage_ns = 3'600'000'000'000;  // an hour, on two cores, within ten seconds
  const Reading first = Only();
  EXPECT_FALSE(first.cpu_us || first.elapsed_ms);
}

TEST_F(LedgerTest, MicrosecondsAreCutFromTotalsSoThatNothingDrifts) {
  ContainerSample& web = host.Run("web");
  web.cpu.usage_ns = 999;
  Only();
  uint64_t sum = 0;
  for (int i = 0; i < 1000; ++i) {
    *web.cpu.usage_ns += 1'999;
    sum += *Only(1s).cpu_us;
  }
  EXPECT_EQ(sum, *web.cpu.usage_ns / 1000);
}

TEST_F(LedgerTest, ElapsedMillisecondsAddUpToTheWholeTime) {
  host.Run("web");
  Only();
  const MonoTime begin = clock.Mono();
  uint64_t sum = 0;
  for (int i = 0; i < 100; ++i) sum += *Only(std::chrono::nanoseconds(10'003'777'777)).elapsed_ms;
  EXPECT_EQ(sum, static_cast<uint64_t>(ToMs(clock.Mono()) - ToMs(begin)));
}

TEST_F(LedgerTest, InterfacesCountEachForItself) {
  ContainerSample& web = host.Run("web");
  web.net = {NetOf("eth0", 1000, 100), NetOf("eth1", 5000, 500)};
  Only();
  web.net = {NetOf("eth0", 1100, 100)};  // eth1 is gone
  EXPECT_EQ(Only().net_rx_bytes, 100u);
  web.net = {NetOf("eth0", 1150, 100), NetOf("eth2", 30, 3)};  // a new one
  EXPECT_EQ(Only().net_rx_bytes, 80u);
  web.net = {NetOf("eth2", 7, 3), NetOf("eth0", 1150, 101)};  // one began anew, and another order
  const Reading last = Only();
  EXPECT_EQ(last.net_rx_bytes, 7u);
  EXPECT_EQ(last.net_tx_bytes, 1u);
}

TEST_F(LedgerTest, DevicesCountEachForItself) {
  ContainerSample& web = host.Run("web");
  web.block = {BlockOf("/dev/sda", 0, 4096, 8192)};
  Only();
  web.block = {BlockOf("/dev/sda", 0, 8192, 8192), BlockOf("/dev/sdb", 16, 512, 1024)};
  const Reading both = Only();
  EXPECT_EQ(both.block_read_bytes, 4608u);
  EXPECT_EQ(both.block_write_bytes, 1024u);
  web.block = {BlockOf("/dev/sdb", 16, 512, 2048)};
  EXPECT_EQ(Only().block_write_bytes, 1024u);
}

TEST_F(LedgerTest, WhatVanishedAndIsBackBeganAnew) {
  ContainerSample& web = host.Run("web");
  web.net = {NetOf("eth0", 1000, 0)};
  web.block = {BlockOf("/dev/sda", 0, 4096, 0)};
  Only();
  web.net.clear();
  web.block.clear();
  EXPECT_EQ(Only().net_rx_bytes, 0u);
  web.net = {NetOf("eth0", 1500, 0)};
  web.block = {BlockOf("/dev/sda", 0, 5000, 0)};
  const Reading back = Only();
  EXPECT_EQ(back.net_rx_bytes, 1500u) << "another interface of the same name";
  EXPECT_EQ(back.block_read_bytes, 5000u);
}

TEST_F(LedgerTest, WhatIsUnknownIsAbsentAndToldWholeLater) {
  ContainerSample& web = host.Run("web");
  web.net = {NetOf("eth0", 100, 0)};
  Only();
  web.net_known = web.block_known = false;
  web.net.clear();
  web.memory.usage.reset();
  const Reading unknown = Only();
  EXPECT_FALSE(unknown.net_rx_bytes || unknown.block_read_bytes || unknown.memory_bytes);
  EXPECT_TRUE(unknown.cpu_us);
  web.net_known = true;
  web.net = {NetOf("eth0", 175, 0)};
  EXPECT_EQ(Only().net_rx_bytes, 75u);
}

TEST_F(LedgerTest, ARestartUnderTheSamePathLosesNeitherEndNorBeginning) {
  ContainerSample& web = host.Run("web");
  web.cpu.usage_ns = 10'000'000'000;
  Only();
  web.cpu.usage_ns = 11'000'000'000;
  clock.Pass(4s);
  host.Restart(web);
  web.cpu.usage_ns = 500'000'000;
  const Reading reading = Only(6s);
  EXPECT_EQ(reading.cpu_us, 1'500'000u);
  EXPECT_EQ(reading.elapsed_ms, 10'000u);
  EXPECT_EQ(Stored(), reading);
}

TEST_F(LedgerTest, LastWordsOfAnEndedContainerHaveCountersAndNoGauges) {
  ContainerSample& web = host.Run("web");
  web.cpu.usage_ns = 0;
  web.memory.usage = 4096;
  Only();
  web.cpu.usage_ns = 3'000'000'000;
  web.memory.oom_kills = 1;
  clock.Pass(3s);
  host.Stop(web);
  EXPECT_TRUE(Tick(7s).readings->containers.empty());
  const Reading last = Stored();
  EXPECT_EQ(last.cpu_us, 3'000'000u);
  EXPECT_EQ(last.oom_kills, 1u);
  EXPECT_EQ(last.elapsed_ms, 3'000u);
  EXPECT_FALSE(last.memory_bytes || last.threads);
  for (int i = 0; i < 3; ++i) Tick();  // it stays among the ended; it is told once
  const Bucket whole = WholeRaw(rig.database()).at(1);
  EXPECT_EQ(whole.cpu_us, 3'000'000u);
  EXPECT_EQ(whole.samples, 1u) << "while it lived";
}

TEST_F(LedgerTest, AContainerThatWasNotReadAgainBeforeItsEndHasNoLastWords) {
  ContainerSample& web = host.Run("web");
  web.cpu.usage_ns = 0;
  Only();
  web.cpu.usage_ns = 3'000'000'000;
  const Reading known = Only();
  clock.Pass(100ms);
  host.Stop(web);
  Tick(9900ms);
  EXPECT_EQ(Stored(), known) << "0 % would be made up";
  EXPECT_EQ(WholeRaw(rig.database()).at(1).samples, 2u);
}

TEST_F(LedgerTest, AContainerThatCameAndWentBetweenTwoTicksIsRecorded) {
  Tick();
  clock.Pass(2s);
  ContainerSample& job = host.Run("job");
  job.cpu.usage_ns = 700'000'000;
  clock.Pass(1s);
  host.Stop(job);
  Tick(7s);
  const Reading only = Stored();
  EXPECT_EQ(only.cpu_us, 700'000u);
  EXPECT_EQ(only.elapsed_ms, 1'000u);
  EXPECT_EQ(rig.database().Number("SELECT count(*) FROM container WHERE key = 'name:job'"), 1);
  EXPECT_EQ(rig.database().Number("SELECT count(*) FROM revision"), 1);
}

TEST_F(LedgerTest, JumpsOfTheClockNeitherDoubleNorNegate) {
  ContainerSample& web = host.Run("web");
  Only();
  uint64_t sum = 0;
  const auto step = [&](std::chrono::nanoseconds after, uint64_t used_ms) {
    *web.cpu.usage_ns += used_ms * 1'000'000;
    const Reading reading = Only(after);
    EXPECT_EQ(reading.cpu_us, used_ms * 1000);
    EXPECT_EQ(reading.elapsed_ms, static_cast<uint64_t>(after / 1ms));
    sum += *reading.cpu_us;
  };
  step(10s, 100);
  clock.JumpWall(-1h);
  step(10s, 200);
  step(400ms, 10);  // two ticks in one second
  step(400ms, 10);
  clock.JumpWall(2h);
  step(10s, 300);
  step(40s, 400);  // a tick that is late
  clock.JumpWall(-1h);
  step(10s, 100);
  EXPECT_EQ(sum, *web.cpu.usage_ns / 1000);
  EXPECT_EQ(WholeRaw(rig.database()).at(1).cpu_us, sum);
  ExpectTiersAgree(rig.database(), rig.open);
}

TEST_F(LedgerTest, AContainerBornAroundAJumpOfTheClockIsKnownToBeNew) {
  Tick();
  ContainerSample& before = host.Run("before");
  before.cpu.usage_ns = 100'000'000;
  clock.JumpWall(-1h);
  ContainerSample& after = host.Run("after");
  after.cpu.usage_ns = 200'000'000;
  const auto tick = Tick();
  ASSERT_EQ(tick.readings->containers.size(), 2u);
  uint64_t sum = 0;
  for (const ReadContainer& one : tick.readings->containers) {
    sum += one.reading.cpu_us.value_or(0);
    EXPECT_LE(one.reading.elapsed_ms.value_or(UINT64_MAX), 10'000u);
  }
  EXPECT_EQ(sum, 300'000u);
}

TEST_F(LedgerTest, TheIncreaseAcrossADowntimeIsKept) {
  ContainerSample& web = host.Run("web");
  web.net = {NetOf("eth0", 1000, 0)};
  Only();
  web.cpu.usage_ns = 5'000'000'000;
  Only();
  web.cpu.usage_ns = 6'000'000'000;
  Only();
  rig.Restart();
  host.NewCollector();
  web.cpu.usage_ns = 66'000'000'000;
  web.net = {NetOf("eth0", 1700, 0)};
  const Reading reading = Only(10min);
  EXPECT_EQ(reading.container, 1u);
  EXPECT_EQ(reading.cpu_us, 60'000'000u);
  EXPECT_EQ(reading.net_rx_bytes, 700u);
  EXPECT_EQ(reading.elapsed_ms, 600'000u);
  EXPECT_EQ(WholeRaw(rig.database()).at(1).cpu_us, 66'000'000u);
}

TEST_F(LedgerTest, AContainerMadeAnewDuringADowntimeCountsFromItsBirth) {
  ContainerSample& old = host.Run("web");
  old.cpu.usage_ns = 5'000'000'000;
  Only();
  host.Stop(old);
  rig.Restart();
  host.NewCollector();
  clock.Pass(5min);
  ContainerSample& web = host.Run("web");
  web.cpu.usage_ns = 8'000'000'000;
  const Reading reading = Only(1min);
  EXPECT_EQ(reading.container, 1u);
  EXPECT_EQ(reading.cpu_us, 8'000'000u);
  EXPECT_EQ(reading.elapsed_ms, 60'000u);
}

TEST_F(LedgerTest, AnInterfaceGoneDuringADowntimeLeavesTheIncreaseUnknown) {
  ContainerSample& web = host.Run("web");
  web.net = {NetOf("eth0", 1000, 0), NetOf("eth1", 9000, 0)};
  Only();
  rig.Restart();
  host.NewCollector();
  web.net = {NetOf("eth0", 1200, 0)};
  web.cpu.usage_ns = 1'000'000;
  const Reading reading = Only();
  EXPECT_FALSE(reading.net_rx_bytes);
  EXPECT_EQ(reading.cpu_us, 1000u);
  web.net = {NetOf("eth0", 1300, 0)};
  EXPECT_EQ(Only().net_rx_bytes, 100u);
}

TEST_F(LedgerTest, ANewCollectorInTheSameRunGoesOnWhereTheOldOneWas) {
  ContainerSample& web = host.Run("web");
  ContainerSample& db = host.Run("db");
  Tick();
  *web.cpu.usage_ns += 1'000'000;
  *db.cpu.usage_ns += 2'000'000;
  Tick();
  host.NewCollector();  // counts its incarnations in another order
  std::swap(web.incarnation, db.incarnation);
  *web.cpu.usage_ns += 3'000'000;
  *db.cpu.usage_ns += 4'000'000;
  const auto tick = Tick();
  ASSERT_EQ(tick.readings->containers.size(), 2u);
  for (const ReadContainer& one : tick.readings->containers)
    EXPECT_EQ(one.reading.cpu_us, one.sample->who->name == "web" ? 3000u : 4000u);
}

TEST_F(LedgerTest, GaugesAreAsTheyStand) {
  ContainerSample& web = host.Run("web");
  web.memory.usage = 10 * 4096;
  web.memory.inactive_file = 3 * 4096;
  web.pids.threads = 17;
  web.cpu_pressure.some_avg10 = 1.25;
  web.io_pressure.some_avg10 = 100;
  const Reading reading = Only();
  EXPECT_EQ(reading.memory_bytes, 7u * 4096);
  EXPECT_EQ(reading.inactive_file_bytes, 3u * 4096);
  EXPECT_EQ(reading.threads, 17u);
  EXPECT_EQ(reading.cpu_pressure, 125u);
  EXPECT_FALSE(reading.memory_pressure);
  EXPECT_EQ(reading.io_pressure, 10'000u);
  EXPECT_EQ(Stored(), reading);
}

TEST_F(LedgerTest, MetersAndIncreasesTellEveryCounter) {
  ContainerSample& web = host.Run("web");
  web.net = {NetOf("eth0", 10, 20)};
  for (int i = 0; i < 800; ++i) {  // more than two hours
    *web.cpu.usage_ns += 1'234'567;
    web.net[0].rx_bytes += 10;
    Only();
  }
  auto& connection = rig.database().connection();
  SQLite::Statement meters(connection, "SELECT tick, cpu_us, net_rx_bytes FROM meter ORDER BY tick");
  int seen = 0;
  while (meters.executeStep()) {
    ++seen;
    const int64_t tick = meters.getColumn(0).getInt64();
    EXPECT_EQ(meters.getColumn(1).getInt64(), tick * 1'234'567 / 1000);
    EXPECT_EQ(meters.getColumn(2).getInt64(), 10 + tick * 10);
  }
  EXPECT_GE(seen, 3);
}

}  // namespace
}  // namespace plimsoll::rollup
