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
