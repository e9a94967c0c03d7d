#include "exporter/runtime/small_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

TEST(SmallFileTest, AbsenceIsNoErrorButWhatCannotBeOpenedIs) {
  TempFolder dir;
  WriteText(dir / "file", "text");
  EXPECT_EQ(ReadSmallFile(dir / "file").value(), "text");
  EXPECT_EQ(ReadSmallFile(dir / "nothing").value(), std::nullopt);
  EXPECT_EQ(ReadSmallFile(dir / "file/below").value(), std::nullopt);
  ASSERT_EQ(::symlink("loop", (dir / "loop").c_str()), 0);
  const auto loop = ReadSmallFile(dir / "loop");
  ASSERT_FALSE(loop);
  EXPECT_THAT(loop.error().message, testing::HasSubstr("loop: Too many levels of symbolic links"));
}

TEST(SmallFileTest, WhatNeverEndsOrCannotBeReadIsRefusedWithoutWaiting) {
  TempFolder dir;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(ReadSmallFile(dir / "pipe").error().message, testing::HasSubstr("not a regular file"));
  EXPECT_THAT(ReadSmallFile(dir.path()).error().message, testing::HasSubstr("not a regular file"));
  // Nothing is mapped at the address 0 of a process' memory.
  EXPECT_THAT(ReadSmallFile("/proc/self/mem").error().message, testing::HasSubstr("Input/output error"));
  WriteText(dir / "large", std::string(100, 'x'));
  EXPECT_TRUE(ReadSmallFile(dir / "large", 100));
  EXPECT_THAT(ReadSmallFile(dir / "large", 99).error().message, testing::HasSubstr("larger than 99 bytes"));
}

class UsersFileTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can make files of other users";
    WriteText(dir_ / "secret", "root:$6$secret");
    WriteText(dir_ / "user/state.json", "{}");
    GiveToUser(dir_ / "user");
    GiveToUser(dir_ / "user/state.json");
  }
  void Link(const std::string& to, const std::string& name) {
    ASSERT_EQ(::symlink(to.c_str(), (dir_ / name).c_str()), 0);
  }
  TempFolder dir_;
};

TEST_F(UsersFileTest, ALinkThatAUserMadeIsNotFollowedWhereverItIsOnTheWay) {
  EXPECT_EQ(ReadSmallFile(dir_ / "user/state.json").value(), "{}");
  Link(dir_ / "secret", "user/file");
  GiveToUser(dir_ / "user/file");
  const auto refused = ReadSmallFile(dir_ / "user/file");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("user 1000 made a link of file"));
  Link("..", "user/up");
  GiveToUser(dir_ / "user/up");
  EXPECT_FALSE(ReadSmallFile(dir_ / "user/up/secret"));
  EXPECT_FALSE(ListDirectory(dir_ / "user/up"));
}

TEST_F(UsersFileTest, ALinkOfRootsIsFollowedAsAHomeOnAnotherDiskIs) {
  Link("user", "home");
  Link(dir_ / "home/", "to-home");
  EXPECT_EQ(ReadSmallFile(dir_ / "to-home/state.json").value(), "{}");
  EXPECT_EQ(ListDirectory(dir_ / "to-home").value().size(), 1u);
  EXPECT_EQ(ReadSmallFile("/proc/self/root" + (dir_ / "to-home/state.json")).value(), "{}");
  Link("gone", "nowhere");
  EXPECT_EQ(ReadSmallFile(dir_ / "nowhere/state.json").value(), std::nullopt);
}

TEST_F(UsersFileTest, AnotherUsersFileInAUsersDirectoryIsRefused) {
  GiveToUser(dir_ / "user/state.json", 1001);
  EXPECT_THAT(ReadSmallFile(dir_ / "user/state.json").error().message,
              testing::HasSubstr("belongs to user 1001 in a directory of user 1000"));
}

TEST_F(UsersFileTest, LessIsReadOfAUserThanOfRoot) {
  WriteText(dir_ / "user/state.json", std::string(kMaxUsersFileBytes + 1, 'x'));
  EXPECT_FALSE(ReadSmallFile(dir_ / "user/state.json"));
  WriteText(dir_ / "state.json", std::string(kMaxUsersFileBytes + 1, 'x'));
  EXPECT_TRUE(ReadSmallFile(dir_ / "state.json"));
  for (size_t i = 1; i < kMaxUsersNames; ++i) WriteText(dir_ / ("user/" + std::to_string(i)), "");
  EXPECT_TRUE(ListDirectory(dir_ / "user"));
  WriteText(dir_ / "user/one-more", "");
  EXPECT_FALSE(ListDirectory(dir_ / "user"));
}

TEST(SmallFileTest, ADirectoryIsListedOneThatIsNotThereIsEmpty) {
  TempFolder dir;
  WriteText(dir / "a/one", "");
  WriteText(dir / "a/.hidden", "");
  EXPECT_THAT(ListDirectory(dir / "a").value(), testing::UnorderedElementsAre("one", ".hidden"));
  EXPECT_TRUE(ListDirectory(dir / "nothing").value().empty());
  EXPECT_TRUE(ListDirectory(dir / "a/one").value().empty());
  ASSERT_EQ(::symlink("loop", (dir / "loop").c_str()), 0);
  EXPECT_FALSE(ListDirectory(dir / "loop"));
}

TEST(SmallFileTest, PathsAreJoinedWithOneSlash) {
  EXPECT_EQ(JoinPath("/host/", "/run"), "/host/run");
  EXPECT_EQ(JoinPath("/", "run"), "/run");
  EXPECT_EQ(JoinPath("a", ""), "a/");
}

}  // namespace
}  // namespace plimsoll::runtime
