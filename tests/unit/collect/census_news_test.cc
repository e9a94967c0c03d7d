// What is told of a container that the census has counted before: by its
// runtime's files, and by the groups that are off unless named.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "model/timestamp.h"
#include "unit/collect/census_fixture.h"

namespace plimsoll::collect {
namespace {

using testing::ElementsAre;

class CensusNewsTest : public CensusTest {
 protected:
  void Tell(const std::string& name, const std::string& state) { host_.DockerContainer(kId, name, state); }
  std::shared_ptr<const ContainerSet> Beat() {
    clock_.Pass(std::chrono::milliseconds(10));
    return CensusTest::Beat();
  }
  // What the runtime's files said until `holds`; they are followed by another thread.
  template <typename Condition>
  std::vector<std::string> NewsUntil(Condition holds) {
    std::vector<std::string> news;
    for (int i = 0; i < 2000; ++i) {
      pollfd change{directory_->change_fd(), POLLIN, 0};
      if (::poll(&change, 1, 10) > 0) census_->TakeIdentities();
      const auto set = Beat();
      for (std::string& event : Events(*set)) news.push_back(std::move(event));
      if (holds(*set)) return news;
    }
    ADD_FAILURE() << "the news never came";
    return news;
  }
};

TEST_F(CensusNewsTest, RenamesPausesAndHealthAreEventsOfTheSameContainer) {
  host_.V2();
  Tell("web", R"("Running":true,"Paused":false)");
  host_.Cgroup(kCgroup, {{"cpu.stat", "usage_usec 5\n"}});
  Begin();
  directory_->Start();
  const uint64_t incarnation = Find(*Beat())->incarnation;
  Tell("shop", R"("Running":true,"Paused":false)");
  EXPECT_THAT(NewsUntil([](const auto& set) { return Find(set)->who->name == "shop"; }),
              testing::Contains("rename shop"));
  Tell("shop", R"("Running":true,"Paused":true)");
  EXPECT_THAT(NewsUntil([](const auto& set) { return Find(set)->who->state == ContainerState::kPaused; }),
              testing::Contains("pause shop"));
  const std::string checked = FormatTimestamp(clock_.Wall());  // health holds until the check after it
  Tell("shop",
       R"("Running":true,"Paused":false,"Health":{"Status":"healthy","Log":[{"End":")" + checked + R"("}]})");
  EXPECT_THAT(NewsUntil([](const auto& set) {
                return Find(set)->who->state == ContainerState::kRunning &&
                       Find(set)->who->health == ContainerHealth::kHealthy;
              }),
              testing::IsSupersetOf({"unpause shop", "health shop"}));
  EXPECT_EQ(Find(*Beat())->incarnation, incarnation);
}

TEST_F(CensusNewsTest, HowItEndedIsToldAfterItsCgroupIsGone) {
  host_.V2();
  Tell("web", R"("Running":true,"StartedAt":"2026-11-23T05:30:29Z")");
  host_.Cgroup(kCgroup, {{"cpu.stat", "usage_usec 5\n"}});
  Begin();
  directory_->Start();
  ASSERT_TRUE(Find(*Beat()));
  host_.Remove("sys/fs/cgroup" + kCgroup);
  NewsUntil([](const auto& set) { return !set.ended.empty(); });
  Tell("web", R"("Running":false,"StartedAt":"2026-11-23T05:30:29Z","ExitCode":137,"OOMKilled":true)");
  EXPECT_THAT(NewsUntil([](const auto& set) { return set.ended.at(0)->last.who->exit_code == 137; }),
              ElementsAre("oom web", "stop web"));
  const auto ended = Beat()->ended.at(0);
  EXPECT_EQ(ended->last.who->cgroup, kCgroup);
  EXPECT_EQ(ended->last.who->oom_killed, true);
  EXPECT_EQ(ended->last.cpu.usage_ns, 5000u) << "its last figures stay";
}

class CensusGroupsTest : public CensusNewsTest {
 protected:
  void Process() {
    host_.Write({{"proc/7/stat", "7 (web) R 1\n"},
                 {"proc/7/net/dev", "Inter-|\n face |\n eth0: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"},
                 {"proc/7/net/tcp", "head\n   0: a b 0A 0:0\n"},
                 {"proc/7/net/udp", "head\n"},
                 {"proc/7/mountinfo", "36 35 0:50 / / rw - overlay overlay rw,upperdir=/u\n"},
                 {"u/file", "x"}});
    host_.Link("proc/7/ns/net", "net:[77]");
    host_.Link("proc/1/ns/net", "net:[11]");
  }
};

TEST_F(CensusGroupsTest, AreReadWhereNamedAndNotElse) {
  host_.V2();
  Process();
  Tell("web", R"("Running":true,"Pid":7)");
  host_.Cgroup(kCgroup,
               {{"cgroup.procs", "7\n"}, {"cpu.stat", "usage_usec 5\n"}, {"hugetlb.2MB.current", "4096\n"}});
  Begin();
  const auto without = Beat();
  EXPECT_FALSE(Find(*without)->process || Find(*without)->sockets || Find(*without)->disk);
  EXPECT_TRUE(Find(*without)->huge_pages.empty());
  config_.enable_groups = {"percpu", "tcp", "udp", "process", "disk", "hugetlb"};
  census_->Reconfigure(config_);
  std::shared_ptr<const ContainerSet> with;
  for (int i = 0; i < 2000 && !(with && Find(*with)->disk);
       ++i, std::this_thread::sleep_for(std::chrono::milliseconds(10)))
    with = Beat();
  const ContainerSample& web = *Find(*with);
  ASSERT_TRUE(web.process && web.sockets && web.disk);
  EXPECT_EQ(web.process->running, 1u);
  EXPECT_EQ(web.sockets->tcp[10], 1u);
  EXPECT_TRUE(web.sockets->has_udp);
  ASSERT_EQ(web.huge_pages.size(), 1u);
  EXPECT_EQ(web.huge_pages[0].usage, 4096u);
  config_.enable_groups.clear();
  census_->Reconfigure(config_);
  EXPECT_FALSE(Find(*Beat())->disk);
}

TEST_F(CensusGroupsTest, ANetworkThatTwoContainersShareIsShownOnce) {
  host_.V2();
  Process();
  host_.Write("proc/8/net/dev", "Inter-|\n face |\n eth0: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n");
  host_.Link("proc/8/ns/net", "net:[77]");
  const std::string other(64, 'b');
  for (const auto& [id, pid] : {std::pair(kId, "7\n"), std::pair(other, "8\n")}) {
    Container(id, "web", {{"cgroup.procs", pid}, {"cpu.stat", "usage_usec 5\n"}});
    host_.Write("var/lib/docker/containers/" + id + "/hostconfig.json", R"({"NetworkMode":"bridge"})");
  }
  Begin();
  Beat();
  clock_.Pass(std::chrono::seconds(1));
  const auto set = Beat();
  EXPECT_EQ(Find(*set)->net_known + Find(*set, "/docker/" + other)->net_known, 1);
}

TEST_F(CensusGroupsTest, ANetworkThatCouldNotBeReadIsFreeWhenItsContainerIsGone) {
  host_.V2();
  Process();
  host_.Remove("proc/7/net/dev");
  host_.Write("proc/7/net/dev/.keep", "");  // can be opened, not read
  host_.Write({{"proc/8/stat", "8 (api) R 1\n"},
               {"proc/8/net/dev", "Inter-|\n face |\n eth0: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"}});
  host_.Link("proc/8/ns/net", "net:[77]");
  const std::string other(64, 'b');
  const auto start = [this](const std::string& id, const char* pid) {
    Container(id, "web", {{"cgroup.procs", pid}, {"cpu.stat", "usage_usec 5\n"}});
    host_.Write("var/lib/docker/containers/" + id + "/hostconfig.json", R"({"NetworkMode":"bridge"})");
  };
  start(kId, "7\n");
  Begin();
  Beat();
  clock_.Pass(std::chrono::seconds(3));
  EXPECT_FALSE(Find(*Beat())->net_known);
  host_.Remove("sys/fs/cgroup" + kCgroup);
  Beat();
  start(other, "8\n");
  Beat();
  clock_.Pass(std::chrono::seconds(3));
  Beat();
  EXPECT_TRUE(Find(*Beat(), "/docker/" + other)->net_known);
}

TEST_F(CensusGroupsTest, EveryProcessorIsReadWhereV1TellsThemApart) {
  config_.enable_groups = {"percpu"};
  for (const char* file : {"memory/memory.stat", "cpuacct/cpuacct.usage", "cpu/cpu.shares"})
    host_.Write(std::string("sys/fs/cgroup/") + file, "0\n");
  host_.CgroupV1("/", {});
  host_.CgroupV1("/plain", {{"cpuacct/cpuacct.usage", "30\n"}, {"cpuacct/cpuacct.usage_percpu", "10 20 \n"}});
  Begin();
  const auto set = Beat();
  ASSERT_EQ(set->containers.back().who->cgroup, "/plain");
  EXPECT_THAT(set->containers.back().cpu.per_cpu_ns, ElementsAre(10, 20));
}

}  // namespace
}  // namespace plimsoll::collect
