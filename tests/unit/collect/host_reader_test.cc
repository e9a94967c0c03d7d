#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "exporter/collect/host.h"
#include "unit/collect/fake_host.h"

namespace plimsoll::collect {
namespace {

class HostReaderTest : public ::testing::Test {
 protected:
  HostSample Read() {
    HostSample host;
    reader_.Read(host);
    reader_.ReadDisks(host);
    return host;
  }

  // The number of the device that the test's own files lie on.
  std::string Number() const {
    struct stat status {};
    EXPECT_EQ(::stat(host_.root().c_str(), &status), 0);
    return std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev));
  }

  FakeHost host_;
  HostReader reader_{host_.paths()};
};

TEST_F(HostReaderTest, CpuPercentNeedsTwoReadingsAndLeavesOutIdleTime) {
  EXPECT_FALSE(Read().cpu_percent);
  host_.Write("proc/stat", "cpu  120 0 110 860 10 0 0 0 0 0\n");
  EXPECT_DOUBLE_EQ(Read().cpu_percent.value(), 30.0);
  EXPECT_FALSE(Read().cpu_percent) << "no time has passed";
}

// proc.rst says that idle may step back; a restored VM's total does, too.
TEST_F(HostReaderTest, CountersThatGoBackGiveNoPercent) {
  Read();
  host_.Write("proc/stat", "cpu  200 0 100 799 0 0 0 0 0 0\n");
  EXPECT_FALSE(Read().cpu_percent);
  host_.Write("proc/stat", "cpu  20 0 10 800 0 0 0 0 0 0\n");
  EXPECT_FALSE(Read().cpu_percent);
  host_.Write("proc/stat", "garbage\n");
  EXPECT_FALSE(Read().cpu_percent);
  host_.Write("proc/stat", "cpu  70 0 10 850 0 0 0 0 0 0\n");
  EXPECT_DOUBLE_EQ(Read().cpu_percent.value(), 50.0) << "against the last that was understood";
}

TEST_F(HostReaderTest, MemoryThatIsNotUnderstoodIsAbsentNeverTheOneBefore) {
  HostSample host = Read();
  EXPECT_EQ(host.memory_used, 400u * 1024);
  EXPECT_EQ(reader_.memory_free(), 400u * 1024);
  EXPECT_EQ(host.swap_used, 0u);
  host_.Write("proc/meminfo", "MemTotal: lots kB\n");
  reader_.Read(host);
  EXPECT_FALSE(host.memory_total || host.memory_used || reader_.memory_free());
  EXPECT_FALSE(host.swap_total || host.swap_used);
}

TEST_F(HostReaderTest, WhatIsNotThereIsAbsent) {
  FakeHost bare;
  for (const char* file : {"proc/stat", "proc/meminfo", "proc/diskstats", "proc/1/mountinfo"})
    bare.Remove(file);
  HostReader reader(bare.paths());
  HostSample host;
  host.disks.resize(3);
  host.memory_total = 1;
  reader.Read(host);
  reader.ReadDisks(host);
  EXPECT_FALSE(host.memory_total);
  EXPECT_TRUE(host.disks.empty());
  EXPECT_TRUE(host.file_systems.empty());
}

TEST_F(HostReaderTest, FileSystemsAreAskedBelowTheHostsRoot) {
  host_.Write("data/x", "");
  host_.Write("proc/1/mountinfo", "25 1 " + Number() +
                                      " / /data rw - ext4 /dev/vda rw\n"
                                      "26 1 254:1 / /not/visible/from/here rw - ext4 /dev/vdb rw\n");
  const HostSample host = Read();
  ASSERT_EQ(host.file_systems.size(), 1u);
  EXPECT_STREQ(host.file_systems[0].device.c_str(), "/dev/vda");
  EXPECT_GT(host.file_systems[0].size_bytes, 0u);
  EXPECT_LE(host.file_systems[0].used_bytes, host.file_systems[0].size_bytes);
}

// A mount that came since, or one above it, hides what is listed.
TEST_F(HostReaderTest, AFileSystemIsOnTheDeviceItIsNamedBy) {
  host_.Write({{"a/x", ""}, {"b/x", ""}, {"c/x", ""}});
  host_.Write("proc/1/mountinfo",
              "25 1 4095:77 / /a rw - ext4 /dev/vda rw\n"
              "26 1 4095:78 / /b rw - btrfs /dev/vdb rw\n"
              "27 1 4095:79 / /c rw - zfs tank/data rw\n");
  std::vector<std::string> devices;
  for (const FileSystem& system : Read().file_systems) devices.push_back(system.device.c_str());
  EXPECT_THAT(devices, ::testing::ElementsAre("/dev/vdb", "tank/data"));
}

TEST_F(HostReaderTest, AFileSystemOfNoSizeIsAbsent) {
  HostReader reader(runtime::HostPaths{host_.paths().procfs, host_.paths().sysfs, "/"});
  host_.Write("proc/1/mountinfo", "25 1 0:5 / /proc rw - zfs tank/empty rw\n");
  HostSample host;
  reader.Read(host);
  reader.ReadDisks(host);
  EXPECT_TRUE(host.file_systems.empty());
}

TEST_F(HostReaderTest, OwnMountsServeWhereThoseOfProcess1AreHidden) {
  host_.Remove("proc/1");
  host_.Write("data/x", "");
  host_.Write("proc/self/mountinfo", "25 1 " + Number() + " / /data rw - ext4 /dev/vda rw\n");
  EXPECT_EQ(Read().file_systems.size(), 1u);
}

TEST_F(HostReaderTest, MountsAreLookedForEveryThirtiethTime) {
  Read();
  host_.Write("data/x", "");
  host_.Write("proc/1/mountinfo", "25 1 " + Number() + " / /data rw - ext4 /dev/vda rw\n");
  for (int beat = 2; beat <= 30; ++beat) EXPECT_TRUE(Read().file_systems.empty()) << beat;
  EXPECT_EQ(Read().file_systems.size(), 1u);
}

TEST(MeminfoTest, SwapThatIsLargerFreeThanWholeIsUnknown) {
  HostSample host;
  Figure free;
  ASSERT_TRUE(
      ParseMeminfo("MemTotal: 1 kB\nMemAvailable: 2 kB\nSwapTotal: 5 kB\nSwapFree: 9 kB\n", host, free));
  EXPECT_EQ(host.swap_total, 5u * 1024);
  EXPECT_FALSE(host.swap_used);
  EXPECT_FALSE(host.memory_used);
  EXPECT_FALSE(ParseMeminfo("MemTotal: x kB\n", host, free));
}

TEST(DiskstatsTest, ALineThatIsCutAnywhereIsRefused) {
  const std::string whole = " 254 0 vda 1 2 3 4 5 6 7 8 9 10 11";
  std::vector<DiskStats> disks;
  ASSERT_TRUE(ParseDiskstats(whole, disks));
  for (size_t length = 1; length < whole.size() - 2; ++length)
    EXPECT_FALSE(ParseDiskstats(whole.substr(0, length), disks)) << length;
  EXPECT_FALSE(ParseDiskstats(" 254 x vda 1 2 3 4 5 6 7 8 9 10 11\n", disks));
}

TEST(MountinfoTest, FileSystemsWithoutDataOfTheirOwnAreLeftOut) {
  const auto mounts = ParseMountinfo(
      "25 1 0:30 / /tank rw - zfs tank/data rw\n"
      "26 1 11:0 / /media/cd ro - iso9660 /dev/sr0 ro\n"
      "27 1 7:3 / /mnt rw - ext4 /dev/loop3 rw\n"
      "28 1 254:2 / /odd\\04 rw - ext4 /dev/vdc rw\n");
  ASSERT_EQ(mounts.size(), 2u);
  EXPECT_EQ(mounts[0].device, "tank/data");
  EXPECT_EQ(mounts[1].mount_point, "/odd\\04") << "not three octal digits: as it stands";
}

TEST(MountinfoTest, WhatMayNeverAnswerIsLeftOut) {
  const auto mounts = ParseMountinfo(
      "25 1 0:52 / /etc/pve rw - fuse /dev/fuse rw\n"
      "26 1 8:17 / /media/stick rw - fuseblk /dev/sdb1 rw\n"
      "27 1 0:40 / /srv/far rw - autofs systemd-1 rw\n"
      "28 27 8:33 / /srv/far rw - ext4 /dev/sdc1 rw\n"
      "29 27 8:34 / /srv/far/deep rw - ext4 /dev/sdc2 rw\n"
      "30 1 8:35 / /srv/farther rw - ext4 /dev/sdc3 rw\n");
  ASSERT_EQ(mounts.size(), 1u);
  EXPECT_EQ(mounts[0].mount_point, "/srv/farther");
}

TEST(MountinfoTest, AMountThatAnotherOneCoversIsLeftOut) {
  const auto mounts = ParseMountinfo(
      "1 1 254:0 / / rw - ext4 /dev/vda rw\n"
      "25 1 254:1 / /data rw - ext4 /dev/vdb rw\n"
      "26 25 254:2 / /data/deeper rw - ext4 /dev/vdc rw\n"
      "27 25 254:3 / /data rw - ext4 /dev/vdd rw\n"
      "28 1 254:4 / /home/u rw - ext4 /dev/vde rw\n"
      "29 28 0:60 / /home/u rw - fuse.server server rw\n"
      "30 1 254:4 / /srv/long/path rw - ext4 /dev/vde rw\n");
  std::vector<std::string> points;
  for (const Mount& mount : mounts) points.push_back(mount.mount_point);
  EXPECT_THAT(points, ::testing::ElementsAre("/", "/data/deeper", "/data", "/srv/long/path"));
  EXPECT_EQ(mounts[2].device, "/dev/vdd");
  EXPECT_EQ(mounts[2].minor, 3u);
}

TEST(MountinfoTest, ADeviceThatIsMountedManyTimesIsWhereItsPathIsShortest) {
  const auto mounts = ParseMountinfo(
      "25 1 254:1 / /var/lib/docker/volumes rw - ext4 /dev/vda1 rw\n"
      "26 1 254:1 / /data rw - ext4 /dev/vda1 rw\n"
      "27 1 254:1 / /var/lib/kubelet rw - ext4 /dev/vda1 rw\n");
  ASSERT_EQ(mounts.size(), 1u);
  EXPECT_EQ(mounts[0].mount_point, "/data");
}

}  // namespace
}  // namespace plimsoll::collect
