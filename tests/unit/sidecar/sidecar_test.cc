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
  std::vector<uint64_t> left_out;
  std::set<std::string> told;
  for (const Inbox::Letter& letter : inbox_.letters()) {
    const auto body = nlohmann::json::parse(letter.body);
    sizes.push_back(body["alerts"].size());
    left_out.push_back(body["truncatedAlerts"]);
    for (const auto& alert : body["alerts"]) told.insert(alert["labels"]["name"]);
  }
  // The last one's 500, and what else of the group fires as far as there is room.
  EXPECT_EQ(sizes, std::vector<size_t>({1000, 1001, 1000}));
  EXPECT_EQ(left_out, std::vector<uint64_t>({0, 999, 1500}));
  EXPECT_EQ(told.size(), 2500u);
}

// As Alertmanager has it: whoever keeps an incident a group must not close it while one of it burns.
TEST_F(SidecarTest, AGroupIsResolvedWhenTheLastOfItIs) {
  ticks_.Run(1, "c1").cpu = 90;
  ticks_.Run(2, "c2").cpu = 90;
  Begin();
  TickAndSettle();
  ticks_[1].cpu = 1;
  TickAndSettle();
  ticks_[2].cpu = 1;
  TickAndSettle();
  std::string said;
  std::set<std::string> group_keys;
  for (const Inbox::Letter& letter : inbox_.letters()) {
    const auto body = nlohmann::json::parse(letter.body);
    group_keys.insert(body["groupKey"]);
    EXPECT_EQ(body["groupLabels"]["instance"], "host.example");
    EXPECT_TRUE(body["groupKey"].get<std::string>().starts_with("instance=12:host.example;"));
    said += body["status"].get<std::string>() + ":";
    std::set<std::string> alerts;
    for (const auto& alert : body["alerts"])
      alerts.insert(" " + alert["labels"]["name"].get<std::string>() + " " +
                    alert["status"].get<std::string>());
    for (const std::string& alert : alerts) said += alert;
    said += "\n";
  }
  EXPECT_EQ(said,
            "firing: c1 firing c2 firing\n"
            "firing: c1 resolved c2 firing\n"
            "resolved: c2 resolved\n");
  EXPECT_EQ(group_keys.size(), 1u);
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
