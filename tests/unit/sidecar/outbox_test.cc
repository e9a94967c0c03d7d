#include "alerting/sidecar/outbox.h"

#include <gtest/gtest.h>

#include <random>

namespace plimsoll::alerting {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() : outbox([this] { return die; }) {
    config.group_wait = seconds(5);
    for (const char* name : {"ops", "chat"}) {
      ReceiverConfig receiver;
      receiver.name = name;
      config.receivers.push_back(receiver);
    }
    outbox.Configure(config, now);
  }

  Transition Make(const std::string& alert, TransitionKind kind, uint32_t repeats = 0) {
    Transition made;
    made.alert = alert;
    made.kind = kind;
    made.repeats = repeats;
    made.id = TransitionId(alert, kind, repeats);
    made.rule = "CpuHigh";
    made.receivers = {"ops"};
    made.labels = {{"name", alert}};
    made.at = now.wall;
    return made;
  }
  void Take(const Transition& transition) { outbox.Take(transition, muted, Mute(), now); }
  void Fire(const std::string& alert) { Take(Make(alert, TransitionKind::kFired)); }
  void Repeat(const std::string& alert, uint32_t n) { Take(Make(alert, TransitionKind::kRepeated, n)); }
  void Resolve(const std::string& alert) { Take(Make(alert, TransitionKind::kResolved)); }
  Outbox::Mute Mute() {
    return [this](const ReceiverConfig&, const Transition&) { return muted; };
  }
  void Pass(milliseconds time) {
    now.wall += time;
    now.mono += time;
  }
  // The tables take what changed.
  void Write() {
    const OutboxRows rows = outbox.TakeRows();
    disk.Take(rows);
    outbox.LetGo(rows);
  }
  std::optional<Parcel> Next(const std::string& receiver = "ops") {
    Write();
    return outbox.Next(receiver, now);
  }
  // "fired a, resolved b"; "" when nothing is due.
  static std::string Words(const std::optional<Parcel>& parcel) {
    std::string words;
    if (!parcel) return words;
    for (const TransitionPtr& t : parcel->transitions)
      words += (words.empty() ? "" : ", ") + std::string(TransitionKindName(t->kind)) + " " + t->alert;
    return words;
  }
  // Sends whatever is due, well.
  std::string Sent(const std::string& receiver = "ops") {
    std::string words;
    while (const auto parcel = Next(receiver)) {
      words += (words.empty() ? "" : "; ") + Words(parcel);
      outbox.Delivered(*parcel);
    }
    return words;
  }

  // What tables would hold.
  struct Disk {
    std::map<int64_t, Parcel> parcels;
    std::map<StandingKey, Standing> standings;
    void Take(const OutboxRows& rows) {
      for (const Parcel& parcel : rows.parcels) parcels[parcel.number] = parcel;
      for (const int64_t number : rows.gone_parcels) parcels.erase(number);
      for (const auto& [key, standing] : rows.standings) standings[key] = standing;
      for (const StandingKey& key : rows.gone_standings) standings.erase(key);
    }
    OutboxRows Rows() const {
      OutboxRows rows;
      for (const auto& [number, parcel] : parcels) {
        rows.parcels.push_back(parcel);
        rows.parcels.back().is_open = rows.parcels.back().is_pending = false;
      }
      for (const auto& one : standings) rows.standings.push_back(one);
      return rows;
    }
  };

  double die = 0.5;
  std::string muted;
  AlertingConfig config;
  TimePoint now{WallTime(seconds(1'700'000'000)), MonoTime(hours(10))};
  Outbox outbox;
  Disk disk;
};

TEST_F(OutboxTest, WhatComesWithinTheWaitIsOneMessage) {
  Fire("a");
  Pass(seconds(4));
  Fire("b");
  EXPECT_EQ(Words(Next()), "");
  Pass(seconds(1));
  const auto parcel = Next();
  EXPECT_EQ(Words(parcel), "fired a, fired b");
  Fire("c");
  EXPECT_EQ(Words(Next()), "fired a, fired b") << "it waits no longer for others";
  EXPECT_EQ(Next()->Key(), parcel->Key());
}

TEST_F(OutboxTest, WithoutAWaitATickIsOneMessageAtOnce) {
  config.group_wait = milliseconds(0);
  outbox.Configure(config, now);
  Fire("a");
  Fire("b");
  EXPECT_EQ(Sent(), "fired a, fired b");
  Fire("c");
  EXPECT_EQ(Sent(), "fired c");
}

TEST_F(OutboxTest, NothingIsSentThatTheTablesHaveNotSeen) {
  config.group_wait = milliseconds(0);
  outbox.Configure(config, now);
  Fire("a");
  EXPECT_FALSE(outbox.Next("ops", now));
  EXPECT_FALSE(outbox.WakeAt("ops"));
  OutboxRows rows = outbox.TakeRows();
  Fire("b");  // meanwhile
  outbox.LetGo(rows);
  EXPECT_FALSE(outbox.Next("ops", now));
  outbox.LetGo(outbox.TakeRows());
  EXPECT_EQ(Words(outbox.Next("ops", now)), "fired a, fired b");
}

TEST_F(OutboxTest, WhatTheDiskRefusesIsWrittenLaterAndSentNow) {
  config.group_wait = milliseconds(0);
  outbox.Configure(config, now);
  Fire("a");
  OutboxRows rows = outbox.TakeRows();
  outbox.LetGo(rows);
  outbox.GiveBack(std::move(rows));
  EXPECT_EQ(Words(outbox.Next("ops", now)), "fired a");
  const OutboxRows again = outbox.TakeRows();
  EXPECT_EQ(again.past.size(), 1U);
  EXPECT_EQ(again.parcels.size(), 1U);
  EXPECT_EQ(again.standings.size(), 1U);
}

TEST_F(OutboxTest, GroupsAreMessagesOfTheirOwn) {
  config.group_by = {"name"};
  outbox.Configure(config, now);
  Fire("a");
  Fire("b");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a; fired b");
}

TEST_F(OutboxTest, AMessageHoldsOneTransitionOfAnAlert) {
  Fire("a");
  Fire("b");
  Resolve("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a, fired b; resolved a");
}

TEST_F(OutboxTest, AReceiverGetsItsMessagesInOrder) {
  Fire("a");
  Pass(seconds(5));
  const auto first = Next();
  outbox.Retry(*first, "500", {}, now);
  Resolve("a");
  Pass(milliseconds(900));
  EXPECT_EQ(Words(Next()), "") << "the first is not due yet";
  Pass(seconds(60));
  EXPECT_EQ(Words(Next()), "fired a");
  EXPECT_EQ(Next()->Key(), first->Key());
  EXPECT_EQ(Sent(), "fired a; resolved a");
}

TEST_F(OutboxTest, OneReceiverDoesNotWaitForAnother) {
  Transition both = Make("a", TransitionKind::kFired);
  both.receivers = {"ops", "chat", "gone"};
  Take(both);
  Pass(seconds(5));
  outbox.Retry(*Next("ops"), "no answer", {}, now);
  EXPECT_EQ(Sent("chat"), "fired a");
  EXPECT_EQ(Sent("ops"), "");
  EXPECT_NE(Parcel{}.Key(), "");
}

TEST_F(OutboxTest, PausesDoubleUpToFiveMinutes) {
  Fire("a");
  Pass(seconds(5));
  std::vector<int64_t> pauses;
  for (int i = 0; i < 12; ++i) {
    outbox.Retry(*Next(), "500", {}, now);
    const auto pause = std::chrono::duration_cast<milliseconds>(*outbox.WakeAt("ops") - now.mono);
    pauses.push_back(pause.count());
    Pass(pause);
  }
  EXPECT_EQ(pauses, (std::vector<int64_t>{1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000, 300000,
                                          300000, 300000}));
}

TEST_F(OutboxTest, PausesDifferByChance) {
  Fire("a");
  Pass(seconds(5));
  die = 0;
  outbox.Retry(*Next(), "500", {}, now);
  EXPECT_EQ(*outbox.WakeAt("ops") - now.mono, milliseconds(800));
  Pass(seconds(1));
  die = 0.999999;
  outbox.Retry(*Next(), "500", {}, now);
  EXPECT_GE(*outbox.WakeAt("ops") - now.mono, milliseconds(2399));
}

TEST_F(OutboxTest, RetryAfterIsHonouredWithinAnHour) {
  Fire("a");
  Pass(seconds(5));
  outbox.Retry(*Next(), "429", seconds(90), now);
  EXPECT_EQ(*outbox.WakeAt("ops") - now.mono, seconds(90));
  Pass(seconds(90));
  outbox.Retry(*Next(), "429", seconds(999'999), now);
  EXPECT_EQ(*outbox.WakeAt("ops") - now.mono, hours(1));
}

// The clock is set while Plimsoll is away.
TEST_F(OutboxTest, AfterARestartItWaitsNoLongerThanItsPauseWhateverTheClockSays) {
  Fire("a");
  Pass(seconds(5));
  outbox.Retry(*Next(), "500", {}, now);
  Write();
  for (const auto step : {hours(-2), hours(-24 * 400), hours(0), hours(2), hours(24 * 400)}) {
    TimePoint later{now.wall + step, MonoTime(hours(3))};
    Outbox after([] { return 0.5; });
    after.Restore(disk.Rows(), later);
    after.Configure(config, later);
    ASSERT_TRUE(after.WakeAt("ops"));
    EXPECT_LE(*after.WakeAt("ops") - later.mono, milliseconds(1200)) << step.count();
    later.mono += milliseconds(1200);
    const auto parcel = after.Next("ops", later);
    EXPECT_EQ(Words(parcel), "fired a") << "given up without a try, " << step.count();
  }
}

// A receiver that failed for long, and a program that crashes once a minute.
TEST_F(OutboxTest, RestartsThatFollowOneAnotherDoNotKeepItFromBeingTried) {
  Fire("a");
  Pass(seconds(5));
  for (int i = 0; i < 12; ++i) {
    outbox.Retry(*Next(), "500", {}, now);
    Pass(hours(1));
  }
  outbox.Retry(*Next(), "429", seconds(3600), now);
  Write();
  for (int life = 0; life < 3; ++life) {
    Pass(seconds(50));
    Outbox after([] { return 0.5; });
    after.Restore(disk.Rows(), now);
    after.Configure(config, now);
    Pass(seconds(10));
    const auto parcel = after.Next("ops", now);
    ASSERT_EQ(Words(parcel), "fired a") << "in life " << life;
    after.Retry(*parcel, "500", {}, now);
    disk.Take(after.TakeRows());
  }
}

TEST_F(OutboxTest, WhatIsTooOldIsGivenUpAndListed) {
  config.receivers[0].max_age = hours(1);
  outbox.Configure(config, now);
  Fire("a");
  Pass(seconds(5));
  while (const auto parcel = Next()) {
    outbox.Retry(*parcel, "HTTP 500", {}, now);
    if (const auto wake = outbox.WakeAt("ops"))
      Pass(std::chrono::duration_cast<milliseconds>(*wake - now.mono));
  }
  EXPECT_EQ(outbox.depth(), 0U);
  ASSERT_EQ(outbox.dropped().size(), 1U);
  EXPECT_NE(outbox.dropped()[0].last_error.find("HTTP 500"), std::string::npos);
  Write();
  EXPECT_TRUE(disk.parcels.begin()->second.dropped);
}

TEST_F(OutboxTest, ARecoveryFromWhatWasNeverToldIsNotTold) {
  Fire("a");
  Pass(seconds(5));
  const auto parcel = Next();
  Resolve("a");
  outbox.Refused(*parcel, "HTTP 400", now);
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "");
  EXPECT_TRUE(disk.standings.empty());
  EXPECT_EQ(disk.parcels.size(), 1U) << "the dropped one";
}

TEST_F(OutboxTest, ARepeatThatArrivesBringsTheRecoveryToo) {
  Fire("a");
  Pass(seconds(5));
  const auto parcel = Next();
  Repeat("a", 1);
  Resolve("a");
  outbox.Refused(*parcel, "HTTP 400", now);
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "repeated a; resolved a");
}

TEST_F(OutboxTest, WhoeverWasToldHearsOfTheEndThoughARepeatWasLost) {
  Fire("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a");
  Repeat("a", 1);
  Pass(seconds(5));
  outbox.Refused(*Next(), "HTTP 400", now);
  Resolve("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "resolved a");
  EXPECT_TRUE(disk.standings.empty());
}

TEST_F(OutboxTest, WhatIsSilencedIsToldWhenTheSilenceEnds) {
  muted = "silence 1";
  Fire("a");
  Fire("b");
  Resolve("b");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "");
  ASSERT_EQ(outbox.Held().size(), 1U);
  EXPECT_EQ(outbox.Held()[0].second.held_by, "silence 1");
  outbox.Release(Mute(), now);
  EXPECT_EQ(Sent(), "");
  muted = "";
  outbox.Release(Mute(), now);
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a");
  outbox.Release(Mute(), now);
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "") << "once";
  Resolve("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "resolved a");
}

TEST_F(OutboxTest, ARecoveryPassesASilenceToThoseWhoWereTold) {
  Fire("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a");
  muted = "silence 1";
  Repeat("a", 1);
  Resolve("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "resolved a");
}

TEST_F(OutboxTest, WhoWantsNoRecoveriesGetsNone) {
  config.receivers[0].send_resolved = false;
  outbox.Configure(config, now);
  Fire("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "fired a");
  Resolve("a");
  Pass(seconds(5));
  EXPECT_EQ(Sent(), "");
  EXPECT_TRUE(disk.standings.empty());
}

TEST_F(OutboxTest, AReceiverThatIsGoneLosesItsParcels) {
  Fire("a");
  Pass(seconds(5));
  const auto parcel = Next();
  config.receivers.erase(config.receivers.begin());
  outbox.Configure(config, now);
  EXPECT_FALSE(outbox.Delivered(*parcel)) << "its try came too late";
  EXPECT_EQ(outbox.depth(), 0U);
  EXPECT_EQ(outbox.dropped().size(), 1U);
  Resolve("a");
  Write();
  EXPECT_TRUE(disk.standings.empty());
}

TEST_F(OutboxTest, FiringIsWhatTheReceiverKnows) {
  Fire("a");
  EXPECT_TRUE(outbox.Firing("ops", "", 9).empty()) << "not yet";
  Pass(seconds(5));
  Sent();
  ASSERT_EQ(outbox.Firing("ops", "", 9).size(), 1U);
  EXPECT_TRUE(outbox.Firing("chat", "", 9).empty());
  Resolve("a");
  EXPECT_TRUE(outbox.Firing("ops", "", 9).empty());
}

TEST_F(OutboxTest, FiringIsGivenInParts) {
  for (const char* alert : {"a", "b", "c"}) Fire(alert);
  Pass(seconds(5));
  Sent();
  const auto first = outbox.Firing("ops", "", 2);
  ASSERT_EQ(first.size(), 2U);
  const auto rest = outbox.Firing("ops", first.back()->alert, 2);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(std::set({first[0]->alert, first[1]->alert, rest[0]->alert}).size(), 3U);
}

TEST_F(OutboxTest, TheDroppedListIsBounded) {
  config.group_wait = milliseconds(0);
  outbox.Configure(config, now);
  for (int i = 0; i < 150; ++i) {
    Fire("a" + std::to_string(i));
    outbox.Refused(*Next(), "HTTP 400", now);
  }
  Write();
  EXPECT_EQ(outbox.dropped().size(), Outbox::kKeptDropped);
  EXPECT_EQ(disk.parcels.size(), Outbox::kKeptDropped);
}

// Random lives, with a kill at any moment: whatever was on its way arrives, in
// order, and under the same key as before.
TEST_F(OutboxTest, AKillLosesNothingAndChangesNoKey) {
  std::mt19937 random(7);
  const auto roll = [&](int sides) { return static_cast<int>(random() % static_cast<unsigned>(sides)); };
  for (int life = 0; life < 300; ++life) {
    now.mono += hours(1);
    disk = Disk();
    auto box = std::make_unique<Outbox>([] { return 0.5; });
    config.group_wait = milliseconds(roll(2) * 5000);
    box->Configure(config, now);
    std::map<std::string, std::string> key_of;        // of a transition's id, as it was tried first
    std::map<std::string, std::vector<int>> arrived;  // of an alert: kinds in order
    std::map<std::string, int> told;                  // of an alert: how many so far
    const auto send = [&](Outbox& from, int luck) {
      const auto parcel = from.Next("ops", now);
      if (!parcel) return;
      for (const TransitionPtr& t : parcel->transitions) {
        const auto [known, is_new] = key_of.emplace(t->id, parcel->Key());
        ASSERT_EQ(known->second, parcel->Key()) << "of " << t->id;
      }
      if (luck == 0) {
        from.Retry(*parcel, "500", {}, now);
        return;
      }
      for (const TransitionPtr& t : parcel->transitions) {
        auto& kinds = arrived[t->alert];
        const int kind = static_cast<int>(t->kind);
        if (kinds.empty() || kinds.back() != kind) kinds.push_back(kind);
      }
      if (luck == 1) return;  // killed before it could say so
      from.Delivered(*parcel);
    };
    const auto kill = [&] {
      box = std::make_unique<Outbox>([] { return 0.5; });
      box->Configure(config, now);
      box->Restore(disk.Rows(), now);
    };
    for (int step = 0; step < 60; ++step) {
      for (int n = roll(3); n > 0; --n) {
        const std::string alert = "a" + std::to_string(roll(5)) + "." + std::to_string(step / 20);
        if (told[alert] > 1) continue;
        box->Take(Make(alert, told[alert] == 0 ? TransitionKind::kFired : TransitionKind::kResolved), "",
                  Mute(), now);
        ++told[alert];
      }
      const OutboxRows rows = box->TakeRows();
      disk.Take(rows);  // in the transaction of the tick: what was taken is on disk
      if (roll(8) == 0) {
        kill();
        continue;
      }
      box->LetGo(rows);
      Pass(milliseconds(roll(8000)));
      send(*box, roll(3));
      if (roll(2) == 0) disk.Take(box->TakeRows());
      if (roll(8) == 0) {
        disk.Take(box->TakeRows());
        kill();
      }
    }
    for (int i = 0; i < 500 && box->depth() > 0; ++i) {
      Pass(seconds(30));
      box->LetGo(box->TakeRows());
      send(*box, 2);
    }
    for (const auto& [alert, count] : told) {
      if (count == 0) continue;
      std::vector<int> expected{0};
      if (count == 2) expected.push_back(2);
      EXPECT_EQ(arrived[alert], expected) << alert << " in life " << life;
    }
  }
}

}  // namespace
}  // namespace plimsoll::alerting
