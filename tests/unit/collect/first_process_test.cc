#include "exporter/collect/first_process.h"

#include <gtest/gtest.h>

#include "unit/collect/fake_host.h"

namespace plimsoll::collect {
namespace {

const std::string kOuter = "/docker/outer";

class FirstProcessTest : public ::testing::Test {
 protected:
  FirstProcessTest() { host_.V2(); }

  void Process(int pid, int parent, int started, const std::string& cgroup) {
    std::string stat = std::to_string(pid) + " (a (strange) name) S " + std::to_string(parent);
    for (int field = 5; field < 22; ++field) stat += " 0";
    host_.Write({{"proc/" + std::to_string(pid) + "/stat", stat + " " + std::to_string(started) + " 0 0\n"},
                 {"proc/" + std::to_string(pid) + "/cgroup", "0::" + cgroup + "\n"}});
  }
  std::optional<collect::Process> First(std::optional<int64_t> init_pid = {}) {
    const runtime::HostPaths paths = host_.paths();
    return FirstProcess(paths.procfs, kOuter, paths.sysfs + "/fs/cgroup" + kOuter, init_pid, text_);
  }

  FakeHost host_;
  FileText text_;
};

// As docker:dind arranges it on cgroup v2: the outer cgroup itself is empty.
class NestedTest : public FirstProcessTest {
 protected:
  NestedTest() {
    host_.Cgroup(kOuter, {});
    host_.Cgroup(kOuter + "/a/inner", {{"cgroup.procs", "30\n31\n"}});
    host_.Cgroup(kOuter + "/init", {{"cgroup.procs", "20\n25\n40\n"}});
    Process(20, 2, 500, kOuter + "/init");  // the container's own, child of the engine outside
    Process(25, 20, 600, kOuter + "/init");
    Process(40, 2, 900, kOuter + "/init");  // docker exec
    Process(30, 25, 700, kOuter + "/a/inner");
    Process(31, 30, 701, kOuter + "/a/inner");
  }
};

TEST_F(NestedTest, WhatTheRuntimeToldIsTaken) {
  ASSERT_TRUE(First(20));
  EXPECT_EQ(First(20)->pid, 20);
  EXPECT_EQ(First(20)->started, 500u);
  EXPECT_EQ(First(25)->pid, 25) << "it is in the cgroup, so it is believed";
}

TEST_F(NestedTest, TheEldestWhoseParentIsOutsideIsTheContainersOwn) {
  EXPECT_EQ(First()->pid, 20);
  Process(50, 2, 1, "/docker/outermost");
  EXPECT_EQ(First(50)->pid, 20) << "what the runtime told is another's by now";
  EXPECT_EQ(First(99)->pid, 20) << "or gone";
}

TEST_F(FirstProcessTest, IsAbsentWhileThereIsNone) {
  EXPECT_FALSE(First());
  host_.Cgroup(kOuter, {{"cgroup.procs", "0\n"}});
  EXPECT_FALSE(First()) << "a process of another pid namespace";
}

TEST_F(FirstProcessTest, OneThatHidesItsStateIsBetterThanNone) {
  host_.Cgroup(kOuter, {{"cgroup.procs", "7\n8\n"}});
  ASSERT_TRUE(First());
  EXPECT_EQ(First()->pid, 7);
}

TEST_F(FirstProcessTest, ALaterOneWithItsNumberIsNotItself) {
  host_.Cgroup(kOuter, {{"cgroup.procs", "7\n"}});
  Process(7, 1, 100, kOuter);
  const auto first = First();
  ASSERT_TRUE(first);
  EXPECT_TRUE(IsAlive(host_.paths().procfs, *first, text_));
  Process(7, 1, 101, "/another");
  EXPECT_FALSE(IsAlive(host_.paths().procfs, *first, text_));
  host_.Remove("proc/7");
  EXPECT_FALSE(IsAlive(host_.paths().procfs, *first, text_));
}

}  // namespace
}  // namespace plimsoll::collect
