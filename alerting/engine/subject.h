#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alerting/engine/advance.h"
#include "alerting/engine/combined.h"
#include "alerting/engine/event_window.h"
#include "alerting/engine/restart_tally.h"
#include "alerting/engine/settings.h"
#include "alerting/engine/shown.h"
#include "model/reading.h"

namespace plimsoll::alerting {

// A rule of the configuration with what the defaults gave it. Immutable.
struct RuleEntry {
  RuleConfig config;
  std::vector<std::string> receivers;
  bool is_orphan = false;  // known from stored state only
};
using RuleEntryPtr = std::shared_ptr<const RuleEntry>;

// One rule on one subject.
struct Watch {
  RuleEntryPtr entry;
  Rule rule;
  AlertState state;
  // Of the open alert: id, labels, and the receivers that know of it.
  std::string alert;
  TextPairs labels;
  std::vector<std::string> told;
};

// One container's alerts.
struct Subject {
  uint32_t container = 0;  // identity; 0: never had one
  std::string name;
  std::shared_ptr<const Container> who;     // the newest known; null until seen after a restart
  const ContainerSample* sample = nullptr;  // while a step runs, and it lives
  const Reading* reading = nullptr;         // likewise
  bool living = false;
  bool began = false;        // a start has been seen, the next one is a restart
  bool is_restored = false;  // from disk, and not yet seen since
  MonoTime last_living{};
  uint64_t incarnation = 0;
  WallTime born{};  // of the cgroup of that incarnation; epoch when unknown
  std::vector<Watch> watches;
  Shown shown;                 // by the newest reading that was judged
  bool rests = false;          // shown the same again, every watch would stay as it is
  std::vector<size_t> absent;  // the engine's absent rules that it satisfies while it lives
  Happenings happened;
  RestartTally restarts;
  uint64_t tick_oom_kills = 0;  // of the step that runs
  CombinedState combined = CombinedState::kNormal;
  PartFigure figure[2];             // by Part: of the watch that fired or resolved last
  std::vector<std::string> faults;  // of its labels, told already
};

}  // namespace plimsoll::alerting
