#include "exporter/collect/tree_watch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "temp_folder.h"
#include "text_file.h"

namespace plimsoll::collect {
namespace {

class TreeWatchTest : public testing::Test {
 protected:
  TreeWatchTest() {
    std::filesystem::create_directories(folder_ / "tree/a");
    trees_.mode = CgroupMode::kV2;
    trees_.root.fill(folder_ / "tree");
  }
  // What `work` writes to the log.
  template <typename Work>
  std::string Said(Work work) {
    testing::internal::CaptureStderr();
    work();
    return testing::internal::GetCapturedStderr();
  }

  TempFolder folder_;
  Hierarchies trees_;
};

// Cgroups within one another whose path is longer than PATH_MAX, as any user can make them.
class DeepFolders {
 public:
  explicit DeepFolders(const std::string& top) {
    levels_.emplace_back(::open(top.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    for (int i = 0; i < 18; ++i) {
      EXPECT_EQ(::mkdirat(levels_.back().get(), kName.c_str(), 0755), 0);
      levels_.emplace_back(::openat(levels_.back().get(), kName.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
  }
  ~DeepFolders() {
    for (levels_.pop_back(); !levels_.empty(); levels_.pop_back())
      EXPECT_EQ(::unlinkat(levels_.back().get(), kName.c_str(), AT_REMOVEDIR), 0);
  }

 private:
  const std::string kName = std::string(250, 'n');
  std::vector<Descriptor> levels_;
};

TEST_F(TreeWatchTest, ACgroupTooDeepToBeOpenedMakesNoScanOfEveryBeat) {
  const DeepFolders deep(folder_ / "tree/a");
  TreeWatch watch(trees_);
  std::vector<std::string> found;
  EXPECT_EQ(Said([&] { found = watch.Scan(); }), "");
  EXPECT_FALSE(watch.incomplete());
  EXPECT_THAT(found, testing::SizeIs(testing::AllOf(testing::Ge(12u), testing::Lt(20u))));
}

TEST_F(TreeWatchTest, WhatCannotBeWatchedIsSaidOnceAndScannedForUntilItCan) {
  std::filesystem::rename(folder_ / "tree", folder_ / "away");
  WriteText(folder_ / "tree", "no folder");
  TreeWatch watch(trees_);
  const std::string said = Said([&] {
    watch.Scan();
    watch.Scan();
  });
  EXPECT_TRUE(watch.incomplete());
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  EXPECT_THAT(said, testing::HasSubstr("Not a directory"));
  EXPECT_THAT(said, testing::Not(testing::HasSubstr("max_user_watches")));
  std::filesystem::remove(folder_ / "tree");
  std::filesystem::rename(folder_ / "away", folder_ / "tree");
  EXPECT_EQ(watch.Scan(), (std::vector<std::string>{"/", "/a"}));
  EXPECT_FALSE(watch.incomplete());
}

}  // namespace
}  // namespace plimsoll::collect
