#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "unit/collect/census_fixture.h"

namespace plimsoll::collect {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kOther(64, 'b');

TEST_F(CensusTest, CpuPercentIsUsageOverMonotonicTimeAndAbsentAtFirst) {
  host_.V2();
  Container(kId, "web", {{"cpu.stat", "usage_usec 1000000\nuser_usec 600000\nsystem_usec 400000\n"}});
  Begin();
  auto set = Beat();
  const ContainerSample* web = Find(*set);
  ASSERT_TRUE(web);
  EXPECT_EQ(web->who->name, "web");
  EXPECT_EQ(web->cpu.usage_ns, 1'000'000'000u);
  EXPECT_FALSE(web->derived.cpu_percent);

  clock_.Pass(seconds(2));
  clock_.JumpWall(-std::chrono::hours(5));  // the wall clock jumps, the percent does not care
  host_.Cgroup(kCgroup, {{"cpu.stat", "usage_usec 1500000\nuser_usec 900000\nsystem_usec 600000\n"}});
  set = Beat();
  EXPECT_DOUBLE_EQ(Find(*set)->derived.cpu_percent.value(), 25.0);
}

TEST_F(CensusTest, CounterThatGoesBackBeginsAnew) {
  host_.V2();
  Container(kId, "web", {{"cpu.stat", "usage_usec 5000000\n"}});
  Begin();
  Beat();
  clock_.Pass(seconds(1));
  host_.Cgroup(kCgroup, {{"cpu.stat", "usage_usec 100000\n"}});
  auto set = Beat();
  EXPECT_FALSE(Find(*set)->derived.cpu_percent);
  clock_.Pass(seconds(1));
  host_.Cgroup(kCgroup, {{"cpu.stat", "usage_usec 200000\n"}});
  set = Beat();
  EXPECT_NEAR(Find(*set)->derived.cpu_percent.value(), 10.0, 1e-9);
}

TEST_F(CensusTest, MissingAndBrokenFilesAreAbsentNeverZero) {
  host_.V2();
  Container(kId, "web",
            {{"cpu.stat", "garbage\n"},
             {"memory.current", ""},
             {"memory.stat", "anon 12\nfile 99999999999999999999\n"},
             {"pids.current", "-3\n"},
             {"io.stat", "8:0 rbytes=x\n"},
             {"cpu.pressure", "some avg10=zz\n"}});
  Begin();
  const auto set = Beat();
  const ContainerSample& web = *Find(*set);
  EXPECT_FALSE(web.cpu.usage_ns);
  EXPECT_FALSE(web.memory.usage);
  EXPECT_FALSE(web.memory.WorkingSet());
  EXPECT_FALSE(web.memory.cache);
  EXPECT_FALSE(web.pids.threads);
  EXPECT_FALSE(web.block_known);
  EXPECT_FALSE(web.derived.block_read_bytes_per_second);
  EXPECT_FALSE(web.cpu_pressure.some_total_us);
  EXPECT_FALSE(web.derived.cpu_pressure_percent);
  EXPECT_FALSE(web.memory.oom_kills);
  EXPECT_GE(set->stats.parse_errors, 5u);
}

// A folder can be opened and not read, as a file of a kernel that refuses.
TEST_F(CensusTest, WhatCannotBeReadIsAbsentAndCounted) {
  host_.V2();
  Container(kId, "web", {{"memory.current/.keep", ""}, {"memory.max/.keep", ""}, {"pids.current", "4\n"}});
  Begin();
  const auto set = Beat();
  EXPECT_FALSE(Find(*set)->memory.usage);
  EXPECT_EQ(Find(*set)->pids.threads, 4u);
  EXPECT_GE(set->stats.read_errors, 2u);
}

TEST_F(CensusTest, StartAndStopAreToldOnceAndLastFiguresKept) {
  host_.V2();
  Begin();
  Beat();
  clock_.Pass(seconds(1));
  Container(kId, "web", {{"cpu.stat", "usage_usec 700000\n"}, {"memory.events", "oom_kill 0\n"}});
  auto set = Beat();
  EXPECT_THAT(Events(*set), ::testing::ElementsAre("start web"));
  clock_.Pass(seconds(1));
  EXPECT_TRUE(Events(*Beat()).empty());

  clock_.Pass(seconds(1));
  host_.DockerContainer(
      kId, "web",
      R"("Running":false,"ExitCode":137,"OOMKilled":false,"StartedAt":"2023-11-14T22:13:20Z","FinishedAt":"2023-11-14T22:13:30Z")");
  host_.Remove("sys/fs/cgroup" + kCgroup);
  const WallTime gone_at = clock_.Wall();
  set = Beat();
  EXPECT_EQ(Find(*set), nullptr);
  ASSERT_EQ(set->ended.size(), 1u);
  EXPECT_EQ(set->ended[0]->last.cpu.usage_ns, 700'000'000u);
  EXPECT_EQ(set->ended[0]->last_seen, gone_at);
  EXPECT_TRUE(Events(*set).empty()) << "the exit code is waited for";
  clock_.Pass(seconds(2));
  set = Beat();
  EXPECT_THAT(Events(*set), ::testing::ElementsAre("stop web"));
  clock_.Pass(config_.last_seen_for);
  EXPECT_TRUE(Beat()->ended.empty());
}

TEST_F(CensusTest, RestartUnderTheSamePathIsStopThenStartAndOomKillsGoOn) {
  host_.V2();
  Container(kId, "web", {{"memory.events", "low 0\nhigh 0\nmax 7\noom 1\noom_kill 2\n"}});
  Begin();
  EXPECT_TRUE(Events(*Beat()).empty()) << "kills before we looked are no event of ours";
  host_.Remove("sys/fs/cgroup" + kCgroup);
  Container(kId, "web", {{"memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 1\n"}});
  clock_.Pass(seconds(1));
  const auto set = Beat();
  EXPECT_THAT(Events(*set), ::testing::ElementsAre("stop web", "start web", "oom web"));
  const ContainerSample& web = *Find(*set);
  EXPECT_EQ(web.oom_kills_before, 2u);
  EXPECT_EQ(web.memory.oom_kills, 1u);
  EXPECT_TRUE(set->ended.empty()) << "a container is either alive or ended";
}

TEST_F(CensusTest, PlainCgroupThatTurnsOutToBeAContainerIsOneFromThenOn) {
  host_.V2();
  host_.Write("run/runc/.keep", "");
  Begin();
  directory_->Start();
  host_.Cgroup("/my/own/path", {{"memory.current", "8192\n"}});
  const ContainerSample* before = Find(*Beat(), "/my/own/path");
  ASSERT_TRUE(before);
  EXPECT_TRUE(before->who->name.empty());
  host_.Write("run/runc/berth/state.json",
              R"({"id":"berth","init_process_pid":1,"created":"2023-11-14T22:13:20Z",)"
              R"("cgroup_paths":{"":"/sys/fs/cgroup/my/own/path"},"config":{"labels":["bundle=/b"]}})");
  std::vector<std::string> events;
  std::shared_ptr<const ContainerSet> set;
  for (int i = 0; i < 200 && events.empty(); ++i) {  // the directory's thread notices by inotify
    ::usleep(50'000);
    clock_.Pass(seconds(1));
    set = Beat();
    events = Events(*set);
  }
  EXPECT_THAT(events, ::testing::ElementsAre("start berth"));
  EXPECT_EQ(Find(*set, "/my/own/path")->who->runtime, RuntimeKind::kOci);
}

TEST_F(CensusTest, LoadLineIsTheSmallestLimitOnThePathToTheRoot) {
  host_.V2();
  host_.Cgroup("/docker", {{"memory.max", "500000\n"}, {"cpu.max", "150000 100000\n"}});
  Container(kId, "tight",
            {{"memory.max", "max\n"},
             {"cpu.max", "50000 100000\n"},
             {"memory.current", "300000\n"},
             {"memory.stat", "inactive_file 50000\n"}});
  Container(kOther, "loose", {{"memory.max", "800000\n"}, {"cpu.max", "max 100000\n"}});
  Begin();
  const auto set = Beat();
  const DerivedSample& tight = Find(*set)->derived;
  EXPECT_EQ(tight.memory_limit, 500000u);
  EXPECT_TRUE(tight.memory_limited);
  EXPECT_DOUBLE_EQ(tight.memory_percent.value(), 50.0);
  EXPECT_DOUBLE_EQ(tight.cpu_limit_percent, 50.0);
  const DerivedSample& loose = Find(*set, "/docker/" + kOther)->derived;
  EXPECT_EQ(loose.memory_limit, 500000u);
  EXPECT_DOUBLE_EQ(loose.cpu_limit_percent, 150.0);
  const DerivedSample& root = Find(*set, "/")->derived;
  EXPECT_EQ(root.memory_limit, 1000u * 1024);
  EXPECT_FALSE(root.memory_limited);
  EXPECT_DOUBLE_EQ(root.cpu_limit_percent, 200.0);
}

TEST_F(CensusTest, ProcessorsAndMemoryThatAreAddedRaiseTheLoadLine) {
  host_.V2();
  Container(kId, "web", {{"memory.max", "max\n"}});
  Begin();
  EXPECT_DOUBLE_EQ(Find(*Beat())->derived.cpu_limit_percent, 200.0);
  host_.Write("proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1\ncpu1 1\ncpu2 1\n");
  host_.Write("proc/meminfo", "MemTotal: 3000 kB\n");
  clock_.Pass(seconds(1));
  const auto set = Beat();
  EXPECT_DOUBLE_EQ(Find(*set)->derived.cpu_limit_percent, 300.0);
  EXPECT_EQ(Find(*set)->derived.memory_limit, 3000u * 1024);
}

// crun under systemd: Documentation of crun, "run.oci.systemd.subgroup".
TEST_F(CensusTest, LimitsInThePayloadCgroupAreTheContainers) {
  host_.V2();
  Container(kId, "web",
            {{"memory.max", "max\n"},
             {"cpu.max", "max 100000\n"},
             {"memory.current", "5000\n"},
             {"cpu.stat", "usage_usec 10\nnr_periods 0\nnr_throttled 0\n"}});
  Begin();
  EXPECT_FALSE(Find(*Beat())->derived.memory_limited);
  host_.Cgroup(kCgroup + "/container", {{"memory.max", "4096000\n"},
                                        {"cpu.max", "25000 100000\n"},
                                        {"memory.current", "4000\n"},
                                        {"cpu.stat", "usage_usec 10\nnr_periods 8\nnr_throttled 6\n"}});
  clock_.Pass(seconds(1));
  const auto set = Beat();
  const ContainerSample& web = *Find(*set);
  EXPECT_EQ(web.memory.limit, 4096000u);
  EXPECT_DOUBLE_EQ(web.derived.cpu_limit_percent, 25.0);
  EXPECT_EQ(web.cpu.throttled_periods, 6u);
  EXPECT_EQ(web.memory.usage, 5000u) << "the use is that of all the scope";
}

TEST_F(CensusTest, IncludeAndExcludeHideButLimitsAboveStillCount) {
  host_.V2();
  host_.Cgroup("/docker", {{"memory.max", "1000\n"}});
  Container(kId, "web-1", {{"memory.max", "max\n"}});
  Container(kOther, "db-1", {});
  config_.include = {"web-*"};
  Begin();
  const auto set = Beat();
  EXPECT_EQ(set->containers.size(), 2u) << "the root and web-1";
  EXPECT_EQ(Find(*set)->derived.memory_limit, 1000u);
  config_.include = {"*"};
  config_.exclude = {"web-*"};
  census_->Reconfigure(config_);
  clock_.Pass(seconds(1));
  const auto again = Beat();
  EXPECT_EQ(Find(*again), nullptr);
  EXPECT_TRUE(Find(*again, "/docker/" + kOther));
}

TEST_F(CensusTest, OutOfDescriptorsIsSlowerNotBlind) {
  host_.V2();
  Container(kId, "web", {{"cpu.stat", "usage_usec 10\n"}, {"memory.current", "4096\n"}});
  auto trees = FindHierarchies(host_.paths().sysfs);
  ReadContext context(*trees, host_.paths().sysfs, 3);
  CgroupReader reader(context, kCgroup, 0, CgroupReader::Depth::kFigures, CgroupReader::Limits::kHere);
  EXPECT_EQ(context.stats.without_descriptors, 1u);
  EXPECT_EQ(context.stats.descriptors, 0u);
  ContainerSample sample;
  ASSERT_TRUE(reader.Read(sample, clock_.Mono(), CgroupReader::Care::kAll));
  EXPECT_EQ(sample.memory.usage, 4096u);
  host_.Remove("sys/fs/cgroup" + kCgroup);
  EXPECT_FALSE(reader.Read(sample, clock_.Mono(), CgroupReader::Care::kAll));
  EXPECT_EQ(sample.memory.usage, 4096u) << "a cgroup that is gone leaves the last figures";
}

TEST_F(CensusTest, OutOfDescriptorsAnOlderKernelsFilesAreFoundToo) {
  host_.CgroupV1("/", {{"cpu/cpu.shares", "1024\n"},
                       {"cpuacct/cpuacct.usage", "999\n"},
                       {"memory/memory.stat", "cache 1\n"}});
  host_.CgroupV1(kCgroup, {{"blkio/blkio.throttle.io_service_bytes",
                            "8:0 Read 4096\n8:0 Write 512\n8:0 Sync 4608\n8:0 Async 0\nTotal 4608\n"}});
  auto trees = FindHierarchies(host_.paths().sysfs);
  ReadContext context(*trees, host_.paths().sysfs, 3);
  CgroupReader reader(context, kCgroup, 0, CgroupReader::Depth::kFigures, CgroupReader::Limits::kHere);
  ASSERT_EQ(context.stats.descriptors, 0u);
  ContainerSample sample;
  ASSERT_TRUE(reader.Read(sample, clock_.Mono(), CgroupReader::Care::kAll));
  EXPECT_TRUE(sample.block_known);
}

// The pressure file stands for the many that say nothing new while a cgroup does nothing.
TEST_F(CensusTest, TheOtherFilesOfAQuietCgroupRestForNineSecondsAtMost) {
  host_.V2();
  const std::string stalled = "some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";
  Container(kId, "web",
            {{"cpu.stat", "usage_usec 10\n"}, {"memory.current", "4096\n"}, {"cpu.pressure", stalled}});
  Begin();
  for (int i = 0; i < 20; ++i) {  // past its youth and the first, shorter rest
    clock_.Pass(seconds(1));
    Beat();
  }
  const auto write = [&](const char* file, const std::string& text) {
    host_.Write("sys/fs/cgroup" + kCgroup + "/" + file, text);
  };
  const auto total = [&] {
    clock_.Pass(seconds(1));
    return Find(*Beat())->cpu_pressure.some_total_us;
  };
  while (Find(*Beat())->cpu_pressure.some_total_us != 8u) {  // the end of a rest
    write("cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=8\n");
    clock_.Pass(seconds(1));
  }
  total();  // the second reading that finds the same
  write("cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
  int beats = 1;
  while (total() != 9u && beats < 20) ++beats;
  EXPECT_GT(beats, 1) << "nothing rested";
  EXPECT_LE(beats, 9);
}

TEST_F(CensusTest, ACgroupThatRanIsReadWhole) {
  host_.V2();
  Container(kId, "web",
            {{"cpu.stat", "usage_usec 10\n"}, {"memory.current", "4096\n"}, {"pids.current", "1\n"}});
  Begin();
  const auto write = [&](const char* file, const std::string& text) {
    host_.Write("sys/fs/cgroup" + kCgroup + "/" + file, text);
  };
  for (uint64_t i = 2; i < 20; ++i) {
    clock_.Pass(seconds(1));
    write("pids.current", std::to_string(i) + "\n");
    write("cpu.stat", "usage_usec " + std::to_string(i * 100) + "\n");
    EXPECT_EQ(Find(*Beat())->pids.threads, i);
  }
}

// The kernel writes dirty pages back long after the container went quiet. What
// a rest of the files delays is spread over that rest, not taken for one second's.
TEST_F(CensusTest, WritebackOfAQuietCgroupIsNoSpike) {
  host_.V2();
  Container(kId, "web", {{"cpu.stat", "usage_usec 10\n"}, {"memory.current", "4096\n"}, {"io.stat", ""}});
  Begin();
  double greatest = 0;
  uint64_t written = 0;
  for (int i = 0; i < 40; ++i) {
    clock_.Pass(seconds(1));
    written += 1000;
    host_.Write("sys/fs/cgroup" + kCgroup + "/io.stat",
                "8:0 rbytes=0 wbytes=" + std::to_string(written) + " rios=0 wios=1 dbytes=0 dios=0\n");
    const auto set = Beat();
    greatest = std::max(greatest, Find(*set)->derived.block_write_bytes_per_second.value_or(0));
  }
  EXPECT_NEAR(greatest, 1000, 1);
}

// A process that waits for a disk uses no CPU time: its cgroup rests while it stalls.
TEST_F(CensusTest, PressureOfACgroupThatRestsIsNoSpike) {
  host_.V2();
  Container(kId, "web", {{"cpu.stat", "usage_usec 10\n"}, {"io.pressure", ""}});
  Begin();
  std::set<double> percents;
  for (uint64_t i = 1; i <= 40; ++i) {
    clock_.Pass(seconds(1));
    host_.Write("sys/fs/cgroup" + kCgroup + "/io.pressure",
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=" + std::to_string(i * 600'000) + "\n");
    const auto set = Beat();
    const DerivedSample& derived = Find(*set)->derived;
    EXPECT_EQ(derived.io_pressure_percent.has_value(), i > 1) << "beat " << i;
    if (derived.io_pressure_percent) percents.insert(*derived.io_pressure_percent);
    EXPECT_FALSE(derived.cpu_pressure_percent) << "there is no file";
  }
  EXPECT_THAT(percents, ::testing::Each(::testing::DoubleNear(60, 1e-9)));
}

TEST_F(CensusTest, SteadyBeatsReuseTheirSets) {
  host_.V2();
  Container(kId, "web", {});
  Begin();
  std::set<const void*> addresses;
  for (int i = 0; i < 10; ++i) {
    addresses.insert(Beat().get());
    clock_.Pass(seconds(1));
  }
  EXPECT_EQ(addresses.size(), 1u);
}

TEST_F(CensusTest, V1HostIsReadFromItsControllers) {
  host_.CgroupV1("/", {{"cpu/cpu.shares", "1024\n"},
                       {"cpuacct/cpuacct.usage", "999\n"},
                       {"memory/memory.stat", "cache 1\n"}});
  host_.DockerContainer(kId, "web", R"("Running":true,"ExitCode":0)");
  host_.CgroupV1(
      kCgroup,
      {{"cpuacct/cpuacct.usage", "123456789\n"},
       {"cpuacct/cpuacct.stat", "user 7\nsystem 5\n"},
       {"cpu/cpu.stat", "nr_periods 10\nnr_throttled 4\nthrottled_time 5000\n"},
       {"cpu/cpu.cfs_quota_us", "30000\n"},
       {"cpu/cpu.cfs_period_us", "100000\n"},
       {"cpu/cpu.shares", "512\n"},
       {"memory/memory.usage_in_bytes", "1000000\n"},
       {"memory/memory.limit_in_bytes", "9223372036854771712\n"},
       {"memory/memory.stat", "cache 5\nrss 6\ntotal_cache 50\ntotal_rss 60\ntotal_inactive_file 300000\n"},
       {"memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"},
       {"blkio/blkio.throttle.io_service_bytes",
        "8:0 Read 4096\n8:0 Write 512\n8:0 Sync 4608\n8:0 Async 0\n8:0 Total 4608\nTotal 4608\n"},
       {"pids/pids.current", "4\n"},
       {"pids/pids.max", "max\n"}});
  Begin();
  const auto set = Beat();
  const ContainerSample& web = *Find(*set);
  EXPECT_EQ(web.cpu.usage_ns, 123456789u);
  EXPECT_EQ(web.cpu.user_ns, 70'000'000u);
  EXPECT_EQ(web.cpu.throttled_ns, 5000u);
  EXPECT_DOUBLE_EQ(web.derived.cpu_limit_percent, 30.0);
  EXPECT_EQ(web.memory.limit, MemorySample::kUnlimited);
  EXPECT_EQ(web.memory.cache, 50u);
  EXPECT_EQ(web.memory.WorkingSet(), 700000u);
  EXPECT_EQ(web.memory.oom_kills, 3u);
  ASSERT_EQ(web.block.size(), 1u);
  EXPECT_EQ(web.block[0].read_bytes, 4096u);
  EXPECT_EQ(web.pids.threads_max, MemorySample::kUnlimited);
  EXPECT_FALSE(web.memory_pressure.some_total_us);
}

}  // namespace
}  // namespace plimsoll::collect
