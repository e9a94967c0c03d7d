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

// Where a listener stands: all before this it has, or has lost.
struct EventPlace {
  uint64_t id = 0;      // of what it takes next
  uint64_t number = 0;  // of the event it takes next; events are counted from 0, snapshots are not
};

// What a listener is behind: everything it may still have, and how many events it lost.
struct Backlog {
  std::vector<EventPtr> events;
  uint64_t lost = 0;
};

// The newest events, up to so many bytes (the very newest stays whatever its
// size), and beside them the newest snapshot alone: each takes the place of the
// one before, so that large snapshots never drive out what happened. Not
// thread-safe. Ids count up by one from `first_id`, over both.
class EventRing {
 public:
  EventRing(size_t most_bytes, uint64_t first_id) : most_bytes_(most_bytes), next_id_(first_id) {}

  // Return the event's id.
  uint64_t Add(Event event);
  uint64_t SetSnapshot(Event snapshot);

  // The place from which all that is still held and has this id or a later one can be taken.
  EventPlace PlaceOf(uint64_t id) const;
  // Whether an event with this id or a later one is no longer held.
  bool IsLost(uint64_t id) const { return dropped_ > 0 && id <= newest_dropped_id_; }
  // Takes at most about `most_bytes` of what comes at `next` and later, by id, and
  // moves `next` behind it. A snapshot that was replaced before is not lost.
  Backlog Take(EventPlace& next, size_t most_bytes) const;

  uint64_t next_id() const { return next_id_; }

 private:
  const size_t most_bytes_;
  std::deque<EventPtr> events_;  // by id, with gaps where snapshots were
  EventPtr snapshot_;            // null before the first
  size_t bytes_ = 0;             // of events_
  uint64_t dropped_ = 0;         // events; so the number of the oldest that is held
  uint64_t newest_dropped_id_ = 0;
  uint64_t next_id_;
};

// What is sent of an event: "id: 7\nevent: container.stop\ndata: {...}\n\n". For a
// listener that wants one container (0: all) a snapshot holds that one alone;
// empty when the event is of no interest to it.
std::string EventText(const Event& event, uint32_t wanted);

}  // namespace plimsoll::api
