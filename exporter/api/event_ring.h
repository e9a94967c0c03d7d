#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::api {

// One event as all listeners get it. Immutable once it is in the ring.
struct Event {
  // Where one container's object stands inside `data`.
  struct Part {
    uint32_t container, offset, length;
  };
  uint64_t id = 0;          // given by the ring
  std::string name;         // "resource.snapshot"
  std::string data;         // one line of JSON
  uint32_t container = 0;   // whom it is about; 0: nobody known, or all of `parts`
  std::vector<Part> parts;  // of a snapshot, by container

  size_t Bytes() const { return sizeof *this + name.size() + data.size() + parts.size() * sizeof(Part); }
};
using EventPtr = std::shared_ptr<const Event>;

// What a listener is behind: everything it may still have, and how much it lost.
struct Backlog {
  std::vector<EventPtr> events;
  uint64_t lost = 0;
};

// The newest events, up to so many bytes (the very newest stays whatever its
// size). Not thread-safe. Ids count up by one from `first_id`.
class EventRing {
 public:
  EventRing(size_t most_bytes, uint64_t first_id) : most_bytes_(most_bytes), next_id_(first_id) {}

  // Returns the event's id.
  uint64_t Add(Event event);
  // Takes at most about `most_bytes` of what comes at `next` and later, and moves `next` behind it.
  Backlog Take(uint64_t& next, size_t most_bytes) const;

  uint64_t oldest_id() const { return events_.empty() ? next_id_ : events_.front()->id; }
  uint64_t next_id() const { return next_id_; }
  size_t bytes() const { return bytes_; }

 private:
  const size_t most_bytes_;
  std::deque<EventPtr> events_;  // ids without a gap
  size_t bytes_ = 0;
  uint64_t next_id_;
};

// What is sent of an event: "id: 7\nevent: container.stop\ndata: {...}\n\n". For a
// listener that wants one container (0: all) a snapshot holds that one alone;
// empty when the event is of no interest to it.
std::string EventText(const Event& event, uint32_t wanted);

}  // namespace plimsoll::api
