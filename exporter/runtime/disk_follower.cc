#include "exporter/runtime/disk_follower.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "exporter/runtime/careful_open.h"
#include "exporter/runtime/small_file.h"
#include "model/log.h"

namespace plimsoll::runtime {

DiskFollower::DiskFollower(std::vector<std::unique_ptr<DiskSource>> sources, Roster& roster,
                           const CgroupOwners& owners, std::function<std::vector<uid_t>()> users_here,
                           std::function<bool(RuntimeKind)> allowed, const Clock& clock)
    : sources_(std::move(sources)),
      roster_(roster),
      owners_(owners),
      users_here_(std::move(users_here)),
      allowed_(std::move(allowed)),
      clock_(clock),
      watch_({[this](const std::string& dir, const std::string& file) { OnChange(dir, file); },
              [this] { OnOverflow(); }, [this] { OnTick(); }}) {}

void DiskFollower::Start() {
  {
    const std::lock_guard lock(mutex_);
    WatchArrivals();
  }
  watch_.Start();
}

std::optional<DiskFollower::Found> DiskFollower::Find(const std::string& key, std::string_view cgroup,
                                                      const CgroupName& name, Roster::Tell tell) {
  const std::lock_guard lock(mutex_);
  return Look(key, cgroup, name, tell).found;
}

DiskFollower::Search DiskFollower::Look(const std::string& key, std::string_view cgroup,
                                        const CgroupName& name, Roster::Tell tell) {
  Search search;
  std::vector<uid_t> users = owners_.UsersOf(cgroup);
  users.insert(users.begin(), 0);
  for (const uid_t user : users) {
    for (const auto& source : sources_) {
      if (name.hint && *name.hint != source->runtime()) continue;
      auto found = Ask(*source, user, cgroup, name, search.failed);
      if (!found) continue;
      const RuntimeKind runtime = found->who.runtime;
      search.found = Found{runtime, nullptr};
      if (!allowed_(runtime)) return search;
      found->who.cgroup = cgroup;
      search.found->who = roster_.Describe(key, std::move(found->who), {Roster::kDisk, user}, tell);
      if (!search.found->who) {  // not the user's any more
        search.found.reset();
        continue;
      }
      const auto known = roster_.Look(key);
      if (known && (known->engine_is_live || known->by.user != user)) {
        UnfollowLocked(key, "");
        return search;
      }
      // An engine that is about to be live knows better; if it never is, the files are to be believed after
      // all.
      if (known && known->by.engine != Roster::kDisk) found->look_again_at = clock_.Wall() + Roster::kSyncFor;
      Follow(key, cgroup, name, std::move(found->watch), found->look_again_at);
      return search;
    }
  }
  return search;
}

std::optional<DiskRecord> DiskFollower::Ask(DiskSource& source, uid_t user, std::string_view cgroup,
                                            const CgroupName& name, bool& failed) {
  if (!HasTime(user)) {
    failed = true;
    return std::nullopt;
  }
  const MonoTime began = clock_.Mono();
  auto record = FindInPlaces(source, source.PlacesOf(user), cgroup, name);
  if (user != 0) time_taken_[user].taken += clock_.Mono() - began;
  if (record) return std::move(*record);
  Complain(source.runtime(), user, record.error());
  failed = true;
  return std::nullopt;
}

bool DiskFollower::HasTime(uid_t user) {
  if (user == 0) return true;
  TimeTaken& time = time_taken_[user];
  const MonoTime now = clock_.Mono();
  if (now - time.since >= kWindow) time = {now, {}};
  return time.taken < kMostTime;
}

void DiskFollower::Follow(const std::string& key, std::string_view cgroup, const CgroupName& name,
                          std::vector<WatchedDirectory> dirs, std::optional<WallTime> look_again_at) {
  const auto found = followed_.find(key);
  if (found != followed_.end()) {
    const auto same = [](const WatchedDirectory& a, const WatchedDirectory& b) { return a.path == b.path; };
    const auto& now = found->second.watched;
    found->second.look_again_at = look_again_at;
    if (!blind_.contains(key) && std::equal(now.begin(), now.end(), dirs.begin(), dirs.end(), same)) return;
    UnfollowLocked(key, "");
  }
  Followed followed{std::string(cgroup), name, {}, look_again_at};
  for (WatchedDirectory& dir : dirs) {
    if (!watch_.Add(dir.path, dir.in_place)) {
      blind_.insert(key);
      continue;
    }
    keys_by_dir_[dir.path].insert(key);
    followed.watched.push_back(std::move(dir));
  }
  followed_.insert_or_assign(key, std::move(followed));
}

void DiskFollower::Unfollow(const std::string& key) {
  const std::lock_guard lock(mutex_);
  UnfollowLocked(key, "");
}

void DiskFollower::UnfollowLocked(const std::string& key, std::string_view gone_dir) {
  const auto found = followed_.find(key);
  if (found == followed_.end()) return;
  for (const WatchedDirectory& dir : found->second.watched) {
    if (dir.path != gone_dir) watch_.Remove(dir.path);
    const auto keys = keys_by_dir_.find(dir.path);
    if (keys == keys_by_dir_.end()) continue;
    keys->second.erase(key);
    if (keys->second.empty()) keys_by_dir_.erase(keys);
  }
  blind_.erase(key);
  followed_.erase(found);
}

void DiskFollower::Refollow(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    const auto known = roster_.Look(key);
    if (!known || !known->who || known->who->cgroup.empty()) continue;
    const std::string cgroup = known->who->cgroup;
    Find(key, cgroup, ClassifyCgroup(cgroup), Roster::Tell::kChange);
  }
}

void DiskFollower::ReadAgain(const std::string& key, std::string_view gone_dir) {
  const auto followed = followed_.find(key);
  if (followed == followed_.end()) return;
  const std::string cgroup = followed->second.cgroup;
  const CgroupName name = followed->second.name;
  if (!gone_dir.empty()) UnfollowLocked(key, gone_dir);
  const Search search = Look(key, cgroup, name, Roster::Tell::kChange);
  if (!search.found && search.failed && followed_.contains(key))
    blind_.insert(key);  // it may have been too slow
  if (search.found || search.failed) return;
  // Its files are gone: whoever owned it removed it.
  const auto known = roster_.Look(key);
  if (known && !known->engine_is_live) roster_.End(key, std::nullopt, std::nullopt);
}

void DiskFollower::OnChange(const std::string& dir, const std::string& file) {
  // Atomic writers first fill a file of this name; only its renaming counts.
  if (file.starts_with(".tmp")) return;
  const std::lock_guard lock(mutex_);
  if (const auto found = arrival_dirs_.find(dir); found != arrival_dirs_.end()) {
    if (file.empty()) {
      arrival_dirs_.erase(found);
    } else {
      Arrive(found->second, dir + "/" + file);
    }
  }
  if (const auto found = incomplete_bundles_.find(dir); found != incomplete_bundles_.end()) {
    if (file.empty()) {
      incomplete_bundles_.erase(found);
    } else {
      Arrive(Arrivals(found->second), dir);
    }
  }
  const auto found = keys_by_dir_.find(dir);
  if (found == keys_by_dir_.end()) return;
  const std::set<std::string> keys = found->second;
  for (const std::string& key : keys) ReadAgain(key, file.empty() ? dir : "");
}

void DiskFollower::WatchArrivals() {
  WatchArrivalsOf(0);
  for (const uid_t user : users_here_()) WatchArrivalsOf(user);
}

void DiskFollower::WatchArrivalsOf(uid_t user) {
  for (const auto& source : sources_) {
    for (const Place& place : source->ArrivalsOf(user)) {
      if (arrival_dirs_.contains(place.path) || !watch_.Add(place.path, false)) continue;
      const Arrivals arrivals{source.get(), user};
      arrival_dirs_[place.path] = arrivals;
      const auto bundles = ListDirectory(place.path);
      if (!bundles) continue;
      for (const std::string& bundle : *bundles) Arrive(arrivals, place.path + "/" + bundle);
    }
  }
}

// A bundle whose cgroup's name says nothing may have been asked for before it
// could be told; one that is named as a container's is found when asked for.
void DiskFollower::Arrive(const Arrivals& place, const std::string& bundle) {
  constexpr ptrdiff_t kMostOfAUser = 64;  // directories to watch, of which the host has a limited number
  if (!HasTime(place.user)) return;
  const MonoTime began = clock_.Mono();
  auto record = place.source->FindBundle(bundle);
  if (place.user != 0) time_taken_[place.user].taken += clock_.Mono() - began;
  if (!record) Complain(place.source->runtime(), place.user, record.error());
  if (!record || !*record) {
    const auto same_user = [&](const auto& one) { return one.second.user == place.user; };
    if (place.user != 0 &&
        std::count_if(incomplete_bundles_.begin(), incomplete_bundles_.end(), same_user) >= kMostOfAUser)
      return;
    if (!incomplete_bundles_.contains(bundle) && watch_.Add(bundle, false)) {
      incomplete_bundles_[bundle] = place;
      // It may have been completed just before the watch began.
      record = place.source->FindBundle(bundle);
    }
    if (!record || !*record) return;
  }
  if (incomplete_bundles_.erase(bundle) > 0) watch_.Remove(bundle);
  Container& who = (*record)->who;
  const std::string cgroup = who.cgroup;
  const CgroupName name = ClassifyCgroup(cgroup);
  if (name.shape != CgroupName::Shape::kUnrecognised || !allowed_(who.runtime)) return;
  // A user may write down any number of cgroups that are not there.
  if (place.user != 0 && (!owners_.MaySpeak(place.user, cgroup) || !owners_.Exists(cgroup))) return;
  roster_.Describe(cgroup, std::move(who), {Roster::kDisk, place.user});
  const auto known = roster_.Look(cgroup);
  if (!known || known->by.user != place.user) return;
  Follow(cgroup, cgroup, name, std::move((*record)->watch), (*record)->look_again_at);
}

void DiskFollower::OnOverflow() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, followed] : followed_) keys.push_back(key);
  for (const std::string& key : keys) ReadAgain(key, "");
}

// A few at a time, in turn: a host that has no watches left has many containers.
void DiskFollower::ReadSomeBlind() {
  constexpr size_t kAtOnce = 20;
  std::vector<std::string> keys;
  for (auto at = blind_.upper_bound(last_blind_); at != blind_.end() && keys.size() < kAtOnce; ++at)
    keys.push_back(*at);
  last_blind_ = keys.size() < kAtOnce ? std::string() : keys.back();
  for (const std::string& key : keys) ReadAgain(key, "");
}

void DiskFollower::ReadWhatIsDue() {
  const WallTime now = clock_.Wall();
  std::vector<std::string> keys;
  for (const auto& [key, followed] : followed_)
    if (followed.look_again_at && *followed.look_again_at <= now) keys.push_back(key);
  for (const std::string& key : keys) ReadAgain(key, "");
}

void DiskFollower::OnTick() {
  {
    const std::lock_guard lock(mutex_);
    ReadSomeBlind();
    ReadWhatIsDue();
    WatchArrivals();
  }
  if (on_tick) on_tick();
}

std::vector<RuntimeHealth> DiskFollower::LookAtHealth() const {
  std::vector<RuntimeHealth> all;
  std::vector<uid_t> users = users_here_();
  users.insert(users.begin(), 0);
  for (const auto& source : sources_) {
    if (!allowed_(source->runtime())) continue;
    for (const uid_t user : users) {
      for (const std::string& dir : source->RootsOf(user)) {
        const auto may = MayUseDirectory(dir, R_OK | X_OK);
        if (may && !*may) continue;
        all.push_back(
            {source->runtime(), "file://" + dir, may.has_value(), "", may ? "" : may.error().message});
      }
    }
  }
  return all;
}

// Of a user one fault a runtime: there may be any number of them on purpose.
void DiskFollower::Complain(RuntimeKind runtime, uid_t user, const Error& error) {
  constexpr size_t kRemembered = 256;  // then everything is said anew, rather than growing without end
  if (complaints_.size() >= kRemembered) complaints_.clear();
  const std::string what =
      user == 0 ? error.message : std::string(RuntimeName(runtime)) + " of user " + std::to_string(user);
  if (complaints_.insert(what).second)
    log::Warn("a container's files cannot be read",
              {{"runtime", RuntimeName(runtime)}, {"err", error.message}});
}

}  // namespace plimsoll::runtime
