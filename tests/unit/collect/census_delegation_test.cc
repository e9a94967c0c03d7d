// Users may make cgroups below one that was given to them, any number of them.

#include <unistd.h>

#include <algorithm>

#include "unit/collect/census_fixture.h"

namespace plimsoll::collect {
namespace {

class CensusDelegationTest : public CensusTest {
 protected:
  CensusDelegationTest() { host_.V2(); }

  // Of `owner`, where the test may give files away; else all are ours, who are not root either.
  void Make(const std::string& cgroup, uid_t owner) {
    host_.Cgroup(cgroup, {{"cpu.stat", "usage_usec 5\n"}});
    const std::string path = host_.root() + "/sys/fs/cgroup" + cgroup;
    if (::geteuid() == 0) {
      EXPECT_EQ(::chown(path.c_str(), owner, owner), 0);
    }
  }
  void MakeBelow(const std::string& cgroup, size_t count, uid_t owner) {
    for (size_t i = 0; i < count; ++i) Make(cgroup + "/" + std::to_string(10'000 + i), owner);
  }
  void Remove(const std::string& cgroup) { host_.Remove("sys/fs/cgroup" + cgroup); }
  static size_t CountBelow(const ContainerSet& set, const std::string& cgroup) {
    return static_cast<size_t>(
        std::count_if(set.containers.begin(), set.containers.end(),
                      [&](const auto& sample) { return sample.who->cgroup.starts_with(cgroup); }));
  }
};

TEST_F(CensusDelegationTest, OneUserFillsUpHisOwnShareAlone) {
  Make("/mine", 1000);
  MakeBelow("/mine", 1'100, 1000);
  Make("/other", 1001);
  MakeBelow("/other", 20, 1001);
  Begin();
  EXPECT_EQ(CountBelow(*Beat(), "/mine"), Delegations::kMost);
  EXPECT_EQ(CountBelow(*Beat(), "/other"), 21u);
  Make("/mine/10000/below", 1000);
  Make("/mine/11099/below", 1000);
  Make("/other/more", 1001);
  EXPECT_EQ(CountBelow(*Beat(), "/mine"), Delegations::kMost);
  EXPECT_EQ(CountBelow(*Beat(), "/other"), 22u);
}

TEST_F(CensusDelegationTest, SubordinateIdsAreTheirUsers) {
  Make("/mine", 1000);
  for (uid_t id = 0; id < 4; ++id) {
    Make("/mine/" + std::to_string(id), 100'000 + id);
    MakeBelow("/mine/" + std::to_string(id), 300, 100'000 + id);
  }
  Begin();
  EXPECT_EQ(CountBelow(*Beat(), "/mine"), Delegations::kMost);
}

TEST_F(CensusDelegationTest, WhoWasRefusedComesWhenThereIsRoom) {
  Make("/mine", 1000);
  MakeBelow("/mine", 1'009, 1000);
  Begin();
  Beat();
  for (int i = 0; i < 8; ++i) Remove("/mine/" + std::to_string(10'000 + i));
  EXPECT_EQ(CountBelow(*Beat(), "/mine"), Delegations::kMost - 8);
  clock_.Pass(std::chrono::seconds(31));
  EXPECT_EQ(CountBelow(*Beat(), "/mine"), Delegations::kMost);
}

TEST_F(CensusDelegationTest, RootsOwnAreNeverTooMany) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make cgroups of root";
  MakeBelow("", 1'100, 0);
  Begin();
  EXPECT_EQ(CountBelow(*Beat(), "/1"), 1'100u);
}

}  // namespace
}  // namespace plimsoll::collect
