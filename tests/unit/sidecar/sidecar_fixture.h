#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "alerting/sidecar/sidecar.h"
#include "eventually.h"
#include "manual_clock.h"
#include "temp_folder.h"
#include "unit/engine/fake_ticks.h"

namespace plimsoll::alerting {

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
    result.kind = SendResult::Kind::kDelivered;
    if (answer) result = answer(request);
    const std::lock_guard lock(mutex_);
    ++tries_;
    if (result.kind != SendResult::Kind::kDelivered) return result;
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

inline ReceiverConfig MakeReceiver(const std::string& name, ReceiverType type = ReceiverType::kWebhook) {
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
    config_.alerting.group_wait = std::chrono::milliseconds(0);
    config_.alerting.receivers = {MakeReceiver("ops")};
    config_.alerting.defaults.receivers = {"ops"};
    database_ = std::move(*Database::OpenForWriting(folder_ / "plimsoll.db"));
  }
  ~SidecarTest() override {
    sidecar_.reset();
    database_.reset();
  }

  // Ends the sidecar, and its threads, before what was declared before it and its receivers look at.
  struct Ending {
    SidecarTest& test;
    ~Ending() { test.sidecar_.reset(); }
  };

  void Begin() {
    is_dead_ = false;
    SidecarWorld world;
    world.clock = &clock_;
    world.change = [this](const auto& work) { return Change(work); };
    world.make_sender = [this] { return std::make_unique<InboxSender>(inbox_); };
    world.dice = [] { return 0.5; };
    world.is_healthy = [this] { return is_healthy_.load(); };
    sidecar_ = std::make_unique<Sidecar>(config_, LoadAlerts(*database_),
                                         std::vector<std::pair<uint32_t, AlertSetting>>(), std::move(world));
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
    while (is_due()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  void TickAndSettle() {
    Tick();
    Settle();
  }
  // For what no parcel announces.
  void AwaitTries(size_t count) {
    Eventually([&] { return inbox_.tries() >= count; });
    EXPECT_EQ(inbox_.tries(), count);
  }

  std::vector<HistoryEntry> History() {
    const std::lock_guard lock(disk_);
    auto entries = ReadAlertHistory(*database_, {.limit = 10'000});
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
        // What fires is said with other news of its group, too; and what had left its others out since a try
        // failed may have arrived with them, unknown to who was killed then.
        std::set<std::string>& its_keys = keys[told];
        const bool is_alone = alert["status"] != "firing" || body["alerts"].size() == 1;
        if (is_alone && body["truncatedAlerts"] == 0) its_keys.insert(letter.key);
        order.push_back(told);
      }
    }
    for (const auto& [told, its_keys] : keys) EXPECT_LE(its_keys.size(), 1u) << told;
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

}  // namespace plimsoll::alerting
