#include "exporter/api/event_ring.h"

#include <algorithm>

namespace plimsoll::api {

uint64_t EventRing::Add(Event event) {
  event.id = next_id_++;
  bytes_ += event.Bytes();
  events_.push_back(std::make_shared<const Event>(std::move(event)));
  while (bytes_ > most_bytes_ && events_.size() > 1) {
    bytes_ -= events_.front()->Bytes();
    newest_dropped_id_ = events_.front()->id;
    ++dropped_;
    events_.pop_front();
  }
  return events_.back()->id;
}

uint64_t EventRing::SetSnapshot(Event snapshot) {
  snapshot.id = next_id_++;
  snapshot_ = std::make_shared<const Event>(std::move(snapshot));
  return snapshot_->id;
}

EventPlace EventRing::PlaceOf(uint64_t id) const {
  const auto first = std::partition_point(events_.begin(), events_.end(),
                                          [&](const EventPtr& event) { return event->id < id; });
  return {id, dropped_ + static_cast<uint64_t>(first - events_.begin())};
}

Backlog EventRing::Take(EventPlace& next, size_t most_bytes) const {
  Backlog backlog;
  if (next.number < dropped_) {
    backlog.lost = dropped_ - next.number;
    next.number = dropped_;
  }
  for (size_t taken = 0; taken < most_bytes; taken += backlog.events.back()->Bytes()) {
    const size_t index = next.number - dropped_;
    const EventPtr event = index < events_.size() ? events_[index] : nullptr;
    const EventPtr snapshot = snapshot_ && snapshot_->id >= next.id ? snapshot_ : nullptr;
    if (!event && !snapshot) break;
    const bool is_snapshot = !event || (snapshot && snapshot->id < event->id);
    backlog.events.push_back(is_snapshot ? snapshot : event);
    next.id = backlog.events.back()->id + 1;
    if (!is_snapshot) ++next.number;
  }
  return backlog;
}

std::string EventText(const Event& event, uint32_t wanted) {
  std::string text = "id: " + std::to_string(event.id) + "\nevent: " + event.name + "\ndata: ";
  if (wanted == 0 || event.container == wanted) {
    text += event.data;
  } else {
    const auto part = std::find_if(event.parts.begin(), event.parts.end(),
                                   [&](const Event::Part& one) { return one.container == wanted; });
    if (part == event.parts.end()) return {};
    const Event::Part &first = event.parts.front(), &last = event.parts.back();
    const std::string_view data = event.data;
    text.append(data.substr(0, first.offset))
        .append(data.substr(part->offset, part->length))
        .append(data.substr(last.offset + last.length));
  }
  return text += "\n\n";
}

}  // namespace plimsoll::api
