#include "alerting/sidecar/sidecar.h"

#include <gmock/gmock.h>

#include "unit/sidecar/sidecar_fixture.h"

namespace plimsoll::alerting {
namespace {

TEST_F(SidecarTest, ABreachAndItsEndAreTold) {
  ticks_.Run(1, "web");
  Begin();
  TickAndSettle();
  EXPECT_EQ(inbox_.Words(), std::vector<std::string>());
  ticks_[1].cpu = 90;
  TickAndSettle();
  EXPECT_EQ(inbox_.Words(), std::vector<std::string>({"firing web"}));
  TickAndSettle();
  ticks_[1].cpu = 1;
  TickAndSettle();
  EXPECT_EQ(inbox_.Words(), std::vector<std::string>({"firing web", "resolved web"}));
  EXPECT_EQ(sidecar_->Figures().depth, 0u);
  ExpectAllTold();
}

TEST_F(SidecarTest, AThousandContainersAreOneMessage) {
  for (uint32_t id = 1; id <= 1000; ++id) ticks_.Run(id, "c" + std::to_string(id)).cpu = 90;
  Begin();
  TickAndSettle();
  ASSERT_EQ(inbox_.letters().size(), 1u);
  EXPECT_EQ(inbox_.Words().size(), 1000u);
}

TEST_F(SidecarTest, AMessageHoldsAThousandAtMost) {
  for (uint32_t id = 1; id <= 2500; ++id) ticks_.Run(id, "c" + std::to_string(id)).cpu = 90;
  Begin();
  TickAndSettle();
  std::vector<size_t> sizes;
  for (const Inbox::Letter& letter : inbox_.letters())
    sizes.push_back(nlohmann::json::parse(letter.body)["alerts"].size());
  EXPECT_EQ(sizes, std::vector<size_t>({1000, 1000, 500}));
  const auto words = inbox_.Words();
  EXPECT_EQ(std::set<std::string>(words.begin(), words.end()).size(), 2500u) << "each once";
}

TEST_F(SidecarTest, AHangingReceiverDelaysNoOther) {
  config_.alerting.receivers = {MakeReceiver("hang"), MakeReceiver("ops")};
  config_.alerting.defaults.receivers = {"hang", "ops"};
  ticks_.Run(1, "web").cpu = 90;
  Begin();
  TickAndSettle();
  EXPECT_EQ(inbox_.Words(), std::vector<std::string>({"firing web"}));
}

TEST_F(SidecarTest, OutcomesAreCountedFromZero) {
  Begin();
  const auto counted = sidecar_->Figures().notifications;
  ASSERT_EQ(counted.size(), 4u);
  for (const auto& [of, count] : counted) EXPECT_EQ(count, 0u) << of.first << " " << of.second;
}

TEST_F(SidecarTest, WhatWaitsForAReceiverThatAReloadTakesAwayIsCountedAsDropped) {
  inbox_.answer = [](const OutgoingRequest&) {
    SendResult result;
    result.kind = SendResult::Kind::kRetry;
    return result;
  };
  ticks_.Run(1, "web").cpu = 90;
  Begin();
  TickAndSettle();
  ASSERT_EQ(sidecar_->Notifications().waiting.size(), 1u);
  config_.alerting.receivers = {MakeReceiver("other")};
  sidecar_->Reconfigure(config_);
  EXPECT_TRUE(sidecar_->Notifications().waiting.empty());
  EXPECT_THAT(sidecar_->Figures().notifications,
              testing::Contains(testing::Pair(testing::Pair("ops", "dropped"), 1u)));
}

TEST_F(SidecarTest, AReceiverThatAReloadOrAStartBringsIsToldOfWhatFires) {
  config_.alerting.receivers.clear();
  config_.alerting.defaults.receivers.clear();
  ticks_.Run(1, "web").cpu = 90;
  Begin();
  TickAndSettle();
  config_.alerting.receivers = {MakeReceiver("ops")};
  config_.alerting.defaults.receivers = {"ops"};
  sidecar_->Reconfigure(config_);
  TickAndSettle();
  EXPECT_EQ(inbox_.Words(), std::vector<std::string>({"firing web"}));
  Die();
  TickAndSettle();
  EXPECT_EQ(inbox_.letters().size(), 1u) << "a start without a change";
  config_.alerting.receivers.push_back(MakeReceiver("chat"));
  config_.alerting.defaults.receivers.push_back("chat");
  Die();
  TickAndSettle();
  TickAndSettle();
  ASSERT_EQ(inbox_.letters().size(), 2u);
  EXPECT_EQ(inbox_.letters()[1].url, "http://chat.example/");
  EXPECT_NE(inbox_.letters()[0].key, inbox_.letters()[1].key);
  ticks_[1].cpu = 1;
  TickAndSettle();
  EXPECT_EQ(inbox_.letters().size(), 4u) << "both are told of the end";
}

TEST_F(SidecarTest, AReloadEndsAlertsOfARuleThatIsGoneAndKeepsOthers) {
  config_.alerting.rules.push_back(MakeRule("Full", AlertMetric::kMemoryPercent, 50, 1, 1));
  ticks_.Run(1, "web").cpu = 90;
  ticks_[1].memory = 90;
  Begin();
  TickAndSettle();
  ASSERT_EQ(inbox_.Words().size(), 2u);
  config_.alerting.rules.pop_back();
  sidecar_->Reconfigure(config_);
  Settle();
  const auto letters = inbox_.letters();
  ASSERT_EQ(letters.size(), 3u);
  EXPECT_THAT(letters[2].body, testing::HasSubstr("\"alertname\":\"Full\""));
  EXPECT_THAT(letters[2].body, testing::HasSubstr("\"status\":\"resolved\""));
  EXPECT_EQ(sidecar_->Alerts().size(), 1u);
}

}  // namespace
}  // namespace plimsoll::alerting
