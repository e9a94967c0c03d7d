// What depends on whether anybody scrapes.

#include "unit/sidecar/sidecar_fixture.h"

namespace plimsoll::alerting {
namespace {

using ScrapeWatchTest = SidecarTest;

// Alerts matter most when nobody looks.
TEST_F(ScrapeWatchTest, AReceiverForWhenNobodyScrapesIsToldOnlyThen) {
  ReceiverConfig pager = MakeReceiver("pager");
  pager.when_unscraped = true;
  config_.alerting.receivers.push_back(pager);
  config_.alerting.defaults.receivers = {"ops", "pager"};
  ticks_.Run(1, "web");
  Begin();
  const auto told = [this](const std::string& receiver) {
    const auto letters = inbox_.letters();
    return std::count_if(letters.begin(), letters.end(), [&](const Inbox::Letter& letter) {
      return letter.url == "http://" + receiver + ".example/";
    });
  };
  for (int i = 0; i < 40; ++i) {  // over 5 minutes of ticks, scraped
    sidecar_->NoteScrape();
    TickAndSettle();
  }
  ticks_[1].cpu = 90;
  TickAndSettle();
  EXPECT_EQ(told("ops"), 1);
  EXPECT_EQ(told("pager"), 0) << "Prometheus is there";
  EXPECT_EQ(sidecar_->Notifications().held.size(), 1u);
  int ticks_until = 0;
  while (told("pager") == 0 && ticks_until < 60) {
    TickAndSettle();
    ++ticks_until;
  }
  EXPECT_EQ(ticks_until, 28) << "five minutes after the last scrape, which was two ticks before the breach";
  sidecar_->NoteScrape();
  ticks_[1].cpu = 1;
  TickAndSettle();
  EXPECT_EQ(told("pager"), 2) << "who was told of an alert is told of its end, scraped or not";
  ticks_[1].cpu = 90;
  TickAndSettle();
  EXPECT_EQ(told("pager"), 2) << "scraped again";
  EXPECT_EQ(told("ops"), 3);
}

TEST_F(ScrapeWatchTest, ThatNobodyScrapesIsAnAlertUntilSomebodyDoes) {
  config_.alerting.scrape_watch.after = std::chrono::minutes(3);
  config_.alerting.scrape_watch.severity = "critical";
  config_.alerting.scrape_watch.receivers = {"ops"};
  Begin();
  for (int i = 0; i < 17; ++i) TickAndSettle();
  EXPECT_TRUE(inbox_.letters().empty());
  TickAndSettle();
  ASSERT_EQ(inbox_.letters().size(), 1u) << "three minutes";
  const auto fired = nlohmann::json::parse(inbox_.letters()[0].body);
  EXPECT_EQ(fired["status"], "firing");
  EXPECT_EQ(fired["alerts"][0]["labels"]["alertname"], "PlimsollNotScraped");
  EXPECT_EQ(fired["alerts"][0]["labels"]["severity"], "critical");
  for (int i = 0; i < 5; ++i) TickAndSettle();
  EXPECT_EQ(inbox_.letters().size(), 1u);
  sidecar_->NoteScrape();
  TickAndSettle();
  ASSERT_EQ(inbox_.letters().size(), 2u);
  EXPECT_EQ(nlohmann::json::parse(inbox_.letters()[1].body)["status"], "resolved");
  for (int i = 0; i < 30; ++i) {
    sidecar_->NoteScrape();
    TickAndSettle();
  }
  EXPECT_EQ(inbox_.letters().size(), 2u);
  EXPECT_TRUE(sidecar_->Alerts().empty());
}

}  // namespace
}  // namespace plimsoll::alerting
