#include "exporter/collect/block_names.h"

#include <gtest/gtest.h>

#include "unit/collect/fake_host.h"

namespace plimsoll::collect {
namespace {

TEST(BlockNamesTest, AreThoseOfSysfsUntilTheyAreLookedUpAnew) {
  FakeHost host;
  host.Write("sys/dev/block/8:16/uevent", "MAJOR=8\nMINOR=16\nDEVNAME=sdb\nDEVTYPE=disk\n");
  BlockNames names(host.paths().sysfs);
  EXPECT_STREQ(names.Name(8, 16).c_str(), "/dev/sdb");
  EXPECT_STREQ(names.Name(8, 32).c_str(), "");
  host.Write("sys/dev/block/8:16/uevent", "DEVNAME=sdc\n");
  host.Write("sys/dev/block/8:32/uevent", "MAJOR=8\n");
  for (int beat = 1; beat < 600; ++beat) names.Age();
  EXPECT_STREQ(names.Name(8, 16).c_str(), "/dev/sdb");
  names.Age();
  EXPECT_STREQ(names.Name(8, 16).c_str(), "/dev/sdc");
  EXPECT_STREQ(names.Name(8, 32).c_str(), "") << "an uevent without a name";
}

// A volume 253:0 on a partition of the disk 8:0; a volume 253:1 on 253:0.
class StacksTest : public ::testing::Test {
 protected:
  StacksTest() {
    host_.Write({{"sys/devices/sda/dev", "8:0\n"},
                 {"sys/devices/sda/sda2/dev", "8:2\n"},
                 {"sys/devices/sda/sda2/partition", "2\n"},
                 {"sys/devices/dm-0/dev", "253:0\n"},
                 {"sys/devices/dm-1/dev", "253:1\n"},
                 {"sys/devices/sdb/dev", "8:16\n"}});
    host_.Link("sys/devices/dm-0/slaves/sda2", "../../sda/sda2");
    host_.Link("sys/devices/dm-1/slaves/dm-0", "../../dm-0");
    host_.Link("sys/dev/block/8:0", "../../devices/sda");
    host_.Link("sys/dev/block/8:16", "../../devices/sdb");
    host_.Link("sys/dev/block/253:0", "../../devices/dm-0");
    host_.Link("sys/dev/block/253:1", "../../devices/dm-1");
  }

  // The bytes that a sum over these devices (major, minor, bytes written) counts.
  uint64_t Sum(const std::vector<std::array<uint32_t, 3>>& devices) {
    std::vector<BlockIo> block;
    for (const auto& [major, minor, bytes] : devices) {
      BlockIo& io = block.emplace_back();
      io.major = major;
      io.minor = minor;
      io.write_bytes = bytes;
      names_.Name(major, minor);
    }
    names_.MarkStacks(block);
    uint64_t sum = 0;
    for (const BlockIo& io : block)
      if (!io.counted_elsewhere) sum += *io.write_bytes;
    return sum;
  }

  FakeHost host_;
  BlockNames names_{host_.paths().sysfs};
};

TEST_F(StacksTest, AVolumeAndTheDiskBelowItAreCountedOnce) {
  EXPECT_EQ(Sum({{8, 0, 1000}, {253, 0, 1000}}), 1000u);
  EXPECT_EQ(Sum({{253, 0, 1000}, {8, 0, 1000}, {8, 16, 5}}), 1005u) << "the other disk counts besides";
}

TEST_F(StacksTest, TheSideThatHasMoreCounts) {
  EXPECT_EQ(Sum({{8, 0, 3000}, {253, 0, 1000}}), 3000u) << "the disk was written to past the volume, too";
  EXPECT_EQ(Sum({{8, 0, 10}, {253, 0, 1000}}), 1000u) << "what the volume wrote was not charged to its disk";
}

TEST_F(StacksTest, OfThreeLayersOneCounts) {
  EXPECT_EQ(Sum({{8, 0, 1000}, {253, 0, 1000}, {253, 1, 1000}}), 1000u);
  EXPECT_EQ(Sum({{8, 0, 1000}, {253, 1, 1000}}), 1000u) << "however deep";
}

TEST_F(StacksTest, ADeviceWhoseDiskIsNotInTheListCounts) {
  EXPECT_EQ(Sum({{253, 0, 1000}, {8, 16, 1000}}), 2000u);
  EXPECT_EQ(Sum({{8, 0, 1000}}), 1000u);
}

TEST_F(StacksTest, DevicesThatLieOnEachOtherDoNotHangIt) {
  host_.Link("sys/devices/sda/slaves/dm-0", "../../dm-0");
  EXPECT_LE(Sum({{8, 0, 1000}, {253, 0, 1000}}), 1000u);
}

}  // namespace
}  // namespace plimsoll::collect
