#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "failing_files.h"
#include "rig.h"

namespace plimsoll::rollup {

// A host whose containers have used a known amount, and a store on a disk that fails.
class Scene {
 public:
  Scene(const std::string& path, ManualClock& clock, uint64_t max_bytes = 1 << 30)
      : rig(Sized(path, max_bytes), clock), host(clock), clock_(clock) {}

  void Run(const std::string& name) { used.push_back(&host.Run(name)); }
  Recorder::Tick Tick(std::chrono::nanoseconds after = 10s) {
    clock_.Pass(after);
    for (ContainerSample* one : used) {
      *one->cpu.usage_ns += 7'000'000;
      one->memory.usage = 4096 * ++pages_;
    }
    return rig.Record(host.Beat());
  }

  // Everything used since the first tick is in the file, once.
  void ExpectWhole() {
    ExpectSound(rig.database());
    ExpectTiersAgree(rig.database(), rig.open);
    const Whole raw = WholeRaw(rig.database());
    ASSERT_EQ(raw.size(), used.size());
    for (const auto& [id, bucket] : raw) {
      EXPECT_EQ(bucket.cpu_us, *used[id - 1]->cpu.usage_ns / 1000 - 7000) << "container " << id;
      EXPECT_EQ(rig.database().Number("SELECT count(*) FROM container"), static_cast<int64_t>(used.size()));
    }
  }

  Rig rig;
  FrameMaker host;
  std::vector<ContainerSample*> used;

 private:
  static StorageConfig Sized(const std::string& path, uint64_t max_bytes) {
    StorageConfig config = At(path);
    config.max_size_bytes = max_bytes;
    return config;
  }

  ManualClock& clock_;
  uint64_t pages_ = 0;
};

// One of them, and the folder its file is in.
class FaultsTest : public ::testing::Test {
 protected:
  FaultsTest() : path(folder / "plimsoll.db"), scene(path, clock) {}
  void Begin() {
    ASSERT_TRUE(scene.rig.recorder->Open());
    scene.Run("web");
    ASSERT_TRUE(scene.Tick().written);
  }
  std::vector<std::string> Aside() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder / ""))
      if (entry.path().string().find(".corrupt-") != std::string::npos) found.push_back(entry.path());
    return found;
  }

  ManualClock clock;
  TempFolder folder;
  std::string path;
  Scene scene;
};

}  // namespace plimsoll::rollup
