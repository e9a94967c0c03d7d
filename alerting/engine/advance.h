#pragma once

#include <optional>

#include "alerting/engine/rule.h"

namespace plimsoll::alerting {

enum class Phase { kNormal, kPending, kFiring, kRecovering };
const char* PhaseName(Phase phase);  // "normal", "pending", "firing", "recovering"

// How a rule stands with one subject. Made by Advance alone.
struct AlertState {
  Phase phase = Phase::kNormal;
  uint32_t count = 0;                     // pending: k of `breaches`; recovering: k of `recoveries`; else 0
  uint32_t repeats = 0;                   // alerts told again since it fired
  double value = 0;                       // the newest that was known; not before the first
  WallTime since{};                       // the breach that began it; not in kNormal
  WallTime fired_at{};                    // not in kNormal and kPending
  WallTime last_alerted{};                // fired or repeated; stays when it is normal again; epoch: never
  MonoTime since_mono{}, alerted_mono{};  // the same moments, to measure from

  // Whether an alert is open.
  bool IsActive() const { return phase == Phase::kFiring || phase == Phase::kRecovering; }
};

enum class Happened { kNothing, kFired, kRepeated, kResolved };

struct Advanced {
  AlertState state;
  Happened happened = Happened::kNothing;
};

// One step: from how it stood and what was measured to how it stands. Touches
// nothing else, so that live alerts and a replay of history are the same.
// No value: nothing was measured, which neither breaches nor recovers.
Advanced Advance(const Rule& rule, AlertState state, std::optional<double> value, TimePoint now);

// The state after a restart, when the monotonic clock is another one: its
// moments are set from the wall's, at most as far back as makes a repeat due.
AlertState Restored(const Rule& rule, AlertState state, TimePoint now);

// Whether a row of the state would differ.
bool DiffersOnDisk(const AlertState& a, const AlertState& b);

}  // namespace plimsoll::alerting
