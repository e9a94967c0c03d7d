#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/runtime/cgroup_owners.h"
#include "exporter/runtime/directory_watch.h"
#include "exporter/runtime/disk_source.h"
#include "exporter/runtime/roster.h"
#include "model/frame.h"

namespace plimsoll::runtime {

// Asks the disk sources on behalf of the directory, and follows the files of
// the containers that no live engine follows. Root's places are asked first, and of
// users' only those of whoever may speak for the cgroup; one user's take no more of
// our time than kMostTime in kWindow. Thread-safe.
class DiskFollower {
 public:
  // `users_here` are those whose arrivals are watched. `allowed`: whether the configuration wants this
  // runtime's containers. All must outlive the follower.
  DiskFollower(std::vector<std::unique_ptr<DiskSource>> sources, Roster& roster, const CgroupOwners& owners,
               std::function<std::vector<uid_t>()> users_here, std::function<bool(RuntimeKind)> allowed,
               const Clock& clock);

  void Start();
  void Stop() { watch_.Stop(); }

  struct Found {
    RuntimeKind runtime;
    std::shared_ptr<const Container> who;  // null when the runtime is not allowed
  };
  // Looks for the container on disk; what it finds goes to the roster and is followed from now on.
  std::optional<Found> Find(const std::string& key, std::string_view cgroup, const CgroupName& name,
                            Roster::Tell tell);

  void Unfollow(const std::string& key);
  void Refollow(const std::vector<std::string>& keys);  // reads them again, as after a lost engine

  // Every directory of an allowed runtime that exists; down when it may not be read.
  std::vector<RuntimeHealth> LookAtHealth() const;

  static constexpr std::chrono::milliseconds kMostTime{300};
  static constexpr std::chrono::seconds kWindow{10};

  // Called on the follower's thread about once a second.
  std::function<void()> on_tick;

 private:
  struct Followed {
    std::string cgroup;
    CgroupName name;
    std::vector<WatchedDirectory> watched;
    std::optional<WallTime> look_again_at;
  };
  struct Search {
    std::optional<Found> found;
    bool failed = false;  // something could not be read: not finding it says nothing
  };
  struct Arrivals {
    DiskSource* source;
    uid_t user = 0;  // whose place it is
  };
  struct TimeTaken {
    MonoTime since{};
    MonoTime::duration taken{};
  };
  std::optional<DiskRecord> Ask(DiskSource& source, uid_t user, std::string_view cgroup,
                                const CgroupName& name, bool& failed);
  bool HasTime(uid_t user);
  Search Look(const std::string& key, std::string_view cgroup, const CgroupName& name, Roster::Tell tell);
  void Follow(const std::string& key, std::string_view cgroup, const CgroupName& name,
              std::vector<WatchedDirectory> dirs, std::optional<WallTime> look_again_at);
  void UnfollowLocked(const std::string& key, std::string_view gone_dir);
  void ReadAgain(const std::string& key, std::string_view gone_dir);
  void OnChange(const std::string& dir, const std::string& file);
  void OnOverflow();
  void OnTick();
  void WatchArrivals();
  void ReadSomeBlind();
  void ReadWhatIsDue();
  void WatchArrivalsOf(uid_t user);
  void Arrive(const Arrivals& place, const std::string& bundle);
  void Complain(RuntimeKind runtime, uid_t user, const Error& error);

  const std::vector<std::unique_ptr<DiskSource>> sources_;
  Roster& roster_;
  const CgroupOwners& owners_;
  const std::function<std::vector<uid_t>()> users_here_;
  const std::function<bool(RuntimeKind)> allowed_;
  const Clock& clock_;
  std::mutex mutex_;  // one look at the disk at a time: an older one must not overwrite a newer
  std::map<std::string, Followed> followed_;
  std::map<std::string, std::set<std::string>> keys_by_dir_;
  std::map<std::string, Arrivals> arrival_dirs_;        // watched for new bundles
  std::map<std::string, Arrivals> incomplete_bundles_;  // watched until they tell
  std::map<uid_t, TimeTaken> time_taken_;               // by users' places
  std::set<std::string> complaints_;
  std::set<std::string>
      blind_;               // of these some directory could not be watched: they are read again now and then
  std::string last_blind_;  // where the last tick stopped
  DirectoryWatch watch_;
};

}  // namespace plimsoll::runtime
