#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/engine/combined.h"
#include "alerting/engine/rule.h"

namespace plimsoll::alerting {

enum class TransitionKind { kFired, kRepeated, kResolved };
const char* TransitionKindName(TransitionKind kind);  // "fired", "repeated", "resolved"

// Why an alert ended.
enum class ResolveReason {
  kNone,       // it did not
  kRecovered,  // the figure is well again
  kStopped,    // the container is gone, longer than the grace time or than the window that counted its events
  kDisabled,   // the rule was switched off, for all or for this container
  kRemoved,    // the rule is no longer in the configuration
  kChanged,    // the rule watches another metric now
  kUnmatched,  // the rule no longer matches the container
};
const char* ResolveReasonName(ResolveReason reason);  // "recovered", "stopped", ...; "" for kNone

// One of those that used most at that moment.
struct Consumer {
  uint32_t container = 0;
  std::string name;
  double value = 0;  // in the unit of Transition::consumed
};
constexpr size_t kTopConsumers = 3;

// Something that people are told: everything that a notification needs.
struct Transition {
  // The same whenever and by whomever this transition is made from the same
  // state: 32 hex digits. `alert` is shared by all transitions of one alert.
  std::string id, alert;
  TransitionKind kind = TransitionKind::kFired;
  ResolveReason reason = ResolveReason::kNone;
  uint32_t repeats = 0;  // the how-manieth repeat

  std::string rule;
  AlertMetric metric = AlertMetric::kCpuPercent;
  CompareOp op = CompareOp::kGreaterEqual;
  double value = 0, threshold = 0;
  std::string severity;
  std::vector<std::string> receivers;  // of an end: those that were told of the alert
  TextPairs labels;       // the alert's, as they were when it fired; sorted, names are Prometheus'
  TextPairs annotations;  // the rule's own, Mustache as written

  WallTime at{};                        // of this transition
  WallTime since{};                     // the first breach
  WallTime fired_at{};                  // startsAt
  std::chrono::milliseconds lasted{0};  // from the first breach, by the monotonic clock

  // Context. Empty or absent where it is not known.
  uint32_t container = 0;  // identity; 0: the host, or a name that never had one
  std::string name, image, runtime_id, compose_project;
  std::optional<double> limit;  // value.h, LimitOf
  std::optional<AlertMetric> consumed;
  std::vector<Consumer> top_consumers;  // greatest first
};

// The change of one part of a container's combined state.
struct CombinedNotice {
  uint32_t container = 0;
  std::string name;
  CombinedState from = CombinedState::kNormal, to = CombinedState::kNormal;
  PartChange change;
  WallTime at{};
};

// Digits that stand for an alert: one rule, one subject, one firing.
std::string AlertId(std::string_view rule, uint32_t container, std::string_view subject, WallTime fired_at);
std::string TransitionId(std::string_view alert, TransitionKind kind, uint32_t repeats);
// Of a repeat that only these receivers are told, who were named while the alert was open.
std::string LateTransitionId(std::string_view alert, uint32_t repeats,
                             const std::vector<std::string>& receivers);
// Of the message that tells a receiver of these, in this order.
std::string MessageId(std::string_view receiver, const std::vector<std::string_view>& transitions);

}  // namespace plimsoll::alerting
