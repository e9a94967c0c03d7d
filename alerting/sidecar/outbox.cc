#include "alerting/sidecar/outbox.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::alerting {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kFirstPause{1000};
constexpr milliseconds kLongestPause{std::chrono::minutes(5)};
constexpr seconds kLongestRetryAfter{3600};

// Doubles with each try, give or take a fifth, so that receivers that were
// down together are not asked together.
milliseconds Pause(uint32_t tries, double die) {
  const double doubled = static_cast<double>(kFirstPause.count()) * std::pow(2, std::min(tries, 20U) - 1);
  const double bounded = std::min(doubled, static_cast<double>(kLongestPause.count()));
  return milliseconds(static_cast<int64_t>(bounded * (0.8 + 0.4 * die)));
}

bool KnowsOf(const Standing& standing) {
  return standing.state == Standing::State::kQueued || standing.state == Standing::State::kTold;
}

}  // namespace

const char* StandingStateName(Standing::State state) {
  constexpr const char* kNames[] = {"held", "queued", "told", "lost"};
  return kNames[static_cast<size_t>(state)];
}

std::string Parcel::Key() const {
  std::vector<std::string_view> ids;
  for (const TransitionPtr& transition : transitions) ids.push_back(transition->id);
  return MessageId(receiver, ids);
}

const ReceiverConfig* Outbox::FindReceiver(const std::string& name) const {
  const auto found = std::find_if(receivers_.begin(), receivers_.end(),
                                  [&](const ReceiverConfig& receiver) { return receiver.name == name; });
  return found == receivers_.end() ? nullptr : &*found;
}

void Outbox::Configure(const AlertingConfig& config, TimePoint) {
  receivers_ = config.receivers;
  group_by_ = config.group_by;
  group_wait_ = config.group_wait;
  for (auto& [name, queue] : queues_) {
    if (FindReceiver(name)) continue;
    while (!queue.empty()) Drop(queue, queue.begin(), "the receiver is no longer in the configuration");
  }
  std::vector<StandingKey> gone;
  for (const auto& [key, standing] : standings_)
    if (!FindReceiver(key.second)) gone.push_back(key);
  for (const StandingKey& key : gone) Forget(key);
}

void Outbox::Restore(OutboxRows rows, TimePoint now) {
  for (auto& [key, standing] : rows.standings) standings_[key] = std::move(standing);
  for (Parcel& parcel : rows.parcels) {
    last_number_ = std::max(last_number_, parcel.number);
    if (parcel.dropped) {
      ++drops_;
      dropped_.push_back(std::move(parcel));
      continue;
    }
    const auto between = [](WallTime from, WallTime to, auto most) {
      return std::clamp<std::chrono::nanoseconds>(to - from, seconds(0), most);
    };
    parcel.made = now.mono - between(parcel.made_at, now.wall, std::chrono::hours(24 * 365));
    parcel.is_restored = true;
    // What was never tried only waited for others, which cannot join any more. The
    // rest waits as it would have, by a wall clock that may have been set meanwhile:
    // never longer than its own pause, even where the receiver asked for more.
    parcel.next_try = parcel.tries == 0
                          ? now.mono
                          : now.mono + between(now.wall, parcel.next_try_at,
                                               std::chrono::nanoseconds(Pause(parcel.tries, 1)));
    const std::string receiver = parcel.receiver;
    for (const TransitionPtr& transition : parcel.transitions) {
      const auto standing = standings_.find({transition->alert, receiver});
      if (standing != standings_.end()) standing->second.parcel = parcel.number;
    }
    const int64_t number = parcel.number;
    queues_[receiver].emplace(number, std::move(parcel));
  }
}

// The values of the labels that it is grouped by, each with its length, so that
// no value can look like two.
std::string Outbox::GroupOf(const Transition& transition) const {
  std::string group;
  for (const std::string& name : group_by_) {
    std::string_view value;
    if (name == "rule") value = transition.rule;
    for (const auto& [label, text] : transition.labels)
      if (label == name) value = text;
    group += name + "=" + std::to_string(value.size()) + ":" + std::string(value) + ";";
  }
  return group;
}

void Outbox::Take(const Transition& transition, const std::string& silenced_by, const Mute& mute,
                  TimePoint now) {
  const auto shared = std::make_shared<const Transition>(transition);
  past_.push_back({shared, silenced_by});
  if (past_.size() > kMostPast) past_.pop_front();
  const bool is_end = transition.kind == TransitionKind::kResolved;
  for (const std::string& name : transition.receivers) {
    const ReceiverConfig* receiver = FindReceiver(name);
    if (!receiver) continue;
    const StandingKey key{transition.alert, name};
    const auto known = standings_.find(key);
    const bool knows = known != standings_.end() && KnowsOf(known->second);
    if (is_end) {
      if (knows && receiver->send_resolved) {
        Tell(*receiver, shared, now);
      } else if (known != standings_.end()) {
        Forget(key);
      }
      continue;
    }
    const std::string why = mute(*receiver, transition);
    if (why.empty()) {
      Tell(*receiver, shared, now);
      continue;
    }
    Standing& standing = standings_[key];
    if (!knows) standing.state = Standing::State::kHeld;
    standing.newest = shared;
    standing.held_by = knows ? "" : why;
    changed_standings_.insert(key);
  }
}

void Outbox::Release(const Mute& mute, TimePoint now) {
  std::vector<std::pair<const ReceiverConfig*, TransitionPtr>> due;
  for (const auto& [key, standing] : standings_) {
    if (standing.state != Standing::State::kHeld) continue;
    const ReceiverConfig* receiver = FindReceiver(key.second);
    if (receiver && mute(*receiver, *standing.newest).empty()) due.emplace_back(receiver, standing.newest);
  }
  for (const auto& [receiver, transition] : due) Tell(*receiver, transition, now);
}

void Outbox::Tell(const ReceiverConfig& receiver, const TransitionPtr& transition, TimePoint now) {
  const std::string group = GroupOf(*transition);
  const StandingKey key{transition->alert, receiver.name};
  Standing& standing = standings_[key];
  Queue& queue = queues_[receiver.name];
  int64_t& newest = newest_[{receiver.name, group}];
  auto at = queue.find(newest);
  const bool joins = at != queue.end() && at->second.is_open &&
                     (now.mono < at->second.next_try || at->second.is_pending) && standing.parcel != newest &&
                     at->second.transitions.size() < kMostTogether;
  if (!joins) {
    newest = ++last_number_;
    Parcel parcel;
    parcel.number = newest;
    parcel.receiver = receiver.name;
    parcel.group = group;
    parcel.made_at = now.wall;
    parcel.made = now.mono;
    parcel.next_try_at = now.wall + group_wait_;
    parcel.next_try = now.mono + group_wait_;
    parcel.is_open = true;
    at = queue.emplace(newest, std::move(parcel)).first;
  }
  at->second.transitions.push_back(transition);
  at->second.is_pending = true;
  changed_parcels_.insert(newest);
  if (standing.state != Standing::State::kTold) standing.state = Standing::State::kQueued;
  standing.newest = transition;
  standing.held_by.clear();
  standing.parcel = newest;
  changed_standings_.insert(key);
}

void Outbox::Forget(const StandingKey& key) {
  standings_.erase(key);
  changed_standings_.insert(key);
}

OutboxRows Outbox::TakeRows() {
  OutboxRows rows;
  rows.past.assign(std::make_move_iterator(past_.begin()), std::make_move_iterator(past_.end()));
  past_.clear();
  std::map<int64_t, const Parcel*> known;
  if (!changed_parcels_.empty()) {
    for (const auto& [receiver, queue] : queues_)
      for (const auto& [number, parcel] : queue) known[number] = &parcel;
    for (const Parcel& parcel : dropped_) known[parcel.number] = &parcel;
  }
  for (const int64_t number : changed_parcels_) {
    const auto found = known.find(number);
    if (found == known.end()) {
      rows.gone_parcels.push_back(number);
    } else {
      rows.parcels.push_back(*found->second);
    }
  }
  for (const StandingKey& key : changed_standings_) {
    const auto found = standings_.find(key);
    if (found == standings_.end()) {
      rows.gone_standings.push_back(key);
    } else {
      rows.standings.emplace_back(*found);
    }
  }
  changed_parcels_.clear();
  changed_standings_.clear();
  return rows;
}

void Outbox::LetGo(const OutboxRows& rows) {
  for (const Parcel& written : rows.parcels) {
    const auto queue = queues_.find(written.receiver);
    if (queue == queues_.end()) continue;
    const auto found = queue->second.find(written.number);
    if (found != queue->second.end() && found->second.transitions.size() == written.transitions.size())
      found->second.is_pending = false;
  }
}

void Outbox::GiveBack(OutboxRows rows) {
  past_.insert(past_.begin(), std::make_move_iterator(rows.past.begin()),
               std::make_move_iterator(rows.past.end()));
  while (past_.size() > kMostPast) past_.pop_front();
  for (const Parcel& parcel : rows.parcels) changed_parcels_.insert(parcel.number);
  changed_parcels_.insert(rows.gone_parcels.begin(), rows.gone_parcels.end());
  for (const auto& [key, standing] : rows.standings) changed_standings_.insert(key);
  changed_standings_.insert(rows.gone_standings.begin(), rows.gone_standings.end());
}

void Outbox::WriteAll() {
  for (const auto& [receiver, queue] : queues_)
    for (const auto& [number, parcel] : queue) changed_parcels_.insert(number);
  for (const Parcel& parcel : dropped_) changed_parcels_.insert(parcel.number);
  for (const auto& [key, standing] : standings_) changed_standings_.insert(key);
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

std::vector<TransitionPtr> Outbox::Firing(const std::string& receiver) const {
  std::vector<TransitionPtr> firing;
  for (const auto& [key, standing] : standings_)
    if (key.second == receiver && standing.state == Standing::State::kTold &&
        standing.newest->kind != TransitionKind::kResolved)
      firing.push_back(standing.newest);
  return firing;
}

std::vector<std::pair<StandingKey, Standing>> Outbox::Held() const {
  std::vector<std::pair<StandingKey, Standing>> held;
  for (const auto& [key, standing] : standings_)
    if (standing.state == Standing::State::kHeld) held.emplace_back(key, standing);
  return held;
}

std::vector<Parcel> Outbox::Waiting() const {
  std::map<int64_t, const Parcel*> ordered;
  for (const auto& [receiver, queue] : queues_)
    for (const auto& [number, parcel] : queue) ordered[number] = &parcel;
  std::vector<Parcel> waiting;
  for (const auto& [number, parcel] : ordered) waiting.push_back(*parcel);
  return waiting;
}

size_t Outbox::depth() const {
  size_t depth = 0;
  for (const auto& [receiver, queue] : queues_) depth += queue.size();
  return depth;
}

std::optional<MonoTime> Outbox::oldest() const {
  std::optional<MonoTime> oldest;
  for (const auto& [receiver, queue] : queues_)
    if (!queue.empty() && (!oldest || queue.begin()->second.made < *oldest))
      oldest = queue.begin()->second.made;
  return oldest;
}

}  // namespace plimsoll::alerting
