// Deaths, a receiver that is down and a disk that is full.

#include <random>

#include "unit/sidecar/sidecar_fixture.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::seconds;
using Kind = SendResult::Kind;
using SidecarFaultsTest = SidecarTest;

// Deaths at every step of the tick and while messages are on their way, at a
// receiver that refuses some.
TEST_F(SidecarFaultsTest, NothingIsLostOrToldOutOfOrderOverDeaths) {
  std::mt19937 random(7);
  const auto chance = [&](double p) { return std::uniform_real_distribution<double>(0, 1)(random) < p; };
  std::atomic<uint32_t> tries{0};
  const Ending ending{*this};
  inbox_.answer = [&](const OutgoingRequest&) {
    SendResult result;
    result.kind = tries++ % 4 == 3 || is_dead_ ? Kind::kRetry : Kind::kDelivered;
    return result;
  };
  config_.alerting.group_wait = seconds(5);
  for (uint32_t id = 1; id <= 5; ++id) ticks_.Run(id, "c" + std::to_string(id));
  Begin();
  int deaths = 0;
  for (int round = 0; round < 1500; ++round) {
    for (uint32_t id = 1; id <= 5; ++id) {
      if (!chance(0.2)) continue;
      ticks_[id].cpu = chance(0.5) ? 90 : 1;
      if (chance(0.1)) ticks_[id].cpu.reset();
    }
    const bool dies = chance(0.35);
    deaths += dies;
    Tick(dies ? static_cast<Death>(1 + random() % 4) : Death::kNone);
    if (chance(0.5)) Settle();
  }
  for (uint32_t id = 1; id <= 5; ++id) ticks_[id].cpu = 1;
  for (int i = 0; i < 100 && (i < 3 || !sidecar_->Notifications().waiting.empty()); ++i) TickAndSettle();
  EXPECT_GT(deaths, 400);
  EXPECT_GT(History().size(), 500u);
  EXPECT_TRUE(sidecar_->Alerts().empty());
  ExpectAllTold();
}

TEST_F(SidecarFaultsTest, AReceiverThatIsDownForAnHourIsToldAfterIt) {
  bool is_down = true;
  std::set<std::string> keys;
  const Ending ending{*this};
  inbox_.answer = [&](const OutgoingRequest& request) {
    for (const auto& [name, value] : request.headers)
      if (name == "Idempotency-Key") keys.insert(value.Reveal());
    SendResult result;
    result.kind = is_down ? Kind::kRetry : Kind::kDelivered;
    result.error = "connection refused";
    return result;
  };
  ticks_.Run(1, "web").cpu = 90;
  Begin();
  for (int i = 0; i < 360; ++i) TickAndSettle();
  EXPECT_FALSE(sidecar_->IsDelivering());
  EXPECT_LT(inbox_.tries(), 40u) << "no back-off";
  const auto waiting = sidecar_->Notifications().waiting;
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].last_error, "connection refused");
  is_down = false;
  for (int i = 0; i < 60; ++i) TickAndSettle();
  EXPECT_EQ(inbox_.Words(), std::vector<std::string>({"firing web"}));
  EXPECT_EQ(keys.size(), 1u);
  EXPECT_TRUE(sidecar_->IsDelivering());
}

TEST_F(SidecarFaultsTest, AFullDiskStopsNeitherAlertsNorMessagesAndIsCaughtUp) {
  ticks_.Run(1, "web").cpu = 90;
  is_full_ = true;
  Begin();
  TickAndSettle();
  EXPECT_EQ(inbox_.Words(), std::vector<std::string>({"firing web"}));
  EXPECT_TRUE(History().empty());
  is_full_ = false;
  TickAndSettle();
  EXPECT_EQ(History().size(), 1u);
  Die();
  TickAndSettle();
  EXPECT_EQ(inbox_.Words(), std::vector<std::string>({"firing web"})) << "told again after the disk had room";
}

}  // namespace
}  // namespace plimsoll::alerting
