#include "exporter/api/alert_texts.h"

#include <algorithm>

namespace plimsoll::api {
namespace {

std::optional<WallTime> Known(WallTime time) {
  return time == WallTime() ? std::nullopt : std::optional(time);
}

Figure KnownId(uint32_t container) { return container > 0 ? Figure(container) : std::nullopt; }

const char* StateOf(const alerting::Silence& silence, WallTime now) {
  if (now < silence.starts_at) return "pending";
  return now < silence.ends_at ? "active" : "expired";
}

// What a message tells of one alert.
void AppendTold(std::string& out, const alerting::Transition& transition) {
  ObjectText object(out);
  object.Text("id", transition.id)
      .Text("alert_id", transition.alert)
      .Text("kind", TransitionKindName(transition.kind))
      .Text("rule", transition.rule)
      .Count("container_id", KnownId(transition.container))
      .TextOrNull("container_name", transition.name)
      .Close();
}

}  // namespace

std::string ListText(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list.append(list.size() > 1 ? "," : "").append(Quoted(text));
  return list + "]";
}

std::string PairsText(const TextPairs& pairs) {
  std::string json;
  ObjectText object(json);
  for (const auto& [key, value] : pairs) {
    object.Key(key);  // label names: letters, digits and underscores
    json += Quoted(value);
  }
  object.Close();
  return json;
}

void AppendAlert(std::string& out, const alerting::AlertView& alert, const std::string& silenced_by) {
  const bool is_counting =
      alert.phase == alerting::Phase::kPending || alert.phase == alerting::Phase::kRecovering;
  ObjectText object(out);
  object.TextOrNull("id", alert.alert)
      .Text("rule", alert.rule)
      .Text("severity", alert.severity)
      .Text("state", PhaseName(alert.phase))
      .Count("count", is_counting ? Figure(alert.count) : std::nullopt)
      .Count("of", is_counting ? Figure(alert.of) : std::nullopt)
      .Count("container_id", KnownId(alert.container))
      .TextOrNull("container_name", alert.name)
      .Text("metric", AlertMetricName(alert.metric))
      .Number("current_value", alert.value)
      .Text("op", CompareOpText(alert.op))
      .Number("threshold", alert.threshold)
      .Time("since", Known(alert.since))
      .Time("fired_at", Known(alert.fired_at))
      .Time("last_alerted_at", Known(alert.last_alerted))
      .TextOrNull("silenced_by", silenced_by)
      .Json("receivers", ListText(alert.receivers))
      .Json("labels", PairsText(alert.labels))
      .Close();
}

void AppendTransition(std::string& out, const alerting::HistoryEntry& entry) {
  const alerting::Transition& transition = *entry.past.transition;
  ObjectText object(out);
  object.Count("number", static_cast<uint64_t>(entry.number))
      .Text("id", transition.id)
      .Text("alert_id", transition.alert)
      .Text("kind", TransitionKindName(transition.kind))
      .TextOrNull("reason", ResolveReasonName(transition.reason))
      .Text("rule", transition.rule)
      .Text("severity", transition.severity)
      .Count("container_id", KnownId(transition.container))
      .TextOrNull("container_name", transition.name)
      .Text("metric", AlertMetricName(transition.metric))
      .Text("op", CompareOpText(transition.op))
      .Number("value", transition.value)
      .Number("threshold", transition.threshold)
      .Time("timestamp", transition.at)
      .Time("since", Known(transition.since))
      .Time("fired_at", Known(transition.fired_at))
      .Count("lasted_ms", static_cast<uint64_t>(std::max<int64_t>(transition.lasted.count(), 0)))
      .TextOrNull("silenced_by", entry.past.silenced_by)
      .Json("receivers", ListText(transition.receivers))
      .Json("labels", PairsText(transition.labels))
      .Close();
}

void AppendSilence(std::string& out, const alerting::Silence& silence, WallTime now) {
  using Op = LabelMatcher::Op;
  ObjectText object(out);
  object.Count("id", static_cast<uint64_t>(silence.id)).Text("state", StateOf(silence, now));
  object.List("matchers", silence.matchers, [&](const LabelMatcher& matcher) {
    ObjectText(out)
        .Text("name", matcher.label)
        .Text("value", matcher.value)
        .Flag("is_regex", matcher.op == Op::kRegex || matcher.op == Op::kNotRegex)
        .Flag("is_equal", matcher.op == Op::kEqual || matcher.op == Op::kRegex)
        .Close();
  });
  object.Time("starts_at", silence.starts_at)
      .Time("ends_at", silence.ends_at)
      .Text("comment", silence.comment)
      .Text("created_by", silence.created_by)
      .Time("created_at", silence.created_at)
      .Close();
}

void AppendParcel(std::string& out, const alerting::Parcel& parcel) {
  const char* state = parcel.dropped ? "dropped" : parcel.tries > 0 ? "retrying" : "waiting";
  ObjectText object(out);
  object.Text("id", parcel.Key())
      .Text("receiver", parcel.receiver)
      .Text("state", state)
      .Count("tries", parcel.tries)
      .Time("created_at", parcel.made_at)
      .Time("next_try_at", parcel.dropped ? std::nullopt : std::optional(parcel.next_try_at))
      .TextOrNull("last_error", parcel.last_error)
      .Null("held_by")
      .List("transitions", parcel.transitions, [&](const auto& transition) { AppendTold(out, *transition); })
      .Close();
}

void AppendHeld(std::string& out, const alerting::StandingKey& key, const alerting::Standing& standing) {
  ObjectText object(out);
  object.Null("id")
      .Text("receiver", key.second)
      .Text("state", "held")
      .Count("tries", 0)
      .Time("created_at", standing.newest->at)
      .Null("next_try_at")
      .Null("last_error")
      .Text("held_by", standing.held_by)
      .Key("transitions");
  out += '[';
  AppendTold(out, *standing.newest);
  out += ']';
  object.Close();
}

}  // namespace plimsoll::api
