// Cgroups of kernels that do not tell when one was made: only their counters tell that it began anew.

#include <gtest/gtest.h>

#include "rig.h"

namespace plimsoll::rollup {
namespace {

class UndatedTest : public ::testing::Test {
 protected:
  UndatedTest() : rig(At(folder / "plimsoll.db"), clock), host(clock), web(host.Run("web")) {
    EXPECT_TRUE(rig.recorder->Open());
  }
  // The next reading, of a cgroup that has used so much since it was made.
  Reading ReadAt(uint64_t used_us) {
    web.cgroup_created = {};
    web.cpu.usage_ns = used_us * 1000;
    clock.Pass(10s);
    return rig.Record(host.Beat()).readings->containers.at(0).reading;
  }

  ManualClock clock;
  TempFolder folder;
  Rig rig;
  FrameMaker host;
  ContainerSample& web;
};

TEST_F(UndatedTest, OneThatCountsFromBelowBeganAnewAndAllOfItIsNew) {
  ReadAt(5000);
  EXPECT_EQ(ReadAt(9000).cpu_us, 4000u);
  host.Restart(web);
  const Reading reading = ReadAt(2000);
  EXPECT_EQ(reading.cpu_us, 2000u);
  EXPECT_EQ(reading.elapsed_ms, 10'000u);
}

TEST_F(UndatedTest, OneThatMayHaveCountedOnIsUnknownOnce) {
  ReadAt(5000);
  host.Restart(web);
  EXPECT_EQ(ReadAt(7000).cpu_us, std::nullopt) << "2000, or 7000";
  EXPECT_EQ(ReadAt(8000).cpu_us, 1000u);
}

TEST_F(UndatedTest, OverARestartOfPlimsollItGoesOnUnlessItCountsFromBelow) {
  ReadAt(5000);
  rig.Restart();
  host.NewCollector();
  EXPECT_EQ(ReadAt(6000).cpu_us, 1000u);
  rig.Restart();
  host.NewCollector();
  EXPECT_EQ(ReadAt(3000).cpu_us, std::nullopt);
}

}  // namespace
}  // namespace plimsoll::rollup
