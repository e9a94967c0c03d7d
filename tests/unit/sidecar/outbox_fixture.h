#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "alerting/sidecar/outbox.h"

namespace plimsoll::alerting {

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() : outbox([this] { return die; }) {
    config.group_wait = std::chrono::seconds(5);
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
    made.name = alert.substr(0, alert.find('#'));  // "web#2": its second alert
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
    return [this](const ReceiverConfig&, const Transition& told) {
      return silenced.contains(told.alert) ? "silence 1" : muted;
    };
  }
  void Pass(std::chrono::milliseconds time) {
    now.wall += time;
    now.mono += time;
  }
  // The tables take what changed.
  void Write() {
    const OutboxRows rows = outbox.TakeRows(Mute());
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
  std::string muted;               // why everything is silent
  std::set<std::string> silenced;  // alerts
  AlertingConfig config;
  TimePoint now{WallTime(std::chrono::seconds(1'700'000'000)), MonoTime(std::chrono::hours(10))};
  Outbox outbox;
  Disk disk;
};

}  // namespace plimsoll::alerting
