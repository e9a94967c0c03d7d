// What the census sees when the kernel could not keep up telling it.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "exporter/collect/file_text.h"
#include "unit/collect/census_fixture.h"

namespace plimsoll::collect {
namespace {

using testing::ElementsAre;

const std::string kOther = "/docker/" + std::string(64, 'b');

class CensusLostTest : public CensusTest {
 protected:
  CensusLostTest() {
    host_.V2();
    Container(kId, "web", {{"cpu.stat", "usage_usec 5\n"}});
    // Containers, for of those alone this file is watched.
    Container(std::string(64, 'c'), "loud", {{"cgroup.events", "populated 1\n"}});
    Container(std::string(64, 'd'), "louder", {{"cgroup.events", "populated 1\n"}});
    Begin();
  }
  // More happens than inotify's queue holds: of what is next nothing is heard until the queue is read.
  void Overflow() {
    int64_t most = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
    ASSERT_GT(most, 0);
    const auto open = [this](char id) {
      const std::string path =
          host_.paths().sysfs + "/fs/cgroup/docker/" + std::string(64, id) + "/cgroup.events";
      return Descriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    };
    const Descriptor loud = open('c'), louder = open('d');
    // By turns: of two equal events one after the other the kernel keeps one.
    for (int64_t i = 0; i <= most; ++i) ASSERT_EQ(::pwrite((i % 2 ? louder : loud).get(), "p", 1, 0), 1);
  }
};

TEST_F(CensusLostTest, WhoCameAndWhoWentMeanwhileIsFound) {
  ASSERT_TRUE(Find(*Beat()));
  Overflow();
  host_.Remove("sys/fs/cgroup" + kCgroup);
  Container(std::string(64, 'b'), "db", {{"cpu.stat", "usage_usec 7\n"}});
  const auto set = Beat();
  EXPECT_FALSE(Find(*set));
  EXPECT_TRUE(Find(*set, kOther));
  ASSERT_EQ(set->ended.size(), 1u);
  EXPECT_EQ(set->ended[0]->last.who->name, "web");
}

TEST_F(CensusLostTest, WhoStayedIsTheSame) {
  const uint64_t incarnation = Find(*Beat())->incarnation;
  Overflow();
  const auto set = Beat();
  ASSERT_TRUE(Find(*set));
  EXPECT_EQ(Find(*set)->incarnation, incarnation);
  EXPECT_TRUE(set->ended.empty());
  EXPECT_THAT(Events(*set), ElementsAre());
}

TEST_F(CensusLostTest, WhoWasMadeAnewMeanwhileIsAnother) {
  const uint64_t incarnation = Find(*Beat())->incarnation;
  Overflow();
  // Beside the old one first, so that the new folder cannot get its number.
  host_.Cgroup("/docker/new", {{"cpu.stat", "usage_usec 1\n"}});
  host_.Remove("sys/fs/cgroup" + kCgroup);
  std::filesystem::rename(host_.paths().sysfs + "/fs/cgroup/docker/new",
                          host_.paths().sysfs + "/fs/cgroup" + kCgroup);
  const auto set = Beat();
  ASSERT_TRUE(Find(*set));
  EXPECT_NE(Find(*set)->incarnation, incarnation);
  EXPECT_THAT(Events(*set), ElementsAre("stop web", "start web"));
}

TEST_F(CensusLostTest, WhatComesLaterIsHeardAgain) {
  Beat();
  Overflow();
  Beat();
  Container(std::string(64, 'b'), "db", {{"cpu.stat", "usage_usec 7\n"}});
  EXPECT_TRUE(Find(*Beat(), kOther));
  host_.Remove("sys/fs/cgroup" + kOther);
  EXPECT_FALSE(Find(*Beat(), kOther));
}

// A container whose process is killed for want of memory ends, and its cgroup goes before the next beat.
TEST_F(CensusLostTest, AKillIsCountedThoughTheCgroupIsGoneByTheBeat) {
  host_.Cgroup(kOther, {{"cpu.stat", "usage_usec 7\n"},
                        {"memory.events", "oom 0\noom_kill 0\n"},
                        {"cgroup.events", "populated 1\n"}});
  host_.DockerContainer(std::string(64, 'b'), "db", R"("Running":true,"ExitCode":0)");
  ASSERT_TRUE(Find(*Beat(), kOther));
  host_.Cgroup(kOther, {{"memory.events", "oom 1\noom_kill 2\n"}});
  host_.Cgroup(kOther, {{"cgroup.events", "populated 0\n"}});
  census_->TakeTreeEvents();  // woken by the last process' end, not by the clock
  host_.Remove("sys/fs/cgroup" + kOther);
  const auto set = Beat();
  EXPECT_FALSE(Find(*set, kOther));
  ASSERT_EQ(set->ended.size(), 1u);
  EXPECT_EQ(set->ended[0]->last.memory.oom_kills, 2u);
  EXPECT_THAT(Events(*set), testing::Contains("oom db"));
}

}  // namespace
}  // namespace plimsoll::collect
