#include "exporter/collect/extras.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/collect/kernel_file.h"
#include "unit/collect/fake_host.h"

namespace plimsoll::collect {
namespace {

const std::string kTcpHead = "  sl  local_address rem_address   st tx_queue rx_queue\n";
const std::string kListening = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000\n";
const std::string kUdpHead = kTcpHead;
const std::string kUdpLine =
    " 10: 00000000:0044 00000000:0000 07 00000001:00000010 00:00000000 00000000 0 0 1 2 0 5\n";

class ExtrasTest : public ::testing::Test {
 protected:
  void Process(int pid, char state, const std::vector<std::string>& descriptors) {
    const std::string base = "proc/" + std::to_string(pid);
    host_.Write(base + "/stat", std::to_string(pid) + " (a (b) c) " + state + " 1 2 3\n");
    std::filesystem::create_directories(host_.root() + "/" + base + "/fd");
    int number = 0;
    for (const std::string& target : descriptors)
      host_.Link(base + "/fd/" + std::to_string(number++), target);
  }
  ContainerSample Processes() {
    ContainerSample sample;
    extras_.ReadProcesses(host_.root() + "/cgroup", sample);
    return sample;
  }
  ContainerSample Sockets(uint8_t groups) {
    ContainerSample sample;
    extras_.ReadSockets(7, groups, sample);
    return sample;
  }

  FakeHost host_;
  Extras extras_{host_.paths().procfs, true};
};

TEST_F(ExtrasTest, ProcessesAreCountedByStateWithTheirDescriptorsAndSockets) {
  host_.Write("cgroup/cgroup.procs", "1\n2\n3\n4\n5\n6\n7\n8\n");
  Process(1, 'R', {"/dev/null", "socket:[123456]", "/a/file"});
  Process(2, 'S', {"socket:[1]", "socket"});
  Process(3, 'I', {});
  Process(4, 'T', {});
  Process(5, 't', {});
  Process(6, 'D', {});
  Process(7, 'Z', {});  // process 8 is gone meanwhile
  const auto process = Processes().process;
  ASSERT_TRUE(process);
  EXPECT_EQ(process->running, 1u);
  EXPECT_EQ(process->sleeping, 2u);
  EXPECT_EQ(process->stopped, 2u);
  EXPECT_EQ(process->uninterruptible, 1u);
  EXPECT_EQ(process->file_descriptors, 5u);
  EXPECT_EQ(process->sockets, 2u);
}

TEST_F(ExtrasTest, TheFirstProcessSaysHowManyFilesMayBeOpen) {
  host_.Write("cgroup/cgroup.procs", "1\n2\n");
  for (const auto& [pid, soft] : {std::pair{"1", "1024"}, std::pair{"2", "99"}})
    host_.Write(std::string("proc/") + pid + "/limits",
                std::string("Limit                     Soft Limit           Hard Limit           Units     \n"
                            "Max processes             50000                60000                processes \n"
                            "Max open files            ") +
                    soft + "                 524288               files     \n");
  EXPECT_EQ(Processes().process->open_files_limit, 1024u);
  EXPECT_FALSE(
      ParseOpenFilesLimit("Max open files            unlimited            unlimited            files\n"));
  EXPECT_FALSE(ParseOpenFilesLimit("Max processes             50000                60000     processes\n"));
  EXPECT_FALSE(ParseOpenFilesLimit({}));
}

TEST_F(ExtrasTest, DescriptorsThatMayNotBeSeenAreAbsentNotZero) {
  host_.Write("cgroup/cgroup.procs", "1\n");
  host_.Write("proc/1/stat", "1 (x) S 1\n");
  const auto process = Processes().process;
  ASSERT_TRUE(process);
  EXPECT_EQ(process->sleeping, 1u);
  EXPECT_FALSE(process->file_descriptors || process->sockets);
}

TEST_F(ExtrasTest, DescriptorsBeyondWhatMayBeLookedAtAreAbsentNeverAPart) {
  const auto targets = [](uint64_t count) { return std::vector<std::string>(count, "socket:[1]"); };
  const auto known = [this] {
    const auto process = Processes().process;
    EXPECT_EQ(process->sleeping, 2u);
    EXPECT_EQ(process->file_descriptors.has_value(), process->sockets.has_value());
    return process->file_descriptors;
  };
  host_.Write("cgroup/cgroup.procs", "1\n2\n");
  Process(1, 'S', targets(Extras::kMostDescriptors - 1));
  Process(2, 'S', targets(1));
  for (uint64_t n = 0; n < Extras::kMostDescriptorsABeat / Extras::kMostDescriptors; ++n)
    EXPECT_EQ(known(), Extras::kMostDescriptors) << n;
  EXPECT_FALSE(known()) << "those before used up what one beat may look at";
  extras_.BeginBeat();
  EXPECT_EQ(known(), Extras::kMostDescriptors);
  host_.Link("proc/2/fd/1", "socket:[1]");
  EXPECT_FALSE(known()) << "one too many of one cgroup";
}

TEST_F(ExtrasTest, ACgroupThatIsGoneHasNoProcesses) { EXPECT_FALSE(Processes().process); }

TEST_F(ExtrasTest, SocketsAreThoseOfTheGroupsAskedFor) {
  host_.Write("proc/7/net/tcp", kTcpHead + kListening);
  host_.Write("proc/7/net/tcp6", kTcpHead + kListening + kListening);
  host_.Write("proc/7/net/udp", kUdpHead + kUdpLine);
  host_.Write("proc/7/net/udp6", kUdpHead);
  const auto both = Sockets(kTcp | kUdp).sockets;
  ASSERT_TRUE(both);
  EXPECT_TRUE(both->has_tcp && both->has_tcp6 && both->has_udp && both->has_udp6);
  EXPECT_EQ(both->tcp[10], 1u);
  EXPECT_EQ(both->tcp6[10], 2u);
  EXPECT_EQ(both->udp.dropped, 5u);
  EXPECT_EQ(both->udp6.listen, 0u);
  const auto udp = Sockets(kUdp).sockets;
  EXPECT_FALSE(udp->has_tcp || udp->has_tcp6);
  EXPECT_TRUE(udp->has_udp);
}

TEST_F(ExtrasTest, ATableThatIsMissingOrBrokenIsAbsent) {
  host_.Write("proc/7/net/tcp", kTcpHead + "   0: 0100007F:1F90 00000000:0000 ZZ 0:0\n");
  host_.Write("proc/7/net/udp", kUdpHead + " 10: a b 07 00000001 00:0\n");
  const auto sockets = Sockets(kTcp | kUdp).sockets;
  ASSERT_TRUE(sockets);
  EXPECT_FALSE(sockets->has_tcp || sockets->has_tcp6 || sockets->has_udp || sockets->has_udp6);
}

TEST(SocketTablesTest, RefuseEveryLineThatIsNotOne) {
  std::array<uint64_t, 12> tcp{};
  EXPECT_FALSE(ParseTcpTable(kTcpHead + "   0: a b 0Ax 0:0\n", tcp));
  EXPECT_FALSE(ParseTcpTable(kTcpHead + "   0: a b\n", tcp));
  EXPECT_TRUE(ParseTcpTable(kTcpHead + "   0: a b FF 0:0\n", tcp))
      << "a state of a later kernel is not counted";
  SocketCounts::Udp udp;
  for (const char* line : {" 1: a b zz 0:0\n", " 1: a b 07\n", " 1: a b 07 1:\n", " 1: a b 07 :1\n"})
    EXPECT_FALSE(ParseUdpTable(kUdpHead + line, udp)) << line;
  EXPECT_TRUE(ParseUdpTable(kUdpHead + " 1: a b 0a Ab:fF\n", udp)) << "without the column of drops";
  EXPECT_EQ(udp.tx_queued, 0xabu);
  EXPECT_EQ(udp.rx_queued, 0xffu);
}

TEST_F(ExtrasTest, HugePagesOfEverySizeAsEachVersionNamesThem) {
  host_.Write("v2/hugetlb.2MB.current", "4194304\n");
  host_.Write("v2/hugetlb.2MB.rsvd.current", "9\n");
  host_.Write("v2/hugetlb.2MB.max", "max\n");
  host_.Write("v2/memory.current", "1\n");
  ContainerSample sample;
  extras_.ReadHugePages(host_.root() + "/v2", sample);
  ASSERT_EQ(sample.huge_pages.size(), 1u);
  EXPECT_STREQ(sample.huge_pages[0].page_size.c_str(), "2MB");
  EXPECT_EQ(sample.huge_pages[0].usage, 4194304u);
  EXPECT_FALSE(sample.huge_pages[0].max_usage);

  host_.Write("v1/hugetlb.1GB.usage_in_bytes", "0\n");
  host_.Write("v1/hugetlb.1GB.max_usage_in_bytes", "1073741824\n");
  host_.Write("v1/hugetlb.1GB.failcnt", "not a number\n");
  Extras v1(host_.paths().procfs, false);
  v1.ReadHugePages(host_.root() + "/v1", sample);
  ASSERT_EQ(sample.huge_pages.size(), 1u) << "those of the beat before are gone";
  EXPECT_EQ(sample.huge_pages[0].usage, 0u);
  EXPECT_EQ(sample.huge_pages[0].max_usage, 1073741824u);
  EXPECT_FALSE(sample.huge_pages[0].limit_hits);
  v1.ReadHugePages(host_.root() + "/nowhere", sample);
  EXPECT_TRUE(sample.huge_pages.empty());
}

}  // namespace
}  // namespace plimsoll::collect
