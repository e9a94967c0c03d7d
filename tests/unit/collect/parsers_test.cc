#include <gtest/gtest.h>

#include "exporter/collect/derive.h"
#include "exporter/collect/extras.h"
#include "exporter/collect/host.h"
#include "exporter/collect/kernel_file.h"
#include "exporter/collect/netdev.h"

namespace plimsoll::collect {
namespace {

TEST(FlatKeyedTest, LearnsAnOrderAndRelearnsAnother) {
  ParseContext context("/none");
  MemorySample memory;
  ASSERT_TRUE(context.memory_stat_v2.Parse("anon 1\nfile 2\nunknown_key 9\ninactive_file 3\n", memory));
  EXPECT_EQ(memory.rss, 1u);
  EXPECT_EQ(memory.cache, 2u);
  EXPECT_EQ(memory.inactive_file, 3u);
  memory = {};
  ASSERT_TRUE(context.memory_stat_v2.Parse("file 20\nanon 10\ninactive_file 30\n", memory));
  EXPECT_EQ(memory.rss, 10u);
  EXPECT_EQ(memory.cache, 20u);
  EXPECT_EQ(memory.inactive_file, 30u);
  EXPECT_FALSE(memory.mapped_file);
}

// A text cut at any length yields true figures or none, never a wrong one.
TEST(FlatKeyedTest, CutAtEveryLengthGivesTrueFiguresOrNone) {
  const std::string whole = "anon 1531904\nfile 49086464\ninactive_file 33554432\n";
  for (size_t length = 0; length < whole.size(); ++length) {
    ParseContext context("/none");
    MemorySample memory;
    const bool understood = context.memory_stat_v2.Parse(whole.substr(0, length), memory);
    EXPECT_EQ(understood, length == 0 || whole[length - 1] == '\n') << length;
    EXPECT_TRUE(!memory.rss || *memory.rss == 1531904u) << length;
    EXPECT_TRUE(!memory.cache || *memory.cache == 49086464u) << length;
    EXPECT_TRUE(!memory.inactive_file) << length;
  }
}

TEST(LimitTest, MaxAndHugeNumbersAreUnlimited) {
  Figure figure;
  ASSERT_TRUE(ParseLimit("max\n", figure));
  EXPECT_EQ(figure, MemorySample::kUnlimited);
  ASSERT_TRUE(ParseLimit("9223372036854771712\n", figure));
  EXPECT_EQ(figure, MemorySample::kUnlimited);
  ASSERT_TRUE(ParseLimit("33554432\n", figure));
  EXPECT_EQ(figure, 33554432u);
  for (const char* bad :
       {"", "\n", "12", "max", "-1\n", "12x\n", "18446744073709551616\n", "maximum\n", " 5\n"})
    EXPECT_FALSE(ParseLimit(bad, figure)) << bad;
}

TEST(CpuMaxTest, QuotaIsAbsentWithoutOne) {
  CpuSample cpu;
  ASSERT_TRUE(ParseCpuMax("30000 100000\n", cpu));
  EXPECT_EQ(cpu.quota_us, 30000u);
  EXPECT_EQ(cpu.period_us, 100000u);
  ASSERT_TRUE(ParseCpuMax("max 50000\n", cpu));
  EXPECT_FALSE(cpu.quota_us);
  EXPECT_EQ(cpu.period_us, 50000u);
  EXPECT_FALSE(ParseCpuMax("max\n", cpu));
  EXPECT_FALSE(ParseCpuMax("", cpu));
}

TEST(PressureTest, BothLinesOrOnlySome) {
  PressureSample pressure;
  ASSERT_TRUE(ParsePressure("some avg10=1.25 avg60=0.02 avg300=0.00 total=157622151\n", pressure));
  EXPECT_EQ(pressure.some_total_us, 157622151u);
  EXPECT_DOUBLE_EQ(*pressure.some_avg10, 1.25);
  EXPECT_FALSE(pressure.full_total_us);
  ASSERT_TRUE(
      ParsePressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"
                    "full avg10=3.00 avg60=0.00 avg300=0.00 total=2\n",
                    pressure));
  EXPECT_EQ(pressure.full_total_us, 2u);
  EXPECT_FALSE(ParsePressure("none avg10=0.00\n", pressure));
}

TEST(IoStatTest, DevicesWithFiguresAndWithout) {
  ParseContext context("/none");
  ContainerSample sample;
  ASSERT_TRUE(
      ParseIoStat("8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0\n254:0 \n253:0\n",
                  sample, context));
  ASSERT_EQ(sample.block.size(), 1u);
  EXPECT_EQ(sample.block[0].minor, 16u);
  EXPECT_EQ(sample.block[0].write_bytes, 314773504u);
  EXPECT_EQ(sample.block[0].reads, 192u);
  EXPECT_STREQ(sample.block[0].device.c_str(), "") << "no such device in sysfs: nameless";
  EXPECT_TRUE(sample.block_known);
}

TEST(IoStatTest, IdleDevicesOnTheLineOfTheNextAreNotTakenForIt) {
  ParseContext context("/none");
  ContainerSample sample;
  ASSERT_TRUE(
      ParseIoStat("7:0 7:1 254:0 rbytes=5 wbytes=6 rios=1 wios=2 dbytes=0 dios=0\n", sample, context));
  ASSERT_EQ(sample.block.size(), 1u);
  EXPECT_EQ(sample.block[0].major, 254u);
  EXPECT_EQ(sample.block[0].read_bytes, 5u);
  EXPECT_FALSE(ParseIoStat("7:0 loop1 254:0 rbytes=5\n", sample, context));
}

TEST(NetDevTest, LeavesOutWhatCadvisorLeavesOut) {
  const std::string text =
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo "
      "colls carrier compressed\n"
      "    lo: 100 1 0 0 0 0 0 0 100 1 0 0 0 0 0 0\n"
      "  eth0:1296 16 1 2 0 0 0 0 516 6 3 4 0 0 0 0\n"
      "vethab: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n"
      "docker0: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n";
  std::vector<NetInterface> net;
  ASSERT_TRUE(ParseNetDev(text, net));
  ASSERT_EQ(net.size(), 1u);
  EXPECT_STREQ(net[0].name.c_str(), "eth0");
  EXPECT_EQ(net[0].rx_bytes, 1296u);
  EXPECT_EQ(net[0].rx_dropped, 2u);
  EXPECT_EQ(net[0].tx_errors, 3u);
  EXPECT_EQ(net[0].tx_dropped, 4u);
  EXPECT_FALSE(ParseNetDev("", net)) << "an empty text is not an empty list";
  EXPECT_FALSE(ParseNetDev(text.substr(0, text.find("516")), net));
}

TEST(ProcStatTest, IdleIncludesIowait) {
  CpuTicks ticks;
  ASSERT_TRUE(ParseProcStat("cpu  10 1 5 80 4 0 1 2 7 0\ncpu0 1 2\ncpu3 1 2\nintr 5\n", ticks));
  EXPECT_EQ(ticks.total, 103u) << "guest time is inside user time already";
  EXPECT_EQ(ticks.idle, 84u);
  EXPECT_EQ(ticks.cpus, 2u) << "those that are online";
  EXPECT_FALSE(ParseProcStat("cpu  10 1\n", ticks));
}

TEST(MeminfoTest, UsedIsTotalMinusAvailable) {
  HostSample host;
  Figure free;
  ASSERT_TRUE(ParseMeminfo("MemTotal: 100 kB\nMemFree: 10 kB\nMemAvailable: 30 kB\n", host, free));
  EXPECT_EQ(host.memory_used, 70u * 1024);
  EXPECT_FALSE(host.swap_total);
  ASSERT_TRUE(ParseMeminfo("MemTotal: 100 kB\n", host, free));
  EXPECT_FALSE(host.memory_used) << "a kernel without MemAvailable: unknown, not all used";
  EXPECT_FALSE(ParseMeminfo("", host, free));
}

TEST(DiskstatsTest, FieldsAndIdleDevices) {
  std::vector<DiskStats> disks;
  ASSERT_TRUE(
      ParseDiskstats("   7 0 loop0 5 0 0 0 0 0 0 0 0 0 0\n 254 0 vda 64138 2563 3868786 29283 170206 98114 "
                     "6154568 117843 2 61608 176862 1 2 3 4\n"
                     " 254 16 vdb 0 0 0 0 0 0 0 0 0 0 0\n",
                     disks));
  ASSERT_EQ(disks.size(), 1u);
  EXPECT_STREQ(disks[0].device.c_str(), "/dev/vda");
  EXPECT_EQ(disks[0].sectors_written, 6154568u);
  EXPECT_EQ(disks[0].in_progress, 2u);
  EXPECT_EQ(disks[0].weighted_io_ms, 176862u);
  EXPECT_FALSE(ParseDiskstats(" 254 0 vda 1 2\n", disks));
}

TEST(MountinfoTest, EachDeviceOnceAtItsShortestMountPoint) {
  const auto mounts = ParseMountinfo(
      "25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
      "26 25 254:0 /x /var/lib/very/long rw shared:1 - ext4 /dev/vda rw\n"
      "27 25 0:22 / /run rw - tmpfs tmpfs rw\n"
      "28 25 8:1 / /mnt/a\\040b rw - xfs /dev/sda1 rw\n"
      "29 25 7:0 / /snap/x ro - squashfs /dev/loop0 ro\n"
      "broken line\n");
  ASSERT_EQ(mounts.size(), 2u);
  EXPECT_EQ(mounts[0].mount_point, "/");
  EXPECT_EQ(mounts[1].mount_point, "/mnt/a b");
}

TEST(ProcessStateTest, CommandMayHoldAnything) {
  EXPECT_EQ(ParseProcessState("12 (a) R) S 1 2"), 'S');
  EXPECT_EQ(ParseProcessState("12 (x"), 0);
  EXPECT_EQ(ParseProcessState(""), 0);
}

TEST(SocketTablesTest, CountsByState) {
  std::array<uint64_t, 12> tcp{};
  ASSERT_TRUE(
      ParseTcpTable("  sl  local_address rem_address   st tx_queue\n"
                    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000\n"
                    "   1: 0100007F:1F90 0100007F:9999 01 00000000:00000000 00:00000000\n",
                    tcp));
  EXPECT_EQ(tcp[10], 1u);
  EXPECT_EQ(tcp[1], 1u);
  SocketCounts::Udp udp;
  ASSERT_TRUE(ParseUdpTable(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref "
      "pointer drops\n"
      " 10: 00000000:0044 00000000:0000 07 00000001:00000010 00:00000000 00000000 0 0 1 2 0 5\n",
      udp));
  EXPECT_EQ(udp.listen, 1u);
  EXPECT_EQ(udp.tx_queued, 1u);
  EXPECT_EQ(udp.rx_queued, 16u);
  EXPECT_EQ(udp.dropped, 5u);
}

TEST(DeriveTest, RatesNeedBothSidesAndTime) {
  ContainerSample sample;
  sample.net_known = true;
  sample.net.resize(2);
  sample.net[0].rx_bytes = 1000;
  sample.net[1].rx_bytes = 500;
  const MonoTime start{};
  const MonoTime four = start + std::chrono::seconds(4);
  const RateBasis::Times later{four, four, four};
  const RateBasis before = BasisOf(sample, {start, start, start});
  sample.net[0].rx_bytes = 3000;
  DerivedSample derived;
  DeriveRates(before, BasisOf(sample, later), derived);
  EXPECT_DOUBLE_EQ(derived.net_rx_bytes_per_second.value(), 500);
  EXPECT_DOUBLE_EQ(derived.net_tx_bytes_per_second.value(), 0);
  EXPECT_FALSE(derived.cpu_percent);
  EXPECT_FALSE(derived.block_read_bytes_per_second);
  sample.net[0].rx_bytes = 9000;
  DeriveRates(before, BasisOf(sample, {four, start, start}), derived);
  EXPECT_DOUBLE_EQ(derived.net_rx_bytes_per_second.value(), 500) << "the network was not read anew";
  sample.net.pop_back();
  sample.net[0].rx_bytes = 1;
  DeriveRates(before, BasisOf(sample, later), derived);
  EXPECT_FALSE(derived.net_rx_bytes_per_second) << "an interface left: the sum went back";
}

TEST(DeriveTest, PressureIsTheShareOfTheTimeBetweenTwoWholeReadings) {
  ContainerSample sample;
  sample.cpu_pressure.some_total_us = 5'000'000;
  sample.memory_pressure.some_total_us = 7;
  const MonoTime start{};
  const MonoTime four = start + std::chrono::seconds(4), eight = start + std::chrono::seconds(8);
  const RateBasis before = BasisOf(sample, {start, start, start});
  sample.cpu_pressure.some_total_us = 8'000'000;
  sample.io_pressure.some_total_us = 9;
  DerivedSample derived;
  DeriveRates(before, BasisOf(sample, {four, four, start}), derived);
  EXPECT_FALSE(derived.cpu_pressure_percent) << "not read anew";
  const RateBasis now = BasisOf(sample, {four, four, four});
  DeriveRates(before, now, derived);
  EXPECT_DOUBLE_EQ(derived.cpu_pressure_percent.value(), 75);
  EXPECT_DOUBLE_EQ(derived.memory_pressure_percent.value(), 0);
  EXPECT_FALSE(derived.io_pressure_percent) << "there was no total before";

  sample.cpu_pressure.some_total_us = 12'300'000;
  DeriveRates(now, BasisOf(sample, {eight, eight, four}), derived);
  EXPECT_DOUBLE_EQ(derived.cpu_pressure_percent.value(), 75) << "a quiet cgroup keeps what was read last";
  sample.memory_pressure.some_total_us.reset();
  DeriveRates(now, BasisOf(sample, {eight, eight, eight}), derived);
  EXPECT_DOUBLE_EQ(derived.cpu_pressure_percent.value(), 100) << "nobody waits longer than time passes";
  EXPECT_FALSE(derived.memory_pressure_percent) << "its file is gone";
}

}  // namespace
}  // namespace plimsoll::collect
