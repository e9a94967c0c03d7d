// Receivers that say no for good, settings and combined states, and a file that is another one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "alerting/sidecar/sidecar.h"
#include "manual_clock.h"
#include "temp_folder.h"
#include "unit/engine/fake_ticks.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::milliseconds;

class RefusingSender final : public Sender {
 public:
  SendResult Send(const OutgoingRequest&) override {
    SendResult result;
    result.kind = SendResult::Kind::kRefused;
    result.error = "404 Not Found";
    return result;
  }
};

class RefusalTest : public testing::Test {
 protected:
  RefusalTest() : database_(std::move(*Database::OpenForWriting(":memory:"))) {
    config_ = MakeConfig({MakeRule("Busy", AlertMetric::kCpuPercent, 50, 1, 1)});
    config_.alerting.group_wait = milliseconds(0);
    receiver_.name = "ops";
    receiver_.urls = {Secret("http://ops.example/")};
    config_.alerting.defaults.receivers = {"ops"};
    ticks_.Run(1, "web");
  }
  void Begin(const std::vector<std::pair<uint32_t, AlertSetting>>& settings = {}) {
    config_.alerting.receivers = {receiver_};
    SidecarWorld world;
    world.clock = &clock_;
    world.change = [this](const auto& work) -> Result<void> {
      const std::lock_guard lock(disk_);
      work(*database_);
      return {};
    };
    world.make_sender = [] { return std::make_unique<RefusingSender>(); };
    world.dice = [] { return 0.5; };
    world.is_healthy = [] { return true; };
    world.on_notice = [this](const CombinedNotice&) { ++notices_; };
    sidecar_ = std::make_unique<Sidecar>(config_, LoadAlerts(*database_), settings, std::move(world));
    sidecar_->Start();
  }
  void Tick(double cpu) {
    ticks_[1].cpu = cpu;
    const ReadingSet& set = ticks_.Next();
    clock_.Pass(FakeTicks::kInterval);
    sidecar_->Step(set);
    {
      const std::lock_guard lock(disk_);
      sidecar_->Write(*database_);
    }
    sidecar_->Ended(true);
  }
  uint64_t Counted(const char* outcome) {
    for (const auto& [of, count] : sidecar_->Figures().notifications)
      if (of.second == outcome) return count;
    return UINT64_MAX;
  }
  // The parcel that was given up; waits for the receiver's thread.
  std::vector<Parcel> Dropped() {
    for (int i = 0; i < 10'000 && sidecar_->Notifications().dropped.empty(); ++i)
      std::this_thread::sleep_for(milliseconds(1));
    return sidecar_->Notifications().dropped;
  }

  ManualClock clock_;
  FakeTicks ticks_;
  EngineConfig config_;
  ReceiverConfig receiver_;
  std::mutex disk_;  // guards database_
  std::unique_ptr<Database> database_;
  std::atomic<int> notices_{0};
  std::unique_ptr<Sidecar> sidecar_;
};

TEST_F(RefusalTest, WhatAReceiverRefusesIsGivenUpAndSaysWhy) {
  Begin();
  Tick(90);
  const std::vector<Parcel> dropped = Dropped();
  ASSERT_EQ(dropped.size(), 1u);
  EXPECT_EQ(dropped[0].last_error, "404 Not Found");
  EXPECT_EQ(dropped[0].tries, 1u);
  EXPECT_TRUE(sidecar_->Notifications().waiting.empty());
  EXPECT_EQ(Counted("dropped"), 1u);
  EXPECT_EQ(Counted("retried"), 0u);
}

TEST_F(RefusalTest, AReceiverThatRefusesIsAFaultUntilItIsConfiguredAnew) {
  Begin();
  EXPECT_EQ(sidecar_->DeliveryFault(), "");
  Tick(90);
  Dropped();
  EXPECT_EQ(sidecar_->DeliveryFault(), "receiver ops: its newest notification was dropped: 404 Not Found");
  sidecar_->Reconfigure(config_);
  EXPECT_TRUE(sidecar_->IsDelivering());
}

TEST_F(RefusalTest, AMessageThatCannotBeComposedIsGivenUpLikeARefusedOne) {
  receiver_.type = ReceiverType::kJson;
  receiver_.body_template = "{{#open}";
  Begin();
  Tick(90);
  const std::vector<Parcel> dropped = Dropped();
  ASSERT_EQ(dropped.size(), 1u);
  EXPECT_NE(dropped[0].last_error, "404 Not Found") << "it was never sent";
  EXPECT_NE(dropped[0].last_error, "");
}

TEST_F(RefusalTest, WhatWasGivenUpIsStillListedAfterARestart) {
  Begin();
  Tick(90);
  ASSERT_EQ(Dropped().size(), 1u);
  Tick(90);
  sidecar_.reset();
  Begin();
  ASSERT_EQ(sidecar_->Notifications().dropped.size(), 1u);
  EXPECT_EQ(sidecar_->Notifications().dropped[0].last_error, "404 Not Found");
  EXPECT_EQ(Counted("dropped"), 0u) << "another process gave it up";
}

TEST_F(RefusalTest, TheApisSettingsHoldFromTheStartAndCanBeChanged) {
  Begin({{1, {.cpu_threshold = 95, .mem_threshold = 95, .enabled = true}}});
  Tick(90);
  EXPECT_TRUE(sidecar_->Alerts().empty());
  sidecar_->SetApiSetting(1, {.cpu_threshold = 80});
  Tick(90);
  EXPECT_EQ(sidecar_->Alerts().size(), 1u);
  EXPECT_EQ(sidecar_->Of(1)->combined, CombinedState::kCpuAlert);
  EXPECT_FALSE(sidecar_->Of(99));
  EXPECT_EQ(notices_, 1) << "of the change to the alert, not of the settings";
  const std::vector<ContainerAlerts> all = sidecar_->Of(ticks_.Next());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].combined, CombinedState::kCpuAlert);
}

// Somebody put an older copy back: what it says of alerts is not so any more.
TEST_F(RefusalTest, AFileThatTakesThePlaceOfOursIsMadeToSayWhatHolds) {
  const TempFolder folder;
  (*Database::OpenForWriting(folder / "older.db"))
      ->Run("INSERT INTO alert_told (alert, receiver, state, newest, held_by) VALUES ('a', 'b', 2, 't', '')");
  database_ = std::move(*Database::OpenForWriting(folder / "ours.db"));
  Begin();
  Tick(90);
  ASSERT_EQ(sidecar_->Alerts().size(), 1u);
  {
    const std::lock_guard lock(disk_);
    database_ = std::move(*Database::OpenForWriting(folder / "older.db"));
  }
  Tick(90);
  EXPECT_EQ(database_->Number("SELECT count(*) FROM alert_state"), 1);
  EXPECT_EQ(database_->Number("SELECT count(*) FROM alert_told WHERE alert = 'a'"), 0);
  sidecar_.reset();
}

}  // namespace
}  // namespace plimsoll::alerting
