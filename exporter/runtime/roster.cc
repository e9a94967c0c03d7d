#include "exporter/runtime/roster.h"

#include <algorithm>
#include <utility>

namespace plimsoll::runtime {
namespace {

bool HasEnded(const Container& who) {
  return who.state == ContainerState::kExited || who.state == ContainerState::kDead;
}

// Ids that are not unique are kept by the cgroup's path.
bool IsPath(const std::string& key) { return key.starts_with('/'); }

// What it takes to keep. A label of two letters takes more than they do.
size_t SizeOf(const Container& who) {
  size_t bytes = who.id.size() + who.name.size() + who.image.size() + who.kube_namespace.size() +
                 who.kube_pod.size() + who.kube_container.size();
  for (const auto& [key, value] : who.labels) bytes += sizeof(Labels::value_type) + key.size() + value.size();
  return bytes;
}

}  // namespace

bool Roster::IsLive(EngineId engine) const {
  const auto found = live_.find(engine);
  return found != live_.end() && found->second;
}

bool Roster::IsSyncing(EngineId engine) const {
  const auto heard = heard_.find(engine);
  return heard != heard_.end() && clock_.Mono() - heard->second < kSyncFor;
}

Roster::Asked Roster::ViewOf(const Entry& entry) const {
  return Asked{entry.who, entry.by, IsLive(entry.by.engine), entry.is_guess, entry.first_asked};
}

bool Roster::MayDescribe(const std::string& key, const Speaker& by) const {
  const auto found = entries_.find(key);
  const Entry* const entry = found == entries_.end() ? nullptr : &found->second;
  const bool is_known = entry && entry->who && !entry->is_guess;
  if (by.user == 0) {
    if (by.engine != kDisk || !is_known || entry->by.user != 0) return true;
    return !IsLive(entry->by.engine) && !IsSyncing(entry->by.engine);
  }
  const std::string& path = entry && !entry->path.empty() ? entry->path : key;
  if (IsPath(path)) {
    if (!may_speak_ || !may_speak_(by.user, path)) return false;
    if (!is_known || (entry->by.user == by.user && by.engine != kDisk)) return true;
    return entry->by.user == by.user && !IsLive(entry->by.engine) && !IsSyncing(entry->by.engine);
  }
  if (is_known) return entry->by.user != 0;  // unasked: whose word counts is seen when it is asked for
  const auto unasked = [&](const auto& one) {
    return one.second.path.empty() && one.second.by.user == by.user && !IsPath(one.first);
  };
  return static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(), unasked)) < kMostUnasked;
}

Roster::Asked Roster::Ask(const std::string& key, std::string_view path) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = entries_.try_emplace(key);
  Entry& entry = at->second;
  if (is_new || entry.path.empty()) entry.first_asked = clock_.Mono();
  entry.over_at.reset();
  if (entry.who && entry.path != path && entry.by.user != 0 &&
      (!may_speak_ || !may_speak_(entry.by.user, path))) {
    entry.who.reset();
    entry.by = kDisk;
  }
  entry.path = path;
  if (entry.who && entry.who->cgroup != path) {
    Container moved = *entry.who;
    moved.cgroup = path;
    entry.who = std::make_shared<const Container>(std::move(moved));
  }
  return ViewOf(entry);
}

std::optional<Roster::Asked> Roster::Look(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return ViewOf(found->second);
}

void Roster::ForgetUndescribed(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end() && !found->second.who) entries_.erase(found);
}

void Roster::Publish(const std::string& key, Entry& entry, Container who, Tell tell) {
  if (!entry.path.empty()) who.cgroup = entry.path;
  // Runtimes forget the last exit code when a container runs again.
  if (entry.who && !who.exit_code) who.exit_code = entry.who->exit_code;
  if (entry.who && !who.finished_at) who.finished_at = entry.who->finished_at;
  if (entry.who && *entry.who == who) return;
  // Started again after its cgroup went: it is not over.
  if (entry.who && entry.who->started_at != who.started_at) entry.over_at.reset();
  if (HasEnded(who) && !entry.over_at) entry.over_at = clock_.Mono();
  entry.who = std::make_shared<const Container>(std::move(who));
  if (entry.by.user != 0 && entry.path.empty() && !IsPath(key)) return;  // nobody asked a user
  if (tell == Tell::kChange) {
    changes_.Put(key, entry.who);
  } else {
    changes_.Freshen(key, entry.who);
  }
}

std::shared_ptr<const Container> Roster::Describe(const std::string& key, Container who, Speaker by,
                                                  Tell tell) {
  const std::lock_guard lock(mutex_);
  if (!MayDescribe(key, by) || (by.user != 0 && SizeOf(who) > kMostOfAUsersWord)) {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : found->second.who;
  }
  if (by.engine != kDisk && !IsLive(by.engine)) heard_[by.engine] = clock_.Mono();
  const auto [at, is_new] = entries_.try_emplace(key);
  Entry& entry = at->second;
  if (is_new) entry.first_asked = clock_.Mono();
  if (by.user == 0 && entry.by.user != 0) entry.who.reset();  // nothing of what a user said stays
  entry.by = by;
  entry.is_guess = false;
  Publish(key, entry, std::move(who), tell);
  return entry.who;
}

std::shared_ptr<const Container> Roster::GuessAs(const std::string& key, Container who) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[key];
  if (!entry.who) {
    who.cgroup = entry.path;
    entry.who = std::make_shared<const Container>(std::move(who));
    entry.is_guess = true;
  }
  return entry.who;
}

void Roster::Touch(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end() && found->second.who) changes_.Put(key, found->second.who);
}

void Roster::End(const std::string& key, std::optional<int> exit_code, std::optional<WallTime> at,
                 Speaker by) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (by.user != 0 && (!entry.who || entry.is_guess || entry.by.user != by.user)) return;
  if (!entry.over_at) entry.over_at = clock_.Mono();
  if (!entry.who) return;
  Container ended = *entry.who;
  if (!HasEnded(ended)) ended.state = ContainerState::kExited;
  ended.init_pid.reset();
  if (exit_code) ended.exit_code = exit_code;
  if (at) ended.finished_at = at;
  Publish(key, entry, std::move(ended), Tell::kChange);
}

void Roster::Forget(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.Mono();
  if (const auto found = entries_.find(id); found != entries_.end()) {
    if (!found->second.over_at) found->second.over_at = now;
    return;
  }
  for (auto& [key, entry] : entries_)  // ids that are not unique are kept by path
    if (entry.who && entry.who->id == id && !entry.over_at) entry.over_at = now;
}

void Roster::SetEngineLive(EngineId engine, bool live) {
  const std::lock_guard lock(mutex_);
  live_[engine] = live;
  heard_.erase(engine);
}

std::vector<std::string> Roster::KeysOf(EngineId engine) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, entry] : entries_)
    if (entry.who && entry.by.engine == engine) keys.push_back(key);
  return keys;
}

std::vector<std::string> Roster::Guesses() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, entry] : entries_)
    if (entry.is_guess) keys.push_back(key);
  return keys;
}

std::vector<std::string> Roster::Sweep() {
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.Mono();
  std::vector<std::string> dropped;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const Entry& entry = at->second;
    const bool unknown_for_long = !entry.who && now - entry.first_asked >= kKeepUndescribedFor;
    const bool unasked_for_long =
        entry.by.user != 0 && entry.path.empty() && now - entry.first_asked >= kKeepUndescribedFor;
    if (unknown_for_long || unasked_for_long || (entry.over_at && now - *entry.over_at >= kKeepFor)) {
      dropped.push_back(at->first);
      at = entries_.erase(at);
    } else {
      ++at;
    }
  }
  return dropped;
}

}  // namespace plimsoll::runtime
