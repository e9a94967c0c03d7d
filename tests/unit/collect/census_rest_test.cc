// What is read less often than at every beat, and what that may not hide.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/collect/census_fixture.h"

namespace plimsoll::collect {
namespace {

using std::chrono::seconds;

class CensusRestTest : public CensusTest {
 protected:
  std::shared_ptr<const ContainerSet> Next() {
    clock_.Pass(seconds(1));
    return Beat();
  }
  // Past the seconds in which everything is read at every beat.
  void GrowUp() {
    Begin();
    for (int i = 0; i < 15; ++i) Next();
  }
  // A new file, as the kernel's text is to one who opens it anew.
  void Replace(const std::string& path, const std::string& text) {
    host_.Remove("sys/fs/cgroup" + path);
    host_.Write("sys/fs/cgroup" + path, text);
  }
  // The container did something.
  void Run() { host_.Cgroup(kCgroup, {{"cpu.stat", "usage_usec " + std::to_string(used_ += 1000) + "\n"}}); }

  uint64_t used_ = 10;
};

TEST_F(CensusRestTest, RatesAndPressureOfABurstEndWithIt) {
  host_.V2();
  const std::string calm = "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n";
  Container(kId, "web", {{"cpu.stat", "usage_usec 10\n"}, {"io.stat", ""}, {"io.pressure", calm}});
  GrowUp();
  Run();
  Next();
  Run();
  host_.Cgroup(kCgroup, {{"io.stat", "8:0 rbytes=0 wbytes=500000000 rios=0 wios=1 dbytes=0 dios=0\n"},
                         {"io.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=500005\n"}});
  auto set = Next();
  EXPECT_DOUBLE_EQ(Find(*set)->derived.block_write_bytes_per_second.value(), 5e8);
  EXPECT_DOUBLE_EQ(Find(*set)->derived.io_pressure_percent.value(), 50);
  set = Next();
  EXPECT_DOUBLE_EQ(Find(*set)->derived.block_write_bytes_per_second.value(), 0);
  EXPECT_DOUBLE_EQ(Find(*set)->derived.io_pressure_percent.value(), 0);
}

TEST_F(CensusRestTest, AnAverageThatFadesIsFollowed) {
  host_.V2();
  Container(kId, "web", {{"cpu.stat", "usage_usec 10\n"}, {"io.pressure", ""}});
  GrowUp();
  for (const int avg10 : {40, 36, 32}) {
    host_.Cgroup(kCgroup, {{"io.pressure",
                            "some avg10=" + std::to_string(avg10) + ".00 avg60=1.00 avg300=1.00 total=9\n"}});
    for (int i = 0; i < 10 && avg10 == 40; ++i) Next();  // the rest ends
    EXPECT_DOUBLE_EQ(Find(*Next())->io_pressure.some_avg10.value(), avg10);
  }
}

TEST_F(CensusRestTest, WhatNoAlertAsksForIsReadEveryFifthBeatAndKeptBetween) {
  host_.V2();
  Container(kId, "web", {{"cpu.stat", "usage_usec 10\n"}, {"memory.peak", "1\n"}, {"memory.current", "1\n"}});
  GrowUp();
  std::vector<uint64_t> peaks;
  for (uint64_t i = 100; i < 115; ++i) {
    Run();
    host_.Cgroup(kCgroup,
                 {{"memory.peak", std::to_string(i) + "\n"}, {"memory.current", std::to_string(i) + "\n"}});
    const auto set = Next();
    EXPECT_EQ(Find(*set)->memory.usage, i) << "at every beat";
    ASSERT_TRUE(Find(*set)->memory.max_usage);
    if (peaks.empty() || peaks.back() != *Find(*set)->memory.max_usage)
      peaks.push_back(*Find(*set)->memory.max_usage);
    EXPECT_LE(i - std::max<uint64_t>(peaks.back(), 100), 5u);
  }
  EXPECT_LE(peaks.size(), 4u);
}

TEST_F(CensusRestTest, CountsOfRequestsStandBesideTheirBytes) {
  host_.CgroupV1(
      "/",
      {{"cpu/cpu.shares", "1\n"}, {"cpuacct/cpuacct.usage", "9\n"}, {"memory/memory.stat", "cache 1\n"}});
  host_.DockerContainer(kId, "web", R"("Running":true)");
  host_.CgroupV1(kCgroup, {{"cpuacct/cpuacct.usage", "1\n"},
                           {"blkio/blkio.throttle.io_service_bytes", "8:0 Read 4096\n"},
                           {"blkio/blkio.throttle.io_serviced", "8:0 Read 3\n"}});
  GrowUp();
  for (int i = 0; i < 6; ++i) {
    host_.CgroupV1(kCgroup, {{"cpuacct/cpuacct.usage", std::to_string(100 + i) + "\n"}});
    const auto set = Next();
    ASSERT_EQ(Find(*set)->block.size(), 1u);
    EXPECT_EQ(Find(*set)->block[0].read_bytes, 4096u);
    EXPECT_EQ(Find(*set)->block[0].reads, 3u);
  }
}

// Through an open descriptor that is read again within a second, v1 shows the list of before.
TEST_F(CensusRestTest, ProcessesOfAV1ContainerAreCountedFromAFileThatIsOpenedAnew) {
  host_.CgroupV1(
      "/",
      {{"cpu/cpu.shares", "1\n"}, {"cpuacct/cpuacct.usage", "9\n"}, {"memory/memory.stat", "cache 1\n"}});
  host_.DockerContainer(kId, "web", R"("Running":true)");
  host_.CgroupV1(kCgroup, {{"cpuacct/cpuacct.usage", "1\n"}, {"memory/cgroup.procs", "7\n"}});
  GrowUp();
  EXPECT_EQ(Find(*Next())->pids.processes, 1u);
  Replace("/memory" + kCgroup + "/cgroup.procs", "7\n8\n");
  std::shared_ptr<const ContainerSet> set;
  for (int i = 0; i < 5; ++i) {
    host_.Write("sys/fs/cgroup/cpuacct" + kCgroup + "/cpuacct.usage", std::to_string(100 + i) + "\n");
    set = Next();
  }
  EXPECT_EQ(Find(*set)->pids.processes, 2u);
}

TEST_F(CensusRestTest, ProcessesAreCountedWhereTheyAreOrNotAtAll) {
  host_.V2();
  Container(kId, "podman", {{"cpu.stat", "usage_usec 10\n"}, {"pids.current", "3\n"}});
  host_.Cgroup(kCgroup + "/container", {{"cgroup.procs", "7\n8\n9\n"}});
  const std::string other(64, 'b');
  Container(other, "systemd", {{"cpu.stat", "usage_usec 10\n"}, {"pids.current", "3\n"}});
  host_.Cgroup("/docker/" + other + "/init.scope", {{"cgroup.procs", "17\n"}});
  config_.enable_groups = {"process"};
  host_.Write({{"proc/7/stat", "7 (a) S 1\n"}, {"proc/8/stat", "8 (a) R 1\n"}});
  Begin();
  const auto set = Next();
  EXPECT_EQ(Find(*set)->pids.processes, 3u);
  ASSERT_TRUE(Find(*set)->process);
  EXPECT_EQ(Find(*set)->process->running, 1u);
  EXPECT_EQ(Find(*set, "/docker/" + other)->pids.processes, std::nullopt);
  EXPECT_FALSE(Find(*set, "/docker/" + other)->process);
}

TEST_F(CensusRestTest, CgroupsAroundContainersAreReadWholeEveryFifthBeatAndTheirCpuTimeAtEach) {
  host_.V2();
  host_.Cgroup("/docker", {{"cpu.stat", "usage_usec 0\n"}, {"memory.current", "0\n"}});
  host_.Write("proc/1/net/dev", "Inter-|\n face |\n eth0: 0 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n");
  GrowUp();
  std::vector<uint64_t> seen;
  for (uint64_t i = 1; i <= 15; ++i) {
    host_.Cgroup("/docker", {{"cpu.stat", "usage_usec " + std::to_string(i * 100'000) + "\n"},
                             {"memory.current", std::to_string(i * 4096) + "\n"}});
    host_.Write("proc/1/net/dev",
                "Inter-|\n face |\n eth0: " + std::to_string(i * 1000) + " 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n");
    const auto set = Next();
    const ContainerSample& docker = *Find(*set, "/docker");
    if (seen.empty() || seen.back() != *docker.memory.usage) seen.push_back(*docker.memory.usage);
    EXPECT_EQ(docker.cpu.usage_ns, i * 100'000'000);
    EXPECT_NEAR(docker.derived.cpu_percent.value(), 10, 1e-9);
    EXPECT_DOUBLE_EQ(Find(*set, "/")->derived.net_rx_bytes_per_second.value(), 1000) << "the host's, always";
  }
  EXPECT_GE(seen.size(), 3u);
  EXPECT_LE(seen.size(), 5u);
}

}  // namespace
}  // namespace plimsoll::collect
