#include "alerting/sidecar/sidecar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "manual_clock.h"
#include "temp_folder.h"
#include "unit/engine/fake_ticks.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = SendResult::Kind;

// Everyone who is told something, as one place.
class Inbox {
 public:
  struct Letter {
    std::string url, key, body;
  };
  // What a try is answered; kDelivered unless a test says otherwise.
  std::function<SendResult(const OutgoingRequest&)> answer;

  SendResult Take(const OutgoingRequest& request) {
    SendResult result;
    result.kind = Kind::kDelivered;
    if (answer) result = answer(request);
    const std::lock_guard lock(mutex_);
    ++tries_;
    if (result.kind != Kind::kDelivered) return result;
    std::string key;
    for (const auto& [name, value] : request.headers)
      if (name == "Idempotency-Key") key = value.Reveal();
    letters_.push_back({request.url.Reveal(), key, request.body});
    return result;
  }
  std::vector<Letter> letters() const {
    const std::lock_guard lock(mutex_);
    return letters_;
  }
  // "firing web", in the order of arrival.
  std::vector<std::string> Words() const {
    std::vector<std::string> words;
    for (const Letter& letter : letters()) {
      const auto body = nlohmann::json::parse(letter.body);
      for (const auto& alert : body["alerts"])
        words.push_back(alert["status"].get<std::string>() + " " +
                        alert["labels"].value("name", std::string("-")));
    }
    return words;
  }
  size_t tries() const {
    const std::lock_guard lock(mutex_);
    return tries_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Letter> letters_;
  size_t tries_ = 0;
};

class InboxSender final : public Sender {
 public:
  explicit InboxSender(Inbox& inbox) : inbox_(inbox) {}
  SendResult Send(const OutgoingRequest& request) override {
    if (request.url.Reveal().find("hang") == std::string::npos) return inbox_.Take(request);
    std::unique_lock lock(mutex_);
    interrupted_.wait(lock, [this] { return is_interrupted_; });
    return {};
  }
  void Interrupt() override {
    const std::lock_guard lock(mutex_);
    is_interrupted_ = true;
    interrupted_.notify_all();
  }

 private:
  Inbox& inbox_;
  std::mutex mutex_;
  std::condition_variable interrupted_;
  bool is_interrupted_ = false;
};

ReceiverConfig MakeReceiver(const std::string& name, ReceiverType type = ReceiverType::kWebhook) {
  ReceiverConfig receiver;
  receiver.name = name;
  receiver.type = type;
  receiver.urls = {Secret("http://" + name + ".example/")};
  return receiver;
}

// A sidecar on a real file, whose process can die between any two steps.
class SidecarTest : public testing::Test {
 protected:
  enum class Death { kNone, kAfterStep, kInTransaction, kAfterCommit, kAfterTick };

  SidecarTest() {
    config_ = MakeConfig({MakeRule("Busy", AlertMetric::kCpuPercent, 50, 1, 1)});
    config_.alerting.group_wait = milliseconds(0);
    config_.alerting.receivers = {MakeReceiver("ops")};
    config_.alerting.defaults.receivers = {"ops"};
    database_ = std::move(*Database::OpenForWriting(folder_ / "plimsoll.db"));
  }
  ~SidecarTest() override {
    sidecar_.reset();
    database_.reset();
  }

  void Begin() {
    is_dead_ = false;
    SidecarWorld world;
    world.clock = &clock_;
    world.change = [this](const auto& work) { return Change(work); };
    world.make_sender = [this] { return std::make_unique<InboxSender>(inbox_); };
    world.dice = [] { return 0.5; };
    world.is_healthy = [this] { return is_healthy_.load(); };
    sidecar_ = std::make_unique<Sidecar>(config_, LoadAlerts(*database_),
                                         std::vector<std::pair<uint32_t, ApiSetting>>(), std::move(world));
    sidecar_->Start();
  }
  // From here nothing reaches the disk, nor anybody.
  void Die() {
    is_dead_ = true;
    sidecar_.reset();
    Begin();
  }

  Result<void> Change(const std::function<void(Database&)>& work) {
    const std::lock_guard lock(disk_);
    if (is_dead_ || is_full_) return Fail("disk is full");
    database_->Run("BEGIN IMMEDIATE");
    work(*database_);
    database_->Run("COMMIT");
    return {};
  }

  void Tick(Death death = Death::kNone) {
    const ReadingSet& set = ticks_.Next();
    clock_.Pass(FakeTicks::kInterval);
    sidecar_->Step(set);
    if (death == Death::kAfterStep) return Die();
    if (is_full_) return sidecar_->Ended(false);
    {
      const std::lock_guard lock(disk_);
      database_->Run("BEGIN IMMEDIATE");
      sidecar_->Write(*database_);
      database_->Run(death == Death::kInTransaction ? "ROLLBACK" : "COMMIT");
    }
    if (death == Death::kInTransaction || death == Death::kAfterCommit) return Die();
    sidecar_->Ended(true);
    if (death == Death::kAfterTick) Die();
  }

  // Until no message is due; those that wait for a later try stay.
  void Settle() {
    const auto is_due = [this] {
      std::set<std::string> seen{"hang"};  // each gets one after the other
      for (const Parcel& parcel : sidecar_->Notifications().waiting)
        if (seen.insert(parcel.receiver).second && parcel.next_try <= clock_.Mono()) return true;
      return false;
    };
    while (is_due()) std::this_thread::sleep_for(milliseconds(1));
  }
  void TickAndSettle() {
    Tick();
    Settle();
  }

  std::vector<HistoryEntry> History() {
    const std::lock_guard lock(disk_);
    auto entries = ReadAlertHistory(*database_, {}, 10'000);
    std::reverse(entries.begin(), entries.end());
    return entries;
  }

  // Everything in history was told at least once, each under one key, and per
  // alert in order.
  void ExpectAllTold() {
    std::map<std::string, std::set<std::string>> keys;  // of "firing web 2023-..."
    std::map<std::string, std::string> bodies;          // by key
    std::vector<std::string> order;
    for (const Inbox::Letter& letter : inbox_.letters()) {
      EXPECT_EQ(bodies.try_emplace(letter.key, letter.body).first->second, letter.body)
          << "one key, two messages";
      const auto body = nlohmann::json::parse(letter.body);
      for (const auto& alert : body["alerts"]) {
        const std::string told = alert["status"].get<std::string>() + " " +
                                 alert["labels"]["name"].get<std::string>() + " " +
                                 alert["startsAt"].get<std::string>();
        keys[told].insert(letter.key);
        order.push_back(told);
      }
    }
    for (const auto& [told, its_keys] : keys) EXPECT_EQ(its_keys.size(), 1u) << told;
    const auto first = [&](const std::string& told) { return std::find(order.begin(), order.end(), told); };
    size_t firing = 0, resolved = 0;
    for (const auto& [told, its_keys] : keys) {
      if (told.rfind("firing ", 0) != 0) continue;
      ++firing;
      const auto end = first("resolved " + told.substr(7));
      ASSERT_NE(end, order.end()) << "never ended: " << told;
      EXPECT_LT(first(told), end) << "the recovery came first: " << told;
      ++resolved;
    }
    size_t fired = 0, ended = 0;
    for (const HistoryEntry& entry : History()) {
      fired += entry.past.transition->kind == TransitionKind::kFired;
      ended += entry.past.transition->kind == TransitionKind::kResolved;
    }
    EXPECT_EQ(fired, firing);
    EXPECT_EQ(ended, resolved);
  }

  TempFolder folder_;
  ManualClock clock_;
  FakeTicks ticks_;
  Inbox inbox_;
  EngineConfig config_;
  std::mutex disk_;
  std::unique_ptr<Database> database_;
  std::atomic<bool> is_dead_{false}, is_full_{false}, is_healthy_{true};
  std::unique_ptr<Sidecar> sidecar_;
};

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

// Deaths at every step of the tick and while messages are on their way, at a
// receiver that refuses some.
TEST_F(SidecarTest, NothingIsLostOrToldOutOfOrderOverDeaths) {
  std::mt19937 random(7);
  const auto chance = [&](double p) { return std::uniform_real_distribution<double>(0, 1)(random) < p; };
  std::atomic<uint32_t> tries{0};
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

TEST_F(SidecarTest, AReceiverThatIsDownForAnHourIsToldAfterIt) {
  bool is_down = true;
  std::set<std::string> keys;
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

TEST_F(SidecarTest, AHangingReceiverDelaysNoOther) {
  config_.alerting.receivers = {MakeReceiver("hang"), MakeReceiver("ops")};
  config_.alerting.defaults.receivers = {"hang", "ops"};
  ticks_.Run(1, "web").cpu = 90;
  Begin();
  TickAndSettle();
  EXPECT_EQ(inbox_.Words(), std::vector<std::string>({"firing web"}));
}

TEST_F(SidecarTest, AFullDiskStopsNeitherAlertsNorMessagesAndIsCaughtUp) {
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

TEST_F(SidecarTest, OutcomesAreCountedFromZero) {
  Begin();
  const auto counted = sidecar_->Figures().notifications;
  ASSERT_EQ(counted.size(), 4u);
  for (const auto& [of, count] : counted) EXPECT_EQ(count, 0u) << of.first << " " << of.second;
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

// Alerts matter most when nobody looks.
TEST_F(SidecarTest, AReceiverForWhenNobodyScrapesIsToldOnlyThen) {
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

TEST_F(SidecarTest, ThatNobodyScrapesIsAnAlertUntilSomebodyDoes) {
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

TEST_F(SidecarTest, ASilenceHoldsBackUntilItIsRemoved) {
  ticks_.Run(1, "web").cpu = 90;
  Begin();
  Silence silence;
  silence.matchers = {{"name", LabelMatcher::Op::kEqual, "web"}};
  silence.starts_at = clock_.Wall();
  silence.ends_at = clock_.Wall() + hours(1);
  const auto added = sidecar_->AddSilence(silence);
  ASSERT_TRUE(added);
  TickAndSettle();
  EXPECT_TRUE(inbox_.letters().empty());
  ASSERT_EQ(sidecar_->Notifications().held.size(), 1u);
  EXPECT_EQ(History().at(0).past.silenced_by, "silence 1");
  Die();
  TickAndSettle();
  EXPECT_TRUE(inbox_.letters().empty()) << "the silence was forgotten";
  EXPECT_TRUE(sidecar_->RemoveSilence(added->id).value());
  EXPECT_FALSE(sidecar_->RemoveSilence(added->id).value());
  Settle();
  EXPECT_EQ(inbox_.Words(), std::vector<std::string>({"firing web"}));
}

TEST_F(SidecarTest, AnEndedSilenceLeavesTheFileFiveDaysLater) {
  ticks_.Run(1, "web");
  Begin();
  Silence silence;
  silence.matchers = {{"name", LabelMatcher::Op::kEqual, "web"}};
  silence.starts_at = clock_.Wall();
  silence.ends_at = clock_.Wall() + hours(1);
  ASSERT_TRUE(sidecar_->AddSilence(silence));
  clock_.Pass(hours(24 * 6));
  Tick();
  EXPECT_TRUE(sidecar_->AllSilences().empty());
  EXPECT_TRUE(LoadAlerts(*database_).silences.empty());
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

TEST_F(SidecarTest, AlertmanagerIsToldAnewEveryMinute) {
  config_.alerting.receivers = {MakeReceiver("am", ReceiverType::kAlertmanager)};
  config_.alerting.defaults.receivers = {"am"};
  ticks_.Run(1, "web").cpu = 90;
  Begin();
  const auto await = [&](size_t count) {
    for (int i = 0; i < 2000 && inbox_.letters().size() < count; ++i)
      std::this_thread::sleep_for(milliseconds(1));
    EXPECT_EQ(inbox_.letters().size(), count);
  };
  TickAndSettle();
  await(1);
  for (int i = 0; i < 5; ++i) TickAndSettle();
  await(1);
  for (int i = 0; i < 6; ++i) TickAndSettle();
  await(2);
  Die();
  TickAndSettle();
  await(3);  // what it was told may have ended there meanwhile
}

TEST_F(SidecarTest, AlertmanagerIsToldAnewInPartsAndNotOnWhenItRefuses) {
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
  const auto await_tries = [this](size_t tries) {
    for (int i = 0; i < 5000 && inbox_.tries() < tries; ++i) std::this_thread::sleep_for(milliseconds(1));
    EXPECT_EQ(inbox_.tries(), tries);
  };
  for (int i = 0; i < 6; ++i) TickAndSettle();
  await_tries(letters + 3);
  EXPECT_EQ(told(letters), first) << "each once";
  inbox_.answer = [](const OutgoingRequest&) {
    SendResult busy;
    busy.error = "HTTP 503";
    return busy;
  };
  for (int i = 0; i < 6; ++i) TickAndSettle();
  await_tries(letters + 4);
  TickAndSettle();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(inbox_.tries(), letters + 4) << "a minute later, not at once";
}

TEST_F(SidecarTest, TheHeartbeatStopsWhileAPartIsIll) {
  config_.alerting.receivers.clear();
  config_.alerting.defaults.receivers.clear();
  config_.alerting.heartbeat = {Secret("http://alive.example/"), seconds(10)};
  ticks_.Run(1, "web");
  Begin();
  const auto await = [&](size_t count) {
    for (int i = 0; i < 2000 && inbox_.tries() < count; ++i) std::this_thread::sleep_for(milliseconds(1));
    EXPECT_EQ(inbox_.tries(), count);
  };
  await(1);
  Tick();
  await(2);
  is_healthy_ = false;
  Tick();
  Tick();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(inbox_.tries(), 2u);
  is_healthy_ = true;
  Tick();
  await(3);
}

}  // namespace
}  // namespace plimsoll::alerting
