// What the tables learn, and what they knew.

#include <algorithm>

#include "alerting/sidecar/outbox.h"

namespace plimsoll::alerting {
namespace {

using std::chrono::seconds;

constexpr seconds kLongestAfterRestart{10};

// Those that take a message for the state of its group, as Alertmanager's receivers do. To the others
// each message is news and no more.
bool IsToldOfGroups(ReceiverType type) {
  return type == ReceiverType::kWebhook || type == ReceiverType::kJson;
}

}  // namespace

void Outbox::Restore(OutboxRows rows, TimePoint now) {
  for (auto& [key, standing] : rows.standings) standings_[key] = std::move(standing);
  for (Parcel& parcel : rows.parcels) {
    last_number_ = std::max(last_number_, parcel.number);
    if (parcel.dropped) {
      dropped_.push_back(std::move(parcel));
      continue;
    }
    const auto between = [](WallTime from, WallTime to, auto most) {
      return std::clamp<std::chrono::nanoseconds>(to - from, seconds(0), most);
    };
    parcel.made = now.mono - between(parcel.made_at, now.wall, std::chrono::hours(24 * 365));
    parcel.is_restored = true;
    // What was never tried only waited for others, which cannot join any more. The
    // rest waits as it would have, by a wall clock that may have been set meanwhile,
    // but never long, even where the receiver asked for more: in a program that is
    // ended again and again a longer pause would never be over.
    const auto longest = std::min<std::chrono::nanoseconds>(Pause(parcel.tries, 1), kLongestAfterRestart);
    parcel.next_try =
        parcel.tries == 0 ? now.mono : now.mono + between(now.wall, parcel.next_try_at, longest);
    const std::string receiver = parcel.receiver;
    for (const TransitionPtr& transition : parcel.transitions)
      waiting_[{receiver, SubjectOf(*transition)}] = parcel.number;
    const int64_t number = parcel.number;
    queues_[receiver].emplace(number, std::move(parcel));
  }
}

bool Outbox::IsSuspect(const std::string& receiver, int64_t number) const {
  const auto queue = queues_.find(receiver);
  if (queue == queues_.end()) return false;
  const auto parcel = queue->second.find(number);
  return parcel != queue->second.end() && parcel->second.is_suspect;
}

// For the parcels that may not be sent before they are written.
void Outbox::GatherOthers(const Mute& mute) {
  std::vector<Parcel*> parcels;
  // By receiver and group.
  std::map<std::pair<std::string, std::string>, std::vector<const Standing*>> firing;
  for (auto& [receiver, queue] : queues_) {
    const ReceiverConfig* config = FindReceiver(receiver);
    if (config == nullptr || !IsToldOfGroups(config->type)) continue;
    for (auto& [number, parcel] : queue) {
      if (!parcel.is_pending) continue;
      parcels.push_back(&parcel);
      firing.try_emplace({receiver, parcel.group});
    }
  }
  if (parcels.empty()) return;
  for (const auto& [key, standing] : standings_) {
    if (!standing.KnowsOf() || standing.newest->kind == TransitionKind::kResolved) continue;
    const auto group = firing.find({key.second, GroupOf(*standing.newest)});
    if (group != firing.end() && mute(*FindReceiver(key.second), *standing.newest).empty())
      group->second.push_back(&standing);
  }
  for (Parcel* parcel : parcels) {
    parcel->others.clear();
    parcel->left_out = 0;
    std::set<std::string_view> told;
    for (const TransitionPtr& transition : parcel->transitions) told.insert(transition->alert);
    // One at least: who goes by the alerts alone must see that the group fires.
    const size_t room = std::max(kMostTogether, parcel->transitions.size() + 1) - parcel->transitions.size();
    for (const Standing* standing : firing.at({parcel->receiver, parcel->group})) {
      const auto found = waiting_.find({parcel->receiver, SubjectOf(*standing->newest)});
      const int64_t waiting = found == waiting_.end() ? 0 : found->second;
      const bool is_told_later = standing->state == Standing::State::kQueued && waiting >= parcel->number;
      if (is_told_later || told.contains(standing->newest->alert)) continue;
      if (parcel->others.size() < room && !IsSuspect(parcel->receiver, waiting)) {
        parcel->others.push_back(standing->newest);
      } else {
        ++parcel->left_out;
      }
    }
  }
}

OutboxRows Outbox::TakeRows(const Mute& mute) {
  if (!changed_parcels_.empty()) GatherOthers(mute);
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

}  // namespace plimsoll::alerting
