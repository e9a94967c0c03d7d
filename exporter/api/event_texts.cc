#include "exporter/api/event_texts.h"

#include "exporter/api/figures.h"

namespace plimsoll::api {

Event SnapshotEvent(const ReadingSet& set) {
  constexpr size_t kBytesAContainer = 560;
  Event event;
  event.name = "resource.snapshot";
  event.data.reserve(100 + set.containers.size() * kBytesAContainer);
  event.parts.reserve(set.containers.size());
  const WallTime at = set.frame->set->wall;
  ObjectText object(event.data);
  object.Time("timestamp", at).Key("containers");
  event.data += '[';
  for (const ReadContainer& container : set.containers) {
    if (!event.parts.empty()) event.data += ',';
    const size_t begin = event.data.size();
    ObjectText one(event.data);
    const Container& who = *container.sample->who;
    one.Text("container_name", ShownName(who.name, who.id));
    PutFigures(one, FiguresOf(container, at));
    one.Close();
    event.parts.push_back({container.reading.container, static_cast<uint32_t>(begin),
                           static_cast<uint32_t>(event.data.size() - begin)});
  }
  event.data += ']';
  object.Close();
  return event;
}

Event LifeEvent(const ContainerEvent& what, uint32_t id) {
  const Container& who = *what.who;
  Event event;
  event.name = std::string("container.") + EventName(what.kind);
  event.container = id;
  ObjectText object(event.data);
  object.Count("container_id", id > 0 ? Figure(id) : std::nullopt)
      .Text("container_name", ShownName(who.name, who.id))
      .Text("runtime", RuntimeName(who.runtime))
      .TextOrNull("runtime_id", who.id)
      .TextOrNull("image", who.image);
  if (what.kind == ContainerEvent::Kind::kStop) {
    const auto code = what.exit_code ? std::to_string(*what.exit_code) : std::string("null");
    object.Json("exit_code", code);
  }
  if (what.kind == ContainerEvent::Kind::kOom) object.Count("count", what.count);
  if (what.kind == ContainerEvent::Kind::kHealth) object.TextOrNull("health", HealthName(who.health));
  object.Time("timestamp", what.at).Close();
  return event;
}

Event AlertEvent(const alerting::CombinedNotice& notice) {
  const alerting::PartChange& change = notice.change;
  Event event;
  event.name = change.is_alert ? "resource.alert" : "resource.recovery";
  event.container = notice.container;
  ObjectText(event.data)
      .Count("container_id", notice.container)
      .Text("container_name", notice.name)
      .Text(change.is_alert ? "alert_type" : "recovered_type", PartName(change.part))
      .Text("alert_state", CombinedStateName(notice.to))
      .Text("metric", AlertMetricName(change.figure.metric))
      .Number("current_value", change.figure.value)
      .Number("threshold", change.figure.threshold)
      .Time("timestamp", notice.at)
      .Close();
  return event;
}

}  // namespace plimsoll::api
