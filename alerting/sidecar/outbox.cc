#include "alerting/sidecar/outbox.h"

#include <algorithm>

namespace plimsoll::alerting {
namespace {

// PagerDuty takes one alert a request: in a parcel with others, the first that
// is not taken would make all of them be sent again.
size_t MostTogether(const ReceiverConfig& receiver) {
  return receiver.type == ReceiverType::kPagerduty ? 1 : Outbox::kMostTogether;
}

}  // namespace

std::string SubjectOf(const Transition& transition) {
  return transition.rule + '\n' + std::to_string(transition.container) + '\n' +
         (transition.container == 0 ? transition.name : "");
}

std::string Parcel::Key() const {
  std::vector<std::string_view> ids;
  for (const TransitionPtr& transition : transitions) ids.push_back(transition->id);
  if (others.empty() && left_out > 0) ids.push_back("without the others");
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
  losing_.clear();  // what was wrong may be right now
  std::vector<StandingKey> gone;
  for (const auto& [key, standing] : standings_)
    if (!FindReceiver(key.second)) gone.push_back(key);
  for (const StandingKey& key : gone) Forget(key);
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
    const bool knows = known != standings_.end() && known->second.KnowsOf();
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
    standing.held_by = why;
    changed_standings_.insert(key);
  }
}

void Outbox::Release(const Mute& mute, TimePoint now) {
  std::vector<std::pair<const ReceiverConfig*, TransitionPtr>> due;
  for (const auto& [key, standing] : standings_) {
    if (standing.held_by.empty()) continue;
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
  // What goes on about a subject waits for the parcel before, and only what waits
  // for the same one may wait with it.
  int64_t& waiting = waiting_[{receiver.name, SubjectOf(*transition)}];
  const int64_t behind = waiting;
  int64_t& newest = newest_[{receiver.name, group, behind}];
  auto at = queue.find(newest);
  // As long as the receiver is left alone nothing goes out: what comes meanwhile is one message.
  const auto pace = paces_.find(receiver.name);
  const MonoTime rests_until = pace == paces_.end() ? MonoTime() : pace->second.rests_until;
  const bool joins = at != queue.end() && at->second.is_open &&
                     (now.mono < std::max(at->second.next_try, rests_until) || at->second.is_pending) &&
                     at->second.transitions.size() < MostTogether(receiver);
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
    parcel.behind = behind;
    at = queue.emplace(newest, std::move(parcel)).first;
  }
  at->second.transitions.push_back(transition);
  at->second.is_pending = true;
  changed_parcels_.insert(newest);
  if (standing.state != Standing::State::kTold) standing.state = Standing::State::kQueued;
  standing.newest = transition;
  standing.held_by.clear();
  waiting = newest;
  changed_standings_.insert(key);
}

void Outbox::Forget(const StandingKey& key) {
  standings_.erase(key);
  changed_standings_.insert(key);
}

std::vector<TransitionPtr> Outbox::Firing(const std::string& receiver, const std::string& alert, size_t most,
                                          Standing::State state) const {
  std::vector<TransitionPtr> firing;
  for (auto at = standings_.upper_bound({alert, receiver}); at != standings_.end() && firing.size() < most;
       ++at) {
    const Standing& standing = at->second;
    if (at->first.second == receiver && standing.state == state &&
        standing.newest->kind != TransitionKind::kResolved)
      firing.push_back(standing.newest);
  }
  return firing;
}

void Outbox::Retold(const std::string& receiver, const std::vector<TransitionPtr>& firing) {
  losing_.erase(receiver);
  for (const TransitionPtr& transition : firing) {
    const auto standing = standings_.find({transition->alert, receiver});
    if (standing == standings_.end() || standing->second.state != Standing::State::kLost) continue;
    standing->second.state = Standing::State::kTold;
    changed_standings_.insert(standing->first);
  }
}

void Outbox::RetoldInVain(const std::string& receiver, const std::string& error) {
  losing_[receiver] = error;
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

void Outbox::EachWaiting(const std::function<void(const Parcel&)>& see) const {
  for (const auto& [receiver, queue] : queues_)
    for (const auto& [number, parcel] : queue) see(parcel);
}

bool Outbox::IsRetrying(const std::string& receiver) const {
  const auto queue = queues_.find(receiver);
  return queue != queues_.end() && std::any_of(queue->second.begin(), queue->second.end(),
                                               [](const auto& one) { return one.second.tries > 0; });
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
