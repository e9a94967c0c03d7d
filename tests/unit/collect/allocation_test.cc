// The steady state of the collector allocates nothing: counted at operator new.

#include <gtest/gtest.h>

#include "counted_new.h"
#include "exporter/collect/census.h"
#include "exporter/collect/host.h"
#include "exporter/collect/recycler.h"
#include "unit/collect/fake_host.h"

namespace plimsoll::collect {
namespace {

TEST(SteadyStateTest, ABeatAllocatesNothing) {
  FakeHost host;
  host.V2();
  for (const char c : {'a', 'b', 'c'}) {
    const std::string id(64, c);
    host.DockerContainer(id, std::string("web-") + c, R"("Running":true)");
    host.Cgroup("/docker/" + id, {{"cpu.stat", "usage_usec 10\nuser_usec 5\nsystem_usec 5\n"},
                                  {"memory.stat", "anon 1\nfile 2\ninactive_file 0\n"},
                                  {"memory.current", "4096\n"},
                                  {"memory.max", "max\n"},
                                  {"cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"},
                                  {"io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n"}});
  }
  ManualClock clock;
  CollectorConfig config;
  runtime::Directory directory(config, host.paths(), clock);
  Census census(config, host.paths(), *FindHierarchies(host.paths().sysfs), directory, clock,
                [](int, uint64_t) {});
  HostReader reader(host.paths());
  HostSample sample;
  Recycler<Frame> frames;
  std::shared_ptr<Frame> frame;
  const auto beat = [&] {
    clock.Pass(std::chrono::seconds(1));
    reader.Read(sample);
    reader.ReadDisks(sample);
    census.TakeTreeEvents();
    std::shared_ptr<Frame> next = frames.Lend();
    next->host = sample;
    next->set = census.Read(sample, reader.memory_free(), 0);
    frame = std::move(next);  // a reader holds the newest frame while the next is made
  };
  for (int i = 0; i < 30; ++i) beat();
  counting = true;
  allocations = 0;
  for (int i = 0; i < 20; ++i) beat();  // two rounds of the limits
  counting = false;
#if PLIMSOLL_COUNTS_ALLOCATIONS
  EXPECT_EQ(allocations, 0);
#endif
  EXPECT_EQ(frame->set->containers.size(), 5u);
}

}  // namespace
}  // namespace plimsoll::collect
