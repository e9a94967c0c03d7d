#include "alerting/notify/wording.h"

#include "alerting/text/figure_text.h"
#include "model/timestamp.h"

namespace plimsoll::alerting {
namespace {

std::string LabelOf(const Transition& transition, std::string_view name) {
  for (const auto& [key, value] : transition.labels)
    if (key == name) return value;
  return "";
}

std::string Times(double count) {
  const std::string number = FigureText(AlertMetric::kRestarts, count);
  return number == "1" ? "once" : number + " times";
}

// What is wrong, after "is" or "is still" where `still`.
std::string Complaint(const Transition& told, bool still) {
  const std::string value = FigureText(told.metric, told.value);
  switch (told.metric) {
    case AlertMetric::kUnhealthy:
      return still ? "is still unhealthy" : "is unhealthy";
    case AlertMetric::kAbsent:
      return still ? "is still not running" : "is not running";
    case AlertMetric::kOomKills:
      return "out of memory, the kernel killed " + value + (value == "1" ? " process" : " processes");
    case AlertMetric::kRestarts:
      return "restarted " + Times(told.value);
    case AlertMetric::kExitCode:
      return "exited with code " + value;
    default:
      return std::string(FigureName(told.metric)) + (still ? " is still " : " is ") + value + " (threshold " +
             ThresholdText(told) + ")";
  }
}

std::string Recovery(const Transition& told) {
  switch (told.metric) {
    case AlertMetric::kUnhealthy:
      return "recovered: it is healthy again";
    case AlertMetric::kAbsent:
      return "recovered: it is running again";
    case AlertMetric::kOomKills:
      return "recovered: no process was killed any more";
    case AlertMetric::kRestarts:
      return "recovered: it keeps running";
    case AlertMetric::kExitCode:
      return "recovered: no failed exit any more";
    default:
      return std::string("recovered: ") + FigureName(told.metric) + " is " +
             FigureText(told.metric, told.value) + " again";
  }
}

std::string End(const Transition& told) {
  switch (told.reason) {
    case ResolveReason::kStopped:
      return IsHostMetric(told.metric) ? "alert ended" : "alert ended: the container is gone";
    case ResolveReason::kDisabled:
      return "alert ended: the rule was switched off";
    case ResolveReason::kRemoved:
      return "alert ended: the rule was removed";
    case ResolveReason::kChanged:
      return "alert ended: the rule watches another figure now";
    case ResolveReason::kUnmatched:
      return "alert ended: the rule no longer applies";
    case ResolveReason::kNone:
    case ResolveReason::kRecovered:
      break;
  }
  return Recovery(told);
}

}  // namespace

std::string SubjectText(const Transition& transition) {
  if (!transition.name.empty()) return transition.name;
  const std::string name = LabelOf(transition, "name");
  if (!name.empty()) return name;
  const std::string instance = LabelOf(transition, "instance");
  return instance.empty() ? "the host" : "host " + instance;
}

const char* StatusWord(const Transition& transition) {
  switch (transition.kind) {
    case TransitionKind::kFired:
      return "Firing";
    case TransitionKind::kRepeated:
      return "Still firing";
    case TransitionKind::kResolved:
      break;
  }
  const bool is_well =
      transition.reason == ResolveReason::kNone || transition.reason == ResolveReason::kRecovered;
  return is_well ? "Recovered" : "Ended";
}

std::string SummaryText(const Transition& transition) {
  const std::string subject = SubjectText(transition) + ": ";
  if (transition.kind == TransitionKind::kResolved) return subject + End(transition);
  return subject + Complaint(transition, transition.kind == TransitionKind::kRepeated);
}

std::string DescriptionText(const Transition& transition) {
  std::string text = SummaryText(transition);
  const bool is_over = transition.kind == TransitionKind::kResolved;
  text += (is_over ? ". It lasted " : ". For ") + LastedText(transition.lasted) + ", since " +
          FormatTimestamp(transition.since) + ".";
  if (transition.limit) text += " Limit: " + LimitText(transition.metric, *transition.limit) + ".";
  if (!transition.image.empty()) text += " Image: " + transition.image + ".";
  if (!transition.compose_project.empty()) text += " Compose project: " + transition.compose_project + ".";
  if (!transition.top_consumers.empty()) text += " Top consumers: " + ConsumersText(transition) + ".";
  return text;
}

std::string ThresholdText(const Transition& transition) {
  if (IsYesNoMetric(transition.metric)) return "";
  return std::string(CompareOpText(transition.op)) + " " +
         FigureText(transition.metric, transition.threshold);
}

std::string ConsumersText(const Transition& transition) {
  std::string text;
  for (const Consumer& consumer : transition.top_consumers)
    text += (text.empty() ? "" : ", ") + consumer.name + " " +
            FigureText(transition.consumed.value_or(transition.metric), consumer.value);
  return text;
}

std::string LinkTo(const std::string& external_url, const Transition& transition) {
  if (external_url.empty()) return "";
  if (transition.container == 0) return external_url + "/";
  return external_url + "/#/containers/" + std::to_string(transition.container);
}

}  // namespace plimsoll::alerting
