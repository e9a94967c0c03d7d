#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/api/event_ring.h"
#include "model/clock.h"
#include "model/reading.h"

namespace plimsoll::api {

// Where events come together and listeners take them. Whoever publishes never
// waits for a listener: each has its own place in one ring, and one that is too
// slow loses what the ring no longer holds. Of snapshots only the newest is kept,
// as it says all that those before it did. Thread-safe.
//
// Ids grow over restarts too: the first is the time of the start in microseconds.
class EventHub {
 public:
  static constexpr size_t kRingBytes = 512 * 1024;  // of events: some 1,500

  // `clock` must outlive the hub. `ring_bytes` is for events, without the snapshot.
  explicit EventHub(const Clock& clock, size_t ring_bytes = kRingBytes);

  // A new set was read: its events, and one resource.snapshot while anybody
  // listens or did within the last minute. Costs the rendering of that alone.
  void Observe(std::shared_ptr<const ReadingSet> set);

  // An event about `container` (0: about none). `json` is an object on one line.
  void Publish(std::string_view event, uint32_t container, std::string json);

  // Of the first event, whether it was published yet or not.
  uint64_t first_id() const { return first_id_; }

  // One client's place. Made and used by one thread; the hub must outlive it.
  class Listener {
   public:
    // Begins behind the id `last_seen`, with the events that are still held and
    // the newest snapshot; without one, with a snapshot of now. `container` 0: all.
    Listener(EventHub& hub, std::optional<uint64_t> last_seen, uint32_t container);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // What is to be sent next, waiting at most so long for it; may be "". Begins
    // with "event: dropped" when events were lost.
    std::string Next(std::chrono::milliseconds patience);

   private:
    EventHub& hub_;
    const uint32_t container_;
    EventPlace next_;
    bool lost_unknown_ = false;  // before it came: nobody knows how many
  };

 private:
  bool SnapshotWanted() const;
  void AddSnapshot(const std::shared_ptr<const ReadingSet>& set);

  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable added_;
  EventRing ring_;  // guarded by mutex_, as is all that follows
  const uint64_t first_id_;
  int listeners_ = 0;
  std::optional<MonoTime> last_left_;
  std::shared_ptr<const ReadingSet> newest_;
  std::shared_ptr<const ReadingSet> shown_;  // the set of the newest snapshot
  uint64_t shown_id_ = 0;                    // that snapshot
};

}  // namespace plimsoll::api
