#include "exporter/collect/disk_walker.h"

#include <gtest/gtest.h>

#include <thread>

#include "unit/collect/fake_host.h"

namespace plimsoll::collect {
namespace {

std::string OverlayRoot(const std::string& options) {
  return "30 25 0:22 / /proc rw - proc proc rw\n36 35 0:50 / / rw - overlay overlay " + options + "\n";
}

TEST(UpperDirectoryTest, IsAnOptionOfTheRootsOverlay) {
  EXPECT_EQ(ParseUpperDirectory(OverlayRoot("rw,lowerdir=/l,upperdir=/u/diff,workdir=/w")), "/u/diff");
  EXPECT_EQ(ParseUpperDirectory(OverlayRoot("rw,upperdir=/last")), "/last");
  EXPECT_EQ(ParseUpperDirectory(OverlayRoot("ro,lowerdir=/l")), "") << "read-only: nothing is written";
  EXPECT_EQ(ParseUpperDirectory("36 35 254:0 / / rw - ext4 /dev/vda rw,upperdir=/u\n"), "");
  EXPECT_EQ(ParseUpperDirectory("36 35 0:50 / /mnt rw - overlay overlay rw,upperdir=/u\n"), "");
  EXPECT_EQ(ParseUpperDirectory("36 35\n"), "");
  EXPECT_EQ(ParseUpperDirectory(""), "");
}

TEST(MeasureTreeTest, CountsAFileWithTwoNamesOnce) {
  FakeHost host;
  host.Write("tree/a/file", std::string(100'000, 'x'));
  host.Write("tree/b/other", "");
  const std::atomic<bool> stop{false};
  const auto before = MeasureTree(host.root() + "/tree", stop);
  ASSERT_TRUE(before);
  EXPECT_GE(*before, 100'000u);
  std::filesystem::create_hard_link(host.root() + "/tree/a/file", host.root() + "/tree/b/again");
  const auto after = MeasureTree(host.root() + "/tree", stop);
  ASSERT_TRUE(after);
  EXPECT_EQ(*after, *before);
  EXPECT_FALSE(MeasureTree(host.root() + "/nowhere", stop));
}

TEST(MeasureTreeTest, AFileWithANameElsewhereCountsItsShare) {
  FakeHost host;
  host.Write("tree/file", "");
  const auto empty = MeasureTree(host.root() + "/tree", false);
  ASSERT_TRUE(empty);
  host.Write("tree/file", std::string(64 << 10, 'x'));
  const auto alone = MeasureTree(host.root() + "/tree", false);
  ASSERT_TRUE(alone);
  std::filesystem::create_hard_link(host.root() + "/tree/file", host.root() + "/elsewhere");
  EXPECT_EQ(MeasureTree(host.root() + "/tree", false), *empty + (*alone - *empty) / 2);
}

TEST(MeasureTreeTest, ATreeTooDeepToFollowIsUnknown) {
  FakeHost host;
  std::string path = "tree";
  for (int i = 0; i < 127; ++i) path += "/d";
  host.Write(path + "/file", "x");
  EXPECT_TRUE(MeasureTree(host.root() + "/tree", false));
  host.Write(path + "/d/file", "x");
  EXPECT_FALSE(MeasureTree(host.root() + "/tree", false));
}

TEST(MeasureTreeTest, NoLinkIsFollowed) {
  FakeHost host;
  host.Write("elsewhere/file", std::string(100'000, 'x'));
  host.Write("tree/file", "x");
  host.Link("tree/link", host.root() + "/elsewhere");
  host.Link("way", host.root() + "/elsewhere");
  EXPECT_LT(MeasureTree(host.root() + "/tree", false), 100'000u);
  EXPECT_FALSE(MeasureTree(host.root() + "/way", false));
}

TEST(MeasureTreeTest, GivesUpWhenItIsTold) {
  FakeHost host;
  host.Write("tree/file", "x");
  EXPECT_TRUE(MeasureTree(host.root() + "/tree", false));
  EXPECT_FALSE(MeasureTree(host.root() + "/tree", true));
}

class DiskWalkerTest : public ::testing::Test {
 protected:
  std::optional<DiskUsage> Eventually(const DiskWalker& walker, uint64_t incarnation) {
    for (int i = 0; i < 2000; ++i) {
      if (const auto usage = walker.Latest(incarnation)) return usage;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return std::nullopt;
  }

  FakeHost host_;
};

TEST_F(DiskWalkerTest, WalksTheLayerOfAProcessRootBelowTheHostsRoot) {
  host_.Write("u/diff/file", std::string(50'000, 'x'));
  host_.Write("proc/7/mountinfo", OverlayRoot("rw,upperdir=/u/diff"));
  DiskWalker walker(host_.paths());
  walker.Want(1, 7);
  const auto usage = Eventually(walker, 1);
  ASSERT_TRUE(usage);
  EXPECT_GE(usage->used_bytes, 50'000u);
  EXPECT_GT(usage->limit_bytes, 0u);
  walker.Drop(1);
  EXPECT_FALSE(walker.Latest(1));
}

TEST_F(DiskWalkerTest, ALayerThatCannotBeWalkedIsAbsentAndKeepsNoOtherWaiting) {
  host_.Write("proc/7/mountinfo", OverlayRoot("rw,upperdir=/nowhere"));
  host_.Write("proc/8/mountinfo", OverlayRoot("ro,lowerdir=/l"));
  host_.Write("proc/10/mountinfo", OverlayRoot("rw,upperdir=/u"));
  host_.Write("u/file", "x");
  DiskWalker walker(host_.paths());
  for (const int64_t pid : {7, 8, 9}) walker.Want(static_cast<uint64_t>(pid), pid);  // 9 is gone
  walker.Want(10, 10);
  EXPECT_TRUE(Eventually(walker, 10));
  for (const uint64_t incarnation : {7, 8, 9}) EXPECT_FALSE(walker.Latest(incarnation)) << incarnation;
}

}  // namespace
}  // namespace plimsoll::collect
