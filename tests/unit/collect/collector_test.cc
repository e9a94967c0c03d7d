#include "exporter/collect/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "unit/collect/fake_host.h"
#include "unit/runtime/fake_engine.h"

namespace plimsoll::collect {
namespace {

const std::string kId(64, 'a');

// Keeps the newest frame. The kernel's timer beats here, so the clock is the real one.
class CollectorTest : public ::testing::Test {
 protected:
  CollectorTest() { config_.interval = std::chrono::hours(1); }

  Collector& Make() {
    directory_.emplace(config_, host_.paths(), clock_);
    return collector_.emplace(config_, host_.paths(), *directory_, clock_, [this](FramePtr frame) {
      if (on_frame_) on_frame_(*frame);
      const std::lock_guard lock(mutex_);
      newest_ = std::move(frame);
      came_.notify_all();
    });
  }
  FramePtr Newest() {
    const std::lock_guard lock(mutex_);
    return newest_;
  }
  // Whether each frame brought a new set, in the order in which they came.
  void KeepKinds() {
    on_frame_ = [this](const Frame& frame) {
      const std::lock_guard lock(mutex_);
      brought_set_.push_back(frame.set_is_new);
    };
  }
  std::vector<bool> Kinds() {
    const std::lock_guard lock(mutex_);
    return brought_set_;
  }
  // The first frame for which `holds`; far more time than it ever takes.
  FramePtr Await(const std::function<bool(const Frame&)>& holds) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::seconds(30), [&] { return newest_ && holds(*newest_); });
    return newest_ && holds(*newest_) ? newest_ : nullptr;
  }

  FakeHost host_;
  SystemClock clock_;
  CollectorConfig config_;
  std::optional<runtime::Directory> directory_;
  std::function<void(const Frame&)> on_frame_;
  std::mutex mutex_;  // guards what follows
  std::vector<bool> brought_set_;
  std::condition_variable came_;
  FramePtr newest_;
  std::optional<Collector> collector_;  // last: its thread ends before what it writes to
};

TEST_F(CollectorTest, WithoutCgroupsItDoesNotStartAndSaysWhatIsMissing) {
  const auto started = Make().Start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, ::testing::HasSubstr("--path.sysfs"));
  EXPECT_FALSE(Newest());
  collector_->Stop();
}

TEST_F(CollectorTest, TheFirstFrameIsThereWhenStartReturnsAndIsWhole) {
  host_.V2();
  host_.DockerContainer(kId, "web", R"("Running":true,"ExitCode":0)");
  host_.Cgroup("/docker/" + kId, {{"cpu.stat", "usage_usec 5\n"}});
  ASSERT_TRUE(Make().Start());
  const FramePtr frame = Newest();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->sequence, 1u);
  EXPECT_TRUE(frame->set_is_new);
  EXPECT_EQ(frame->host.memory_used, 400u * 1024);
  EXPECT_GT(frame->host.cpu_count, 0u);
  bool found = false;
  for (const ContainerSample& sample : frame->set->containers) found = found || sample.who->name == "web";
  EXPECT_TRUE(found);
}

TEST_F(CollectorTest, BetweenBeatsTheHostAloneIsReadAndTheSetStaysTheSame) {
  host_.V2();
  ASSERT_TRUE(Make().Start());
  const FramePtr first = Newest();
  const FramePtr second = Await([](const Frame& frame) { return frame.sequence >= 2; });
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->set_is_new);
  EXPECT_EQ(second->set, first->set);
  EXPECT_GT(second->mono, first->mono);
}

TEST_F(CollectorTest, AShorterIntervalHoldsFromTheNextBeatOn) {
  host_.V2();
  Collector& collector = Make();
  ASSERT_TRUE(collector.Start());
  const uint64_t first = Newest()->set->number;
  host_.Cgroup("/later", {{"cpu.stat", "usage_usec 5\n"}});
  config_.interval = std::chrono::milliseconds(50);
  collector.Reconfigure(config_);
  const FramePtr later = Await([&](const Frame& frame) { return frame.set->number > first + 1; });
  ASSERT_TRUE(later);
  EXPECT_EQ(later->set->containers.back().who->cgroup, "/later");
  collector.Stop();
  const FramePtr last = Newest();
  collector.Stop();
  EXPECT_EQ(Newest(), last) << "a collector that was stopped publishes nothing";
}

TEST_F(CollectorTest, AfterAShorterIntervalHostAndContainersStillBeatTogether) {
  host_.V2();
  KeepKinds();
  Collector& collector = Make();
  ASSERT_TRUE(collector.Start());
  config_.interval = std::chrono::seconds(1);
  collector.Reconfigure(config_);
  ASSERT_TRUE(Await([](const Frame& frame) { return frame.set->number >= 4; }));
  const std::vector<bool> kinds = Kinds();
  const auto second = std::find(kinds.begin() + 1, kinds.end(), true);
  EXPECT_EQ(std::count(second, kinds.end(), false), 0) << "a frame of the host alone, between those of all";
}

TEST_F(CollectorTest, BeatsThatWereMissedAreCountedAndNotMadeUpFor) {
  host_.V2();
  config_.interval = std::chrono::milliseconds(50);
  on_frame_ = [](const Frame& frame) {
    if (frame.sequence == 1) std::this_thread::sleep_for(std::chrono::milliseconds(500));
  };
  ASSERT_TRUE(Make().Start());
  const FramePtr later = Await([](const Frame& frame) { return frame.set->stats.beats_skipped > 0; });
  ASSERT_TRUE(later);
  EXPECT_GE(later->set->stats.beats_skipped, 8u);
}

TEST_F(CollectorTest, AnEarlyBeatLeavesTheOthersWhereTheyWere) {
  ::unsetenv("DOCKER_HOST");
  host_.V2();
  host_.Cgroup("/docker/" + kId, {{"cpu.stat", "usage_usec 5\n"}});
  host_.Write("run/.keep", "");
  runtime::FakeEngine engine(host_.root() + "/run/docker.sock");
  engine.Put(kId, "web", "running");
  config_.interval = std::chrono::seconds(1);
  KeepKinds();
  Collector& collector = Make();
  ASSERT_TRUE(collector.Start());
  directory_->Start();
  ASSERT_TRUE(Await([](const Frame& frame) {
    for (const ContainerSample& sample : frame.set->containers)
      if (sample.who->name == "web") return frame.set->number >= 5;
    return false;
  }));
  const std::vector<bool> kinds = Kinds();
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), false), 0)
      << "a frame of the host alone, between those of all";
}

TEST_F(CollectorTest, WhomAnEngineNamesSoonAfterTheStartIsShownBeforeTheNextBeat) {
  ::unsetenv("DOCKER_HOST");
  host_.V2();
  host_.Cgroup("/docker/" + kId, {{"cpu.stat", "usage_usec 5\n"}});
  host_.Write("run/.keep", "");
  runtime::FakeEngine engine(host_.root() + "/run/docker.sock");
  engine.Stop();
  engine.Put(kId, "web", "running");
  Collector& collector = Make();
  directory_->Start();
  ASSERT_TRUE(collector.Start());
  engine.Start();
  EXPECT_TRUE(Await([](const Frame& frame) {
    for (const ContainerSample& sample : frame.set->containers)
      if (sample.who->name == "web") return true;
    return false;
  }));
}

}  // namespace
}  // namespace plimsoll::collect
