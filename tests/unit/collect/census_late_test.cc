// What the census makes of the kernel's news when it reads them late: meanwhile more has happened.

#include <chrono>
#include <filesystem>
#include <map>
#include <thread>
#include <utility>

#include "unit/collect/census_fixture.h"

namespace plimsoll::collect {
namespace {

class CensusLateTest : public CensusTest {
 protected:
  void Count(const ContainerSet& set) {
    for (const ContainerEvent& event : set.events) counted_[event.kind] += event.count;
  }
  uint64_t Take(ContainerEvent::Kind kind) { return std::exchange(counted_[kind], 0); }
  // The census meets the container in the midst of these.
  void Others(const char* name, bool come) {
    for (int i = 0; i < 150; ++i) {
      const std::string cgroup = "/docker/" + std::string(name) + std::to_string(i);
      if (come)
        host_.Cgroup(cgroup, {});
      else
        host_.Remove("sys/fs/cgroup" + cgroup);
    }
  }

  std::map<ContainerEvent::Kind, uint64_t> counted_;
};

// A container goes while the kernel's news are read, and its runtime makes it anew before the news of its
// coming is dealt with: all that is told of the first one then leads to the second. Whether that came about
// is seen by nobody, so it happens at several moments.
TEST_F(CensusLateTest, AKillOfACgroupMadeAnewMeanwhileIsCountedOnce) {
  host_.V2();
  host_.DockerContainer(kId, "phoenix", R"("Running":true,"ExitCode":0)");
  host_.Cgroup("/docker", {});
  Begin();
  const std::filesystem::path path = host_.paths().sysfs + "/fs/cgroup" + kCgroup, away = host_.root();
  for (int moment = 1; moment <= 8; ++moment) {
    // They come and go whole, as the kernel's do.
    host_.Cgroup(kCgroup, {{"memory.events", "oom_kill 10\n"}});
    std::filesystem::rename(path, away / "second");
    Beat();
    Others("before", true);
    host_.Cgroup(kCgroup, {{"memory.events", "oom_kill 1\n"}});
    Others("after", true);
    std::thread runtime([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(200 * moment));
      std::filesystem::rename(path, away / "first");
      std::this_thread::sleep_for(std::chrono::milliseconds(4));
      std::filesystem::rename(away / "second", path);
    });
    Count(*Beat());
    runtime.join();
    Count(*Beat());
    host_.Remove("sys/fs/cgroup" + kCgroup);
    Count(*Beat());
    clock_.Pass(std::chrono::minutes(1));  // an exit code is not waited for any longer
    Count(*Beat());
    const uint64_t kills = Take(ContainerEvent::Kind::kOom);
    EXPECT_TRUE(kills == 10 || kills == 11)
        << kills << " at moment " << moment;  // the first one's may have been missed
    EXPECT_EQ(Take(ContainerEvent::Kind::kStart), Take(ContainerEvent::Kind::kStop))
        << "at moment " << moment;
    std::filesystem::remove_all(away / "first");
    Others("before", false);
    Others("after", false);
    Beat();
  }
}

}  // namespace
}  // namespace plimsoll::collect
