#include "exporter/runtime/cgroup_owners.h"

#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

using Users = std::vector<uid_t>;

class CgroupOwnersTest : public testing::Test {
 protected:
  void Make(const std::string& below, uid_t owner) {
    std::filesystem::create_directories(dir_ / ("fs/cgroup/" + below));
    if (owner != 0) GiveToUser(dir_ / ("fs/cgroup/" + below), owner);
  }
  TempFolder dir_;
  CgroupOwners owners_{dir_.path()};
};

TEST_F(CgroupOwnersTest, TheSliceOfAUserIsTheUsersAndNothingThatOnlyLooksLikeIt) {
  EXPECT_EQ(owners_.UsersOf("/user.slice/user-1000.slice/session-2.scope"), (Users{1000}));
  EXPECT_TRUE(owners_.MaySpeak(1000, "/user.slice/user-1000.slice/user@1000.service/x"));
  EXPECT_FALSE(owners_.MaySpeak(1001, "/user.slice/user-1000.slice/user@1000.service/x"));
  for (const char* path :
       {"/user.slice/user-1000.slice", "/user.slice/user-1000.slice/../../system.slice/sshd.service",
        "/user.slice/user-1000.slice/..", "/system.slice/user.slice/user-1000.slice/x",
        "/user.slice/user-.slice/x", "/user.slice/user-1000x.slice/x", "/user.slice/user-0.slice/x", "/", ""})
    EXPECT_TRUE(owners_.UsersOf(path).empty()) << path;
  EXPECT_TRUE(owners_.MaySpeak(0, "/system.slice/sshd.service"));
}

TEST_F(CgroupOwnersTest, SoIsACgroupWhoseDirectoryTheUserOwns) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make files of other users";
  Make("delegated/a", 1000);
  Make("system.slice", 0);
  EXPECT_EQ(owners_.UsersOf("/delegated/a"), (Users{1000}));
  EXPECT_TRUE(owners_.Exists("/delegated/a"));
  EXPECT_TRUE(owners_.UsersOf("/system.slice").empty());
  EXPECT_TRUE(owners_.UsersOf("/delegated/b").empty());
  EXPECT_FALSE(owners_.Exists("/delegated/b"));
}

TEST_F(CgroupOwnersTest, WithSeveralHierarchiesItMustBeTheUsersInAllThatHaveIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make files of other users";
  Make("memory/a", 1000);
  Make("pids/a", 1000);
  Make("cpu/b", 1000);
  Make("memory/b", 0);
  EXPECT_EQ(owners_.UsersOf("/a"), (Users{1000}));
  EXPECT_TRUE(owners_.UsersOf("/b").empty());
  EXPECT_TRUE(owners_.Exists("/b"));
}

}  // namespace
}  // namespace plimsoll::runtime
