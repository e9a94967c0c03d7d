#include "exporter/collect/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "exporter/collect/file_text.h"
#include "exporter/collect/hierarchy.h"
#include "unit/collect/fake_host.h"

namespace plimsoll::collect {
namespace {

using ::testing::HasSubstr;

TEST(MachineTest, IsReadFromTheHostsOwnFiles) {
  FakeHost host;
  host.V2();
  host.Write({{"sys/devices/system/cpu/cpu0/topology/physical_package_id", "0\n"},
              {"sys/devices/system/cpu/cpu1/topology/physical_package_id", "1\n"},
              {"sys/devices/system/cpu/cpu2/online", "0\n"},
              {"sys/devices/system/cpu/cpufreq/x", ""},
              {"sys/devices/system/cpu/cpuidle/x", ""},
              {"sys/class/dmi/id/product_uuid", "aa-bb\n"},
              {"proc/sys/kernel/random/boot_id", "cc-dd\n"},
              {"etc/machine-id", "0123\n"},
              {"etc/hostname", "box\n"},
              {"etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\nX=1\n"}});
  const MachineInfo machine = ReadMachineInfo(host.paths());
  EXPECT_EQ(machine.cpu_cores, 2u) << "one is offline";
  EXPECT_EQ(machine.physical_cores, 2u);
  EXPECT_EQ(machine.sockets, 2u);
  EXPECT_EQ(machine.memory_bytes, 1000u * 1024);
  EXPECT_EQ(machine.system_uuid, "aa-bb");
  EXPECT_EQ(machine.boot_id, "cc-dd");
  EXPECT_EQ(machine.machine_id, "0123");
  EXPECT_EQ(machine.host_name, "box");
  EXPECT_EQ(machine.os_version, "Debian GNU/Linux 12");
}

TEST(MachineTest, AGuestWithoutFirmwareTablesHasTheMachinesIdForItsUuid) {
  FakeHost host;
  host.Write("etc/machine-id", "0123\n");
  EXPECT_EQ(ReadMachineInfo(host.paths()).system_uuid, "0123");
}

TEST(MachineTest, WhatIsNotThereIsEmptyAndTheKernelIsAskedForTheRest) {
  FakeHost host;
  host.Remove("sys/devices");
  host.Remove("proc/meminfo");
  host.Write("usr/lib/os-release", "NAME=x\n");
  const MachineInfo machine = ReadMachineInfo(host.paths());
  EXPECT_EQ(machine.cpu_cores, static_cast<uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN)));
  EXPECT_EQ(machine.physical_cores, 0u);
  EXPECT_EQ(machine.memory_bytes, 0u);
  EXPECT_EQ(machine.os_version, "");
  EXPECT_EQ(machine.machine_id, "");
  EXPECT_NE(machine.host_name, "");
  EXPECT_NE(machine.kernel_version, "");
  host.Write("usr/lib/os-release", "PRETTY_NAME='Plain'");
  EXPECT_EQ(ReadMachineInfo(host.paths()).os_version, "Plain");
}

TEST(HierarchiesTest, NothingMountedTellsWhatToMount) {
  FakeHost host;
  const auto trees = FindHierarchies(host.paths().sysfs);
  ASSERT_FALSE(trees);
  EXPECT_THAT(trees.error().message, HasSubstr("--path.sysfs"));
  host.Write("sys/fs/cgroup/freezer/tasks", "");
  const auto without = FindHierarchies(host.paths().sysfs);
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().message, HasSubstr("no cgroup hierarchy with a memory or cpuacct controller"));
}

TEST(HierarchiesTest, ControllersMountedTogetherAreFoundUnderTheirCommonName) {
  FakeHost host;
  host.Write("sys/fs/cgroup/cpu,cpuacct/cpu.shares", "1024\n");
  host.Write("sys/fs/cgroup/cpu,cpuacct/cpuacct.usage", "1\n");
  host.Write("sys/fs/cgroup/cpuset/cpuset.cpus", "0\n");
  auto trees = FindHierarchies(host.paths().sysfs);
  ASSERT_TRUE(trees) << trees.error().message;
  EXPECT_EQ(trees->mode, CgroupMode::kV1);
  EXPECT_THAT((*trees)[Tree::kCpu], ::testing::EndsWith("/cpu,cpuacct"));
  EXPECT_EQ((*trees)[Tree::kCpu], (*trees)[Tree::kCpuacct]);
  EXPECT_EQ((*trees)[Tree::kMemory], "");
  EXPECT_EQ(trees->watched(), std::vector<Tree>{Tree::kCpuacct});
  host.Write("sys/fs/cgroup/unified/cgroup.controllers", "");
  trees = FindHierarchies(host.paths().sysfs);
  ASSERT_TRUE(trees);
  EXPECT_EQ(trees->mode, CgroupMode::kHybrid);
}

TEST(FileTextTest, ReadsWholeWhatIsLargerThanItsBuffer) {
  FakeHost host;
  FileText text;
  std::string large;
  for (int i = 0; i < 40'000; ++i) large += std::to_string(i) + "\n";
  host.Write("large", large);
  EXPECT_EQ(text.ReadPath((host.root() + "/large").c_str()), large);
  host.Write("small", "7\n");
  EXPECT_EQ(text.ReadPath((host.root() + "/small").c_str()), "7\n");
}

TEST(FileTextTest, WhatIsTooLargeOrNotThereIsAnErrorNeverCut) {
  FakeHost host;
  host.Write("huge", "");
  std::filesystem::resize_file(host.root() + "/huge", FileText::kMostBytes + 1);
  FileText text;
  EXPECT_FALSE(text.ReadPath((host.root() + "/huge").c_str()).data());
  EXPECT_EQ(errno, EFBIG);
  EXPECT_FALSE(text.ReadPath((host.root() + "/nowhere").c_str()).data());
  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(text.ReadPath(host.root().c_str()).data());
  EXPECT_EQ(errno, EISDIR);
  const auto missing = ReadSmallFile(host.root() + "/nowhere");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("No such file"));
}

TEST(DescriptorTest, IsClosedWithItsOwnerAndWhenAnotherTakesItsPlace) {
  const int first = ::dup(STDERR_FILENO), second = ::dup(STDERR_FILENO);
  {
    Descriptor holder(first);
    holder = Descriptor(second);
    EXPECT_EQ(::write(first, "", 0), -1);
    EXPECT_EQ(holder.get(), second);
    Descriptor& same = holder;
    holder = std::move(same);
    EXPECT_EQ(holder.get(), second);
  }
  EXPECT_EQ(::write(second, "", 0), -1);
}

}  // namespace
}  // namespace plimsoll::collect
