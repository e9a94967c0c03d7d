#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/runtime/cgroup_name.h"
#include "exporter/runtime/change_list.h"
#include "model/clock.h"
#include "model/container.h"

namespace plimsoll::runtime {

// The containers that somebody asked about or an engine told of. Whoever
// describes one anew makes a change of it. Thread-safe.
//
// A user's word, from a file or a socket of the user's own, counts for cgroups that the
// user may speak for, and never replaces root's. Before anybody asked for its cgroup it
// is kept, told to nobody, and soon forgotten.
//
// A key is the id where ids are unique (64 hex digits), else the cgroup path.
class Roster {
 public:
  using EngineId = int;
  static constexpr EngineId kDisk = -1;  // described by files, not by an engine

  // Whose word it is.
  struct Speaker {
    Speaker(EngineId number, uid_t owner = 0) : engine(number), user(owner) {}
    EngineId engine;
    uid_t user;  // who owns the file or socket; 0: root
  };

  // Whether a user may speak for a cgroup; asked under the roster's lock.
  using MaySpeak = std::function<bool(uid_t user, std::string_view cgroup)>;

  // Both references must outlive the roster.
  Roster(ChangeList& changes, const Clock& clock, MaySpeak may_speak)
      : changes_(changes), clock_(clock), may_speak_(std::move(may_speak)) {}

  struct Asked {
    std::shared_ptr<const Container> who;  // null: nobody described it yet
    Speaker by = kDisk;
    bool engine_is_live = false;  // `who` is kept up to date by a connected engine
    bool is_guess = false;        // `who` came from GuessAs
    MonoTime first_asked{};
  };
  // Somebody asks whose `path` is. Remembers the path; makes an entry when there is none.
  Asked Ask(const std::string& key, std::string_view path);
  // As Ask, but remembers nothing; nullopt for an unknown key.
  std::optional<Asked> Look(const std::string& key) const;
  void ForgetUndescribed(const std::string& key);  // the path turned out to be nobody's

  // `who` as its describer sees it now; its `cgroup` is filled in from what was asked.
  // A word from disk is dropped while an engine knows better that is live, or has described
  // the container within kSyncFor and will be. Returns what is now known; null when that is nothing.
  // kAnswer: the collector gets it as its answer, it need not hear of it again.
  enum class Tell { kChange, kAnswer };
  std::shared_ptr<const Container> Describe(const std::string& key, Container who, Speaker by,
                                            Tell tell = Tell::kChange);
  // Nobody described it in time: `who` holds until somebody does.
  std::shared_ptr<const Container> GuessAs(const std::string& key, Container who);

  // Something of it changed that no description holds: whoever takes changes hears of it again.
  void Touch(const std::string& key);
  // It ended, and whoever says so cannot describe it any more. A user ends what users' words describe.
  void End(const std::string& key, std::optional<int> exit_code, std::optional<WallTime> at,
           Speaker by = kDisk);
  // The cgroup is gone; the entry goes at the next Sweep after `kKeepFor`, unless it is asked for again.
  void Forget(std::string_view id);

  void SetEngineLive(EngineId engine, bool live);
  // Keys that `engine` described last; those that files must follow when it is lost.
  std::vector<std::string> KeysOf(EngineId engine) const;
  // Keys whose description is a guess.
  std::vector<std::string> Guesses() const;

  // Drops what is over: forgotten or ended for kKeepFor. Returns the keys.
  std::vector<std::string> Sweep();

  static constexpr std::chrono::seconds kKeepFor{10};
  static constexpr std::chrono::seconds kKeepUndescribedFor{60};
  static constexpr std::chrono::seconds kSyncFor{30};
  static constexpr size_t kMostUnasked = 256;                    // of each user
  static constexpr size_t kMostOfAUsersWord = size_t{64} << 10;  // bytes; who says more is not heard

 private:
  struct Entry {
    std::string path;
    std::shared_ptr<const Container> who;
    Speaker by = kDisk;
    bool is_guess = false;
    MonoTime first_asked{};
    std::optional<MonoTime> over_at;  // forgotten, or ended unasked
  };
  Asked ViewOf(const Entry& entry) const;
  bool IsLive(EngineId engine) const;
  bool IsSyncing(EngineId engine) const;
  bool MayDescribe(const std::string& key, const Speaker& by) const;
  void Publish(const std::string& key, Entry& entry, Container who, Tell tell);

  ChangeList& changes_;
  const Clock& clock_;
  const MaySpeak may_speak_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<EngineId, bool> live_;
  std::map<EngineId, MonoTime> heard_;  // engines that are not live: when they described something
};

}  // namespace plimsoll::runtime
