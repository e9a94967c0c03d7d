#include "alerting/engine/advance.h"

#include <algorithm>

namespace plimsoll::alerting {
namespace {

bool Compare(CompareOp op, double value, double threshold) {
  switch (op) {
    case CompareOp::kGreaterEqual:
      return value >= threshold;
    case CompareOp::kGreater:
      return value > threshold;
    case CompareOp::kLessEqual:
      return value <= threshold;
    case CompareOp::kLess:
      return value < threshold;
  }
  return false;
}

Advanced Breached(const Rule& rule, AlertState state, TimePoint now) {
  if (state.phase == Phase::kFiring) return {state, Happened::kNothing};
  if (state.phase == Phase::kRecovering) {
    state.phase = Phase::kFiring;
    state.count = 0;
    return {state, Happened::kNothing};
  }
  if (state.phase == Phase::kNormal) {
    state.phase = Phase::kPending;
    state.count = 0;
    state.since = now.wall;
    state.since_mono = now.mono;
  }
  if (++state.count < rule.breaches) return {state, Happened::kNothing};
  state.phase = Phase::kFiring;
  state.count = 0;
  state.repeats = 0;
  state.fired_at = state.last_alerted = now.wall;
  state.alerted_mono = now.mono;
  return {state, Happened::kFired};
}

// Below the threshold, and `well` below the recover_threshold too.
Advanced NotBreached(const Rule& rule, AlertState state, bool well) {
  if (state.phase == Phase::kPending) {
    state.phase = Phase::kNormal;
    state.count = 0;
  }
  if (state.phase == Phase::kRecovering && !well) {
    state.phase = Phase::kFiring;
    state.count = 0;
  }
  if (!state.IsActive() || !well) return {state, Happened::kNothing};
  if (state.phase == Phase::kFiring) state.count = 0;
  state.phase = Phase::kRecovering;
  if (++state.count < rule.recoveries) return {state, Happened::kNothing};
  state.phase = Phase::kNormal;
  state.count = 0;
  return {state, Happened::kResolved};
}

bool RepeatIsDue(const Rule& rule, const AlertState& state, TimePoint now) {
  return state.phase == Phase::kFiring && rule.repeat_interval.count() > 0 &&
         now.mono - state.alerted_mono >= rule.repeat_interval;
}

}  // namespace

bool Breaches(const Rule& rule, double value) { return Compare(rule.op, value, rule.threshold); }
bool IsWell(const Rule& rule, double value) { return !Compare(rule.op, value, rule.recover_threshold); }

const char* PhaseName(Phase phase) {
  constexpr const char* kNames[] = {"normal", "pending", "firing", "recovering"};
  return kNames[static_cast<size_t>(phase)];
}

Advanced Advance(const Rule& rule, AlertState state, std::optional<double> value, TimePoint now) {
  Advanced next{state, Happened::kNothing};
  if (value) {
    state.value = *value;
    next =
        Breaches(rule, *value) ? Breached(rule, state, now) : NotBreached(rule, state, IsWell(rule, *value));
  }
  if (next.happened != Happened::kNothing || !RepeatIsDue(rule, next.state, now)) return next;
  next.state.last_alerted = now.wall;
  next.state.alerted_mono = now.mono;
  ++next.state.repeats;
  next.happened = Happened::kRepeated;
  return next;
}

AlertState Restored(const Rule& rule, AlertState state, TimePoint now) {
  using std::chrono::nanoseconds;
  const nanoseconds alerted_ago = now.wall - state.last_alerted;
  state.alerted_mono = now.mono - std::clamp<nanoseconds>(alerted_ago, nanoseconds(0), rule.repeat_interval);
  const nanoseconds since_ago = now.wall - state.since;
  state.since_mono = now.mono - std::max(since_ago, nanoseconds(0));
  return state;
}

bool DiffersOnDisk(const AlertState& a, const AlertState& b) {
  return a.phase != b.phase || a.count != b.count || a.repeats != b.repeats || a.fired_at != b.fired_at ||
         a.last_alerted != b.last_alerted;
}

}  // namespace plimsoll::alerting
