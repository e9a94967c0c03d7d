// What is sent without a change: to Alertmanager, which forgets, and the heartbeat.

#include "unit/sidecar/sidecar_fixture.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ToldAnewTest = SidecarTest;

TEST_F(ToldAnewTest, AlertmanagerIsToldAnewEveryMinute) {
  config_.alerting.receivers = {MakeReceiver("am", ReceiverType::kAlertmanager)};
  config_.alerting.defaults.receivers = {"am"};
  ticks_.Run(1, "web").cpu = 90;
  Begin();
  TickAndSettle();
  AwaitTries(1);
  for (int i = 0; i < 5; ++i) TickAndSettle();
  AwaitTries(1);
  for (int i = 0; i < 6; ++i) TickAndSettle();
  AwaitTries(2);
  Die();
  TickAndSettle();
  AwaitTries(3);  // what it was told may have ended there meanwhile
}

TEST_F(ToldAnewTest, AlertmanagerIsToldAnewInPartsAndNotOnWhenItRefuses) {
  constexpr size_t kAlerts = 2 * Outbox::kMostTogether + 1;
  config_.alerting.receivers = {MakeReceiver("am", ReceiverType::kAlertmanager)};
  config_.alerting.defaults.receivers = {"am"};
  for (size_t i = 1; i <= kAlerts; ++i) ticks_.Run(i, "web-" + std::to_string(i)).cpu = 90;
  Begin();
  TickAndSettle();
  const auto told = [this](size_t from) {
    std::multiset<std::string> names;
    size_t most = 0;
    const auto letters = inbox_.letters();
    for (size_t i = from; i < letters.size(); ++i) {
      const auto alerts = nlohmann::json::parse(letters[i].body);
      most = std::max(most, alerts.size());
      for (const auto& alert : alerts) names.insert(alert["labels"]["name"].get<std::string>());
    }
    EXPECT_LE(most, Outbox::kMostTogether);
    return names;
  };
  const auto first = told(0);
  EXPECT_EQ(first.size(), kAlerts);
  const size_t letters = inbox_.letters().size();
  for (int i = 0; i < 6; ++i) TickAndSettle();
  AwaitTries(letters + 3);
  EXPECT_EQ(told(letters), first) << "each once";
  inbox_.answer = [](const OutgoingRequest&) {
    SendResult busy;
    busy.error = "HTTP 503";
    return busy;
  };
  for (int i = 0; i < 6; ++i) TickAndSettle();
  AwaitTries(letters + 4);
  TickAndSettle();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(inbox_.tries(), letters + 4) << "a minute later, not at once";
}

TEST_F(ToldAnewTest, WhatAlertmanagerRefusedIsSentAgainWithinAMinuteAndApart) {
  config_.alerting.receivers = {MakeReceiver("am", ReceiverType::kAlertmanager)};
  config_.alerting.defaults.receivers = {"am"};
  std::atomic<bool> refuses = false;
  const Ending ending{*this};
  inbox_.answer = [&](const OutgoingRequest& request) {
    SendResult result;
    const bool is_bad = refuses && request.body.find("\"lost\"") != std::string::npos;
    result.kind = is_bad ? SendResult::Kind::kRefused : SendResult::Kind::kDelivered;
    return result;
  };
  ticks_.Run(1, "told").cpu = 90;
  ticks_.Run(2, "lost");
  Begin();
  TickAndSettle();
  AwaitTries(1);
  refuses = true;
  ticks_[2].cpu = 90;
  TickAndSettle();
  AwaitTries(2);
  for (int i = 0; i < 5; ++i) TickAndSettle();
  AwaitTries(4);
  ASSERT_EQ(inbox_.letters().size(), 2u) << "one that is refused takes no other along";
  EXPECT_NE(inbox_.letters()[1].body.find("\"told\""), std::string::npos);
  refuses = false;
  for (int i = 0; i < 6; ++i) TickAndSettle();
  AwaitTries(6);
  EXPECT_NE(inbox_.letters()[3].body.find("\"lost\""), std::string::npos);
  ticks_[1].cpu = ticks_[2].cpu = 1;
  TickAndSettle();
  AwaitTries(7);
  const auto ended = nlohmann::json::parse(inbox_.letters()[4].body);
  EXPECT_EQ(ended.size(), 2u) << "its end too";
}

TEST_F(ToldAnewTest, AFailingUrlBesideAHealthyOneIsCounted) {
  ReceiverConfig am = MakeReceiver("am", ReceiverType::kAlertmanager);
  am.urls.emplace_back("http://other.example/");
  config_.alerting.receivers = {am};
  config_.alerting.defaults.receivers = {"am"};
  inbox_.answer = [](const OutgoingRequest& request) {
    SendResult result;
    if (request.url.Reveal().find("am.example") == std::string::npos)
      result.kind = SendResult::Kind::kDelivered;
    return result;
  };
  ticks_.Run(1, "web").cpu = 90;
  Begin();
  TickAndSettle();
  AwaitTries(2);
  std::map<std::string, uint64_t> counted;
  Eventually([&] {
    for (const auto& [of, count] : sidecar_->Figures().notifications) counted[of.second] = count;
    return counted["delivered"] == 1;
  });
  EXPECT_EQ(counted["peer_failed"], 1u);
  EXPECT_EQ(counted["retried"], 0u);
  EXPECT_TRUE(sidecar_->IsDelivering());
}

// A storm, to an Alertmanager that is slow: what it knows must not end there meanwhile.
TEST_F(ToldAnewTest, WhatAlertmanagerKnowsIsToldAnewThoughMessagesWait) {
  config_.alerting.receivers = {MakeReceiver("am", ReceiverType::kAlertmanager)};
  config_.alerting.defaults.receivers = {"am"};
  config_.alerting.group_by = {"name"};
  std::atomic<bool> is_slow = false;
  const Ending ending{*this};
  inbox_.answer = [&](const OutgoingRequest&) {
    if (is_slow) clock_.Pass(seconds(20));
    SendResult result;
    result.kind = SendResult::Kind::kDelivered;
    return result;
  };
  ticks_.Run(1, "first").cpu = 90;
  Begin();
  TickAndSettle();
  AwaitTries(1);
  is_slow = true;
  for (uint32_t id = 2; id <= 30; ++id) ticks_.Run(id, "c" + std::to_string(id)).cpu = 90;
  TickAndSettle();
  size_t since = 0, longest = 0;
  for (const Inbox::Letter& letter : inbox_.letters()) {
    since = letter.body.find("\"first\"") == std::string::npos ? since + 1 : 0;
    longest = std::max(longest, since);
  }
  EXPECT_LE(longest, 5u) << "20 seconds each";
}

TEST_F(ToldAnewTest, TheFirstHeartbeatWaitsForTheFirstTickAndNotForAnInterval) {
  config_.alerting.receivers.clear();
  config_.alerting.defaults.receivers.clear();
  config_.alerting.heartbeat = {Secret("http://alive.example/"), std::chrono::hours(1)};
  ticks_.Run(1, "web");
  is_healthy_ = false;
  std::atomic<bool> arrives = false;
  const Ending ending{*this};
  inbox_.answer = [&](const OutgoingRequest&) {
    SendResult result;
    if (arrives) result.kind = SendResult::Kind::kDelivered;
    return result;
  };
  Begin();
  std::this_thread::sleep_for(milliseconds(50));  // its thread has looked
  EXPECT_EQ(inbox_.tries(), 0u);
  is_healthy_ = true;
  Tick();
  AwaitTries(1);
  arrives = true;
  Tick();
  AwaitTries(2);
  for (int i = 0; i < 100; ++i) Tick();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(inbox_.tries(), 2u) << "it arrived: the next one in an hour";
}

TEST_F(ToldAnewTest, TheHeartbeatStopsWhileAPartIsIll) {
  config_.alerting.receivers.clear();
  config_.alerting.defaults.receivers.clear();
  config_.alerting.heartbeat = {Secret("http://alive.example/"), seconds(10)};
  ticks_.Run(1, "web");
  Begin();
  AwaitTries(1);
  Tick();
  AwaitTries(2);
  is_healthy_ = false;
  Tick();
  Tick();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(inbox_.tries(), 2u);
  is_healthy_ = true;
  Tick();
  AwaitTries(3);
}

}  // namespace
}  // namespace plimsoll::alerting
