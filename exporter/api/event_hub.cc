#include "exporter/api/event_hub.h"

#include <algorithm>

#include "exporter/api/event_texts.h"

namespace plimsoll::api {
namespace {

constexpr std::chrono::seconds kInterestAfterwards{60};
constexpr size_t kBatchBytes = 64 * 1024;

uint64_t Microseconds(WallTime time) {
  const auto count = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  return count > 0 ? static_cast<uint64_t>(count) : 1;
}

uint32_t IdIn(const ReadingSet* set, const Container& who) {
  if (!set) return 0;
  for (const ReadContainer& container : set->containers) {
    const Container& one = *container.sample->who;
    if (one.runtime == who.runtime && one.id == who.id && one.cgroup == who.cgroup)
      return container.reading.container;
  }
  return 0;
}

// "count" is null when nobody can know.
std::string DroppedText(uint64_t lost, bool unknown) {
  return "event: dropped\ndata: {\"count\":" + (unknown ? std::string("null") : std::to_string(lost)) +
         "}\n\n";
}

}  // namespace

EventHub::EventHub(const Clock& clock, size_t ring_bytes)
    : clock_(clock), ring_(ring_bytes, Microseconds(clock.Wall())), first_id_(ring_.next_id()) {}

bool EventHub::SnapshotWanted() const {
  return listeners_ > 0 || (last_left_ && clock_.Mono() - *last_left_ < kInterestAfterwards);
}

void EventHub::Observe(std::shared_ptr<const ReadingSet> set) {
  std::shared_ptr<const ReadingSet> before;
  bool wanted;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(newest_, set);
    wanted = SnapshotWanted();
  }
  for (const ContainerEvent& event : set->frame->set->events) {
    if (event.who->runtime == RuntimeKind::kCgroup) continue;
    uint32_t id = IdIn(set.get(), *event.who);
    if (id == 0) id = IdIn(before.get(), *event.who);  // one that stopped is no longer in the set
    Event life = LifeEvent(event, id);
    const std::lock_guard lock(mutex_);
    ring_.Add(std::move(life));
  }
  if (wanted) AddSnapshot(set);
  added_.notify_all();
}

void EventHub::AddSnapshot(const std::shared_ptr<const ReadingSet>& set) {
  Event snapshot = SnapshotEvent(*set);
  const std::lock_guard lock(mutex_);
  if (newest_ != set || shown_ == set) return;  // overtaken, or another thread was first
  shown_id_ = ring_.SetSnapshot(std::move(snapshot));
  shown_ = set;
}

void EventHub::Publish(std::string_view event, uint32_t container, std::string json) {
  Event one;
  one.name = event;
  one.container = container;
  one.data = std::move(json);
  {
    const std::lock_guard lock(mutex_);
    ring_.Add(std::move(one));
  }
  added_.notify_all();
}

EventHub::Listener::Listener(EventHub& hub, std::optional<uint64_t> last_seen, uint32_t container)
    : hub_(hub), container_(container) {
  std::shared_ptr<const ReadingSet> unshown;
  uint64_t first = 0;
  {
    const std::lock_guard lock(hub_.mutex_);
    ++hub_.listeners_;
    if (hub_.newest_ != hub_.shown_) unshown = hub_.newest_;
    first = hub_.ring_.next_id();
  }
  if (unshown) hub_.AddSnapshot(unshown);
  const std::lock_guard lock(hub_.mutex_);
  if (!last_seen) {
    if (hub_.shown_ && hub_.shown_ == hub_.newest_) first = std::min(first, hub_.shown_id_);
  } else if (*last_seen + 1 < hub_.first_id_ || *last_seen >= hub_.ring_.next_id()) {
    lost_unknown_ = true;
    first = hub_.first_id_;
  } else {
    first = *last_seen + 1;
    lost_unknown_ = hub_.ring_.IsLost(first);
  }
  next_ = hub_.ring_.PlaceOf(first);
}

EventHub::Listener::~Listener() {
  const std::lock_guard lock(hub_.mutex_);
  --hub_.listeners_;
  hub_.last_left_ = hub_.clock_.Mono();
}

std::string EventHub::Listener::Next(std::chrono::milliseconds patience) {
  Backlog backlog;
  {
    std::unique_lock lock(hub_.mutex_);
    hub_.added_.wait_for(lock, patience, [this] { return lost_unknown_ || next_.id < hub_.ring_.next_id(); });
    backlog = hub_.ring_.Take(next_, kBatchBytes);
  }
  std::string text;
  if (lost_unknown_ || backlog.lost > 0) text = DroppedText(backlog.lost, lost_unknown_);
  lost_unknown_ = false;
  for (const EventPtr& event : backlog.events) text += EventText(*event, container_);
  return text;
}

}  // namespace plimsoll::api
