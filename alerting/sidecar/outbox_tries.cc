// What is tried when, and what becomes of it.

#include <algorithm>
#include <cmath>

#include "alerting/sidecar/outbox.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kFirstPause{1000};
constexpr milliseconds kLongestPause{std::chrono::minutes(5)};
constexpr seconds kLongestRetryAfter{3600};

}  // namespace

// Doubles with each try, give or take a fifth, so that receivers that were
// down together are not asked together.
milliseconds Outbox::Pause(uint32_t tries, double die) {
  const double doubled = static_cast<double>(kFirstPause.count()) * std::pow(2, std::min(tries, 20U) - 1);
  const double bounded = std::min(doubled, static_cast<double>(kLongestPause.count()));
  return milliseconds(static_cast<int64_t>(bounded * (0.8 + 0.4 * die)));
}

std::optional<Parcel> Outbox::Next(const std::string& receiver, TimePoint now) {
  const auto found = queues_.find(receiver);
  const ReceiverConfig* config = FindReceiver(receiver);
  if (found == queues_.end() || !config) return std::nullopt;
  Queue& queue = found->second;
  while (!queue.empty()) {
    Parcel& first = queue.begin()->second;
    if (first.is_pending || now.mono < first.next_try) return std::nullopt;
    if (first.tries == 0 || first.is_restored || now.mono - first.made < config->max_age) {
      first.is_open = false;
      return first;
    }
    const std::string error = first.last_error;
    Drop(queue, queue.begin(), "given up as too old; the last try: " + error);
  }
  return std::nullopt;
}

std::optional<MonoTime> Outbox::WakeAt(const std::string& receiver) const {
  const auto found = queues_.find(receiver);
  if (found == queues_.end() || found->second.empty() || found->second.begin()->second.is_pending)
    return std::nullopt;
  return found->second.begin()->second.next_try;
}

bool Outbox::Ended(const Parcel& parcel, const std::function<void(Queue&, Queue::iterator)>& end) {
  const auto queue = queues_.find(parcel.receiver);
  if (queue == queues_.end()) return false;
  const auto found = queue->second.find(parcel.number);
  if (found == queue->second.end()) return false;  // dropped meanwhile
  changed_parcels_.insert(parcel.number);
  newest_.erase({parcel.receiver, parcel.group});  // at most, the next of the group begins anew
  end(queue->second, found);
  return true;
}

bool Outbox::Delivered(const Parcel& parcel) {
  return Ended(parcel, [&](Queue& queue, Queue::iterator at) {
    for (const TransitionPtr& transition : at->second.transitions) {
      const StandingKey key{transition->alert, parcel.receiver};
      const auto standing = standings_.find(key);
      if (standing == standings_.end()) continue;
      if (transition->kind == TransitionKind::kResolved) {
        Forget(key);
      } else {
        standing->second.state = Standing::State::kTold;
        changed_standings_.insert(key);
      }
    }
    queue.erase(at);
  });
}

bool Outbox::Retry(const Parcel& parcel, const std::string& error, std::optional<seconds> retry_after,
                   TimePoint now) {
  return Ended(parcel, [&](Queue& queue, Queue::iterator at) {
    Parcel& waiting = at->second;
    waiting.last_error = error;
    waiting.is_restored = false;
    ++waiting.tries;
    milliseconds pause = Pause(waiting.tries, dice_());
    if (retry_after) pause = std::max<milliseconds>(pause, std::min(*retry_after, kLongestRetryAfter));
    waiting.next_try = now.mono + pause;
    waiting.next_try_at = now.wall + pause;
    const ReceiverConfig* config = FindReceiver(parcel.receiver);
    if (config && now.mono - waiting.made >= config->max_age)
      Drop(queue, at, "given up as too old; the last try: " + error);
  });
}

bool Outbox::Refused(const Parcel& parcel, const std::string& error, TimePoint) {
  return Ended(parcel, [&](Queue& queue, Queue::iterator at) {
    ++at->second.tries;
    Drop(queue, at, error);
  });
}

void Outbox::Drop(Queue& queue, Queue::iterator at, const std::string& why) {
  Parcel parcel = std::move(at->second);
  const auto after = queue.erase(at);
  parcel.dropped = true;
  parcel.is_open = parcel.is_pending = false;
  parcel.last_error = why;
  GivenUp& given_up = given_up_[parcel.receiver];
  ++given_up.parcels;
  given_up.last_error = why;
  changed_parcels_.insert(parcel.number);
  std::set<std::string> lost;
  for (const TransitionPtr& transition : parcel.transitions) {
    const StandingKey key{transition->alert, parcel.receiver};
    const auto standing = standings_.find(key);
    if (standing == standings_.end()) continue;
    if (transition->kind == TransitionKind::kResolved) {
      Forget(key);
    } else if (standing->second.state == Standing::State::kQueued) {
      standing->second.state = Standing::State::kLost;
      changed_standings_.insert(key);
      lost.insert(transition->alert);
    }
  }
  if (!lost.empty()) Unsay(queue, after, std::move(lost));
  dropped_.push_back(std::move(parcel));
  while (dropped_.size() > kKeptDropped) {
    changed_parcels_.insert(dropped_.front().number);
    dropped_.pop_front();
  }
}

// Recoveries from what nobody was told are not told either.
void Outbox::Unsay(Queue& queue, Queue::iterator from, std::set<std::string> lost) {
  while (from != queue.end() && !lost.empty()) {
    Parcel& parcel = from->second;
    std::erase_if(parcel.transitions, [&](const TransitionPtr& transition) {
      if (!lost.contains(transition->alert)) return false;
      const StandingKey key{transition->alert, parcel.receiver};
      lost.erase(transition->alert);
      changed_parcels_.insert(parcel.number);
      if (transition->kind == TransitionKind::kResolved) {
        Forget(key);
        return true;
      }
      standings_[key].state = Standing::State::kQueued;  // a repeat tells of it yet
      changed_standings_.insert(key);
      return false;
    });
    from = parcel.transitions.empty() ? queue.erase(from) : std::next(from);
  }
}

}  // namespace plimsoll::alerting
