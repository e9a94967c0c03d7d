#pragma once

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
// describes one anew makes a change of it. No I/O; thread-safe.
//
// A key is the id where ids are unique (64 hex digits), else the cgroup path.
class Roster {
 public:
  using EngineId = int;
  static constexpr EngineId kDisk = -1;  // described by files, not by an engine

  // Both must outlive the roster.
  Roster(ChangeList& changes, const Clock& clock) : changes_(changes), clock_(clock) {}

  struct Asked {
    std::shared_ptr<const Container> who;  // null: nobody described it yet
    bool engine_is_live = false;           // `who` is kept up to date by a connected engine
    bool is_guess = false;                 // `who` came from GuessAs
    MonoTime first_asked{};
  };
  // Somebody asks whose `path` is. Remembers the path; makes an entry when there is none.
  Asked Ask(const std::string& key, std::string_view path);
  // As Ask, but remembers nothing; nullopt for an unknown key.
  std::optional<Asked> Look(const std::string& key) const;
  void ForgetUndescribed(const std::string& key);  // the path turned out to be nobody's

  // `who` as its describer sees it now; its `cgroup` is filled in from what was asked.
  // A word from disk is dropped while a live engine knows better. Returns what is now known.
  // kAnswer: the collector gets it as its answer, it need not hear of it again.
  enum class Tell { kChange, kAnswer };
  std::shared_ptr<const Container> Describe(const std::string& key, Container who, EngineId by,
                                            Tell tell = Tell::kChange);
  // Nobody described it in time: `who` holds until somebody does.
  std::shared_ptr<const Container> GuessAs(const std::string& key, Container who);

  // It ended, and whoever says so cannot describe it any more.
  void End(const std::string& key, std::optional<int> exit_code, std::optional<WallTime> at);
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

 private:
  struct Entry {
    std::string path;
    std::shared_ptr<const Container> who;
    EngineId by = kDisk;
    bool is_guess = false;
    MonoTime first_asked{};
    std::optional<MonoTime> over_at;  // forgotten, or ended unasked
  };
  Asked ViewOf(const Entry& entry) const;
  bool IsLive(EngineId engine) const;
  void Publish(const std::string& key, Entry& entry, Container who, Tell tell);

  ChangeList& changes_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<EngineId, bool> live_;
};

}  // namespace plimsoll::runtime
