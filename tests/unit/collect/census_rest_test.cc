// What is read less often than at every beat, and what that may not hide.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/collect/census_fixture.h"

namespace plimsoll::collect {
namespace {

using std::chrono::seconds;

class CensusRestTest : public CensusTest {
 protected:
  std::shared_ptr<const ContainerSet> Next() {
    clock_.Pass(seconds(1));
    return Beat();
  }
  // Past the seconds in which everything is read at every beat.
  void GrowUp() {
    Begin();
    for (int i = 0; i < 15; ++i) Next();
  }
  // A new file, as the kernel's text is to one who opens it anew.
  void Replace(const std::string& path, const std::string& text) {
    host_.Remove("sys/fs/cgroup" + path);
    host_.Write("sys/fs/cgroup" + path, text);
  }
  // The container did something.
  void Run() { host_.Cgroup(kCgroup, {{"cpu.stat", "usage_usec " + std::to_string(used_ += 1000) + "\n"}}); }

  uint64_t used_ = 10;
};

TEST_F(CensusRestTest, RatesAndPressureOfABurstEndWithIt) {
  host_.V2();
  const std::string calm = "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n";
  Container(kId, "web", {{"cpu.stat", "usage_usec 10\n"}, {"io.stat", ""}, {"io.pressure", calm}});
  GrowUp();
  Run();
  Next();
  Run();
  host_.Cgroup(kCgroup, {{"io.stat", "8:0 rbytes=0 wbytes=500000000 rios=0 wios=1 dbytes=0 dios=0\n"},
                         {"io.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=500005\n"}});
  auto set = Next();
  EXPECT_DOUBLE_EQ(Find(*set)->derived.block_write_bytes_per_second.value(), 5e8);
  EXPECT_DOUBLE_EQ(Find(*set)->derived.io_pressure_percent.value(), 50);
  set = Next();
  EXPECT_DOUBLE_EQ(Find(*set)->derived.block_write_bytes_per_second.value(), 0);
  EXPECT_DOUBLE_EQ(Find(*set)->derived.io_pressure_percent.value(), 0);
}

TEST_F(CensusRestTest, AnAverageThatFadesIsFollowed) {
  host_.V2();
  Container(kId, "web", {{"cpu.stat", "usage_usec 10\n"}, {"io.pressure", ""}});
  GrowUp();
  for (const int avg10 : {40, 36, 32}) {
    host_.Cgroup(kCgroup, {{"io.pressure",
                            "some avg10=" + std::to_string(avg10) + ".00 avg60=1.00 avg300=1.00 total=9\n"}});
    for (int i = 0; i < 10 && avg10 == 40; ++i) Next();  // the rest ends
    EXPECT_DOUBLE_EQ(Find(*Next())->io_pressure.some_avg10.value(), avg10);
  }
}

}  // namespace
}  // namespace plimsoll::collect
