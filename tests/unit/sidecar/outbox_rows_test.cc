#include <random>

#include "unit/sidecar/outbox_fixture.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using OutboxRowsTest = OutboxTest;

TEST_F(OutboxRowsTest, NothingIsSentThatTheTablesHaveNotSeen) {
  config.group_wait = milliseconds(0);
  outbox.Configure(config, now);
  Fire("a");
  EXPECT_FALSE(outbox.Next("ops", now));
  EXPECT_FALSE(outbox.WakeAt("ops"));
  OutboxRows rows = outbox.TakeRows(Mute());
  Fire("b");  // meanwhile
  outbox.LetGo(rows);
  EXPECT_FALSE(outbox.Next("ops", now));
  outbox.LetGo(outbox.TakeRows(Mute()));
  EXPECT_EQ(Words(outbox.Next("ops", now)), "fired a, fired b");
}

TEST_F(OutboxRowsTest, WhatTheDiskRefusesIsWrittenLaterAndSentNow) {
  config.group_wait = milliseconds(0);
  outbox.Configure(config, now);
  Fire("a");
  OutboxRows rows = outbox.TakeRows(Mute());
  outbox.LetGo(rows);
  outbox.GiveBack(std::move(rows));
  EXPECT_EQ(Words(outbox.Next("ops", now)), "fired a");
  const OutboxRows again = outbox.TakeRows(Mute());
  EXPECT_EQ(again.past.size(), 1U);
  EXPECT_EQ(again.parcels.size(), 1U);
  EXPECT_EQ(again.standings.size(), 1U);
}

// Random lives, with a kill at any moment: whatever was on its way arrives, in
// order, and what says the same has the same key as before.
TEST_F(OutboxRowsTest, AKillLosesNothingAndChangesNoKey) {
  std::mt19937 random(7);
  const auto roll = [&](int sides) { return static_cast<int>(random() % static_cast<unsigned>(sides)); };
  for (int life = 0; life < 300; ++life) {
    now.mono += hours(1);
    disk = Disk();
    auto box = std::make_unique<Outbox>([] { return 0.5; });
    config.group_wait = milliseconds(roll(2) * 5000);
    box->Configure(config, now);
    std::map<std::string, std::string> key_of;        // of a transition's id, and of whether others are told
    std::map<std::string, std::vector<int>> arrived;  // of an alert: kinds in order
    std::map<std::string, int> told;                  // of an alert: how many so far
    const auto send = [&](Outbox& from, int luck) {
      const auto parcel = from.Next("ops", now);
      if (!parcel) return;
      for (const TransitionPtr& t : parcel->transitions) {
        const std::string what = t->id + (parcel->others.empty() && parcel->left_out > 0 ? " alone" : "");
        const auto [known, is_new] = key_of.emplace(what, parcel->Key());
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
      const OutboxRows rows = box->TakeRows(Mute());
      disk.Take(rows);  // in the transaction of the tick: what was taken is on disk
      if (roll(8) == 0) {
        kill();
        continue;
      }
      box->LetGo(rows);
      Pass(milliseconds(roll(8000)));
      send(*box, roll(3));
      if (roll(2) == 0) disk.Take(box->TakeRows(Mute()));
      if (roll(8) == 0) {
        disk.Take(box->TakeRows(Mute()));
        kill();
      }
    }
    for (int i = 0; i < 500 && box->depth() > 0; ++i) {
      Pass(seconds(30));
      box->LetGo(box->TakeRows(Mute()));
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
