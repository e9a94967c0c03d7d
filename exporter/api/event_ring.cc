#include "exporter/api/event_ring.h"

#include <algorithm>

namespace plimsoll::api {

uint64_t EventRing::Add(Event event) {
  event.id = next_id_++;
  bytes_ += event.Bytes();
  events_.push_back(std::make_shared<const Event>(std::move(event)));
  while (bytes_ > most_bytes_ && events_.size() > 1) {
    bytes_ -= events_.front()->Bytes();
    events_.pop_front();
  }
  return events_.back()->id;
}

Backlog EventRing::Take(uint64_t& next, size_t most_bytes) const {
  Backlog backlog;
  const uint64_t oldest = oldest_id();
  if (next < oldest) {
    backlog.lost = oldest - next;
    next = oldest;
  }
  size_t taken = 0;
  for (; next < next_id_ && taken < most_bytes; ++next) {
    backlog.events.push_back(events_[next - oldest]);
    taken += backlog.events.back()->Bytes();
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
