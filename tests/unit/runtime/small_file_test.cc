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
