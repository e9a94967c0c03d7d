// What is tried when, and what becomes of it.

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "alerting/sidecar/outbox.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kFirstPause{1000};
constexpr milliseconds kLongestPause{std::chrono::minutes(5)};
constexpr seconds kLongestRetryAfter{3600};
// A receiver that answers, but with errors alone, is asked so often at least: it
// may be the messages after all.
constexpr milliseconds kLongestRest{std::chrono::minutes(1)};

// Shows the parcels that follow no other about one of their subjects, in order,
// until `see` answers true. What an earlier one says of its group counts, too: it
// may not arrive after the end of what it says to be firing.
template <typename Queue, typename See>
void EachFree(const Queue& queue, const See& see) {
  std::unordered_set<std::string> earlier;
  for (const auto& [number, parcel] : queue) {
    std::vector<std::string> subjects;
    for (const TransitionPtr& transition : parcel.transitions) subjects.push_back(SubjectOf(*transition));
    const bool is_free = std::none_of(subjects.begin(), subjects.end(),
                                      [&](const std::string& subject) { return earlier.contains(subject); });
    if (is_free && see(parcel)) return;
    earlier.insert(std::make_move_iterator(subjects.begin()), std::make_move_iterator(subjects.end()));
    for (const TransitionPtr& other : parcel.others) earlier.insert(SubjectOf(*other));
  }
}

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
  DropTooOld(queue, *config, now);
  const Pace& pace = paces_[receiver];
  if (now.mono < pace.rests_until) return std::nullopt;
  const Parcel* next = nullptr;
  EachFree(queue, [&](const Parcel& parcel) {
    if (parcel.is_pending || now.mono < parcel.next_try) return false;
    // After a failure, one that was never tried tells whether it is the receiver.
    const bool is_best = pace.failures == 0 || parcel.tries == 0;
    if (!next || is_best) next = &parcel;
    return is_best;
  });
  if (!next) return std::nullopt;
  queue.at(next->number).is_open = false;
  return *next;
}

void Outbox::DropTooOld(Queue& queue, const ReceiverConfig& receiver, TimePoint now) {
  for (auto at = queue.begin(); at != queue.end();) {
    const Parcel& parcel = at->second;
    const bool may_be_tried = parcel.tries == 0 || parcel.is_restored || now.mono < parcel.next_try;
    if (may_be_tried || now.mono - parcel.made < receiver.max_age) {
      ++at;
      continue;
    }
    const std::string error = parcel.last_error;
    Drop(queue, at, "given up as too old; the last try: " + error);
    at = queue.begin();  // later ones may have gone with it
  }
}

std::optional<MonoTime> Outbox::WakeAt(const std::string& receiver) const {
  const auto found = queues_.find(receiver);
  if (found == queues_.end()) return std::nullopt;
  const auto pace = paces_.find(receiver);
  const MonoTime rests_until = pace == paces_.end() ? MonoTime() : pace->second.rests_until;
  std::optional<MonoTime> wake;
  EachFree(found->second, [&](const Parcel& parcel) {
    if (parcel.is_pending) return false;
    const MonoTime due = std::max(parcel.next_try, rests_until);
    wake = wake ? std::min(*wake, due) : due;
    return *wake == rests_until;
  });
  return wake;
}

bool Outbox::Ended(const Parcel& parcel, const std::function<void(Queue&, Queue::iterator)>& end) {
  const auto queue = queues_.find(parcel.receiver);
  if (queue == queues_.end()) return false;
  const auto found = queue->second.find(parcel.number);
  if (found == queue->second.end()) return false;  // dropped meanwhile
  changed_parcels_.insert(parcel.number);
  Close(found->second);
  end(queue->second, found);
  return true;
}

bool Outbox::Delivered(const Parcel& parcel) {
  return Ended(parcel, [&](Queue& queue, Queue::iterator at) {
    paces_.erase(parcel.receiver);
    losing_.erase(parcel.receiver);
    for (const TransitionPtr& transition : at->second.transitions) {
      Leave(at->second, *transition);
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
    // Of these the receiver has heard now, whatever becomes of the message that tells of them.
    for (const TransitionPtr& other : at->second.others) {
      const auto standing = standings_.find({other->alert, parcel.receiver});
      if (standing == standings_.end() || standing->second.state == Standing::State::kHeld) continue;
      standing->second.state = Standing::State::kTold;
      changed_standings_.insert(standing->first);
    }
    queue.erase(at);
  });
}

bool Outbox::Retry(const Parcel& parcel, const std::string& error, std::optional<seconds> retry_after,
                   TimePoint now, Fault fault) {
  return Ended(parcel, [&](Queue& queue, Queue::iterator at) {
    Parcel& waiting = at->second;
    waiting.last_error = error;
    waiting.is_restored = false;
    ++waiting.tries;
    if (fault == Fault::kMessage && !retry_after) {
      waiting.is_suspect = true;
      waiting.left_out += waiting.others.size();
      waiting.others.clear();
    }
    NoteFailure(waiting, retry_after, fault, now);
    const ReceiverConfig* config = FindReceiver(parcel.receiver);
    if (config && now.mono - waiting.made >= config->max_age)
      Drop(queue, at, "given up as too old; the last try: " + error);
  });
}

// Who asks to be left alone for a while means everybody.
void Outbox::NoteFailure(Parcel& parcel, std::optional<seconds> retry_after, Fault fault, TimePoint now) {
  Pace& pace = paces_[parcel.receiver];
  milliseconds pause = Pause(parcel.tries, dice_());
  if (fault == Fault::kReceiver || retry_after) {
    pause = Pause(++pace.outages, dice_());
    if (retry_after) pause = std::max<milliseconds>(pause, std::min(*retry_after, kLongestRetryAfter));
    pace.rests_until = now.mono + pause;
  } else {
    pace.outages = 0;
    if (pace.failed != parcel.number) ++pace.failures;
    pace.failed = parcel.number;
    if (pace.failures > 1)
      pace.rests_until = now.mono + std::min(Pause(pace.failures - 1, dice_()), kLongestRest);
  }
  parcel.next_try = now.mono + pause;
  parcel.next_try_at = now.wall + pause;
}

// Nothing joins it any more.
void Outbox::Close(const Parcel& parcel) {
  const auto newest = newest_.find({parcel.receiver, parcel.group, parcel.behind});
  if (newest != newest_.end() && newest->second == parcel.number) newest_.erase(newest);
}

// It waits no longer in this parcel.
void Outbox::Leave(const Parcel& parcel, const Transition& transition) {
  const auto newest = waiting_.find({parcel.receiver, SubjectOf(transition)});
  if (newest != waiting_.end() && newest->second == parcel.number) waiting_.erase(newest);
}

bool Outbox::Refused(const Parcel& parcel, const std::string& error, TimePoint) {
  return Ended(parcel, [&](Queue& queue, Queue::iterator at) {
    paces_.erase(parcel.receiver);  // it answers
    ++at->second.tries;
    Drop(queue, at, error);
  });
}

void Outbox::Drop(Queue& queue, Queue::iterator at, const std::string& why) {
  Parcel parcel = std::move(at->second);
  const auto after = queue.erase(at);
  Close(parcel);
  parcel.dropped = true;
  parcel.is_open = parcel.is_pending = false;
  parcel.others.clear();  // nobody shows them
  parcel.left_out = 0;
  parcel.last_error = why;
  GivenUp& given_up = given_up_[parcel.receiver];
  ++given_up.parcels;
  given_up.last_error = losing_[parcel.receiver] = why;
  changed_parcels_.insert(parcel.number);
  std::set<std::string> lost;
  for (const TransitionPtr& transition : parcel.transitions) {
    Leave(parcel, *transition);
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

// Recoveries from what nobody was told are not told either, nor that it still fires.
void Outbox::Unsay(Queue& queue, Queue::iterator from, std::set<std::string> lost) {
  while (from != queue.end() && !lost.empty()) {
    Parcel& parcel = from->second;
    const auto is_lost = [&](const TransitionPtr& other) { return lost.contains(other->alert); };
    // What was tried says the same again.
    if (parcel.is_open && std::erase_if(parcel.others, is_lost) > 0) changed_parcels_.insert(parcel.number);
    std::erase_if(parcel.transitions, [&](const TransitionPtr& transition) {
      if (!lost.contains(transition->alert)) return false;
      const StandingKey key{transition->alert, parcel.receiver};
      lost.erase(transition->alert);
      changed_parcels_.insert(parcel.number);
      if (transition->kind == TransitionKind::kResolved) {
        Leave(parcel, *transition);
        Forget(key);
        return true;
      }
      standings_[key].state = Standing::State::kQueued;  // a repeat tells of it yet
      changed_standings_.insert(key);
      return false;
    });
    if (parcel.transitions.empty()) Close(parcel);
    from = parcel.transitions.empty() ? queue.erase(from) : std::next(from);
  }
}

}  // namespace plimsoll::alerting
