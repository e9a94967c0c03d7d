#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/runtime/cgroup_name.h"
#include "model/clock.h"
#include "model/container.h"
#include "model/result.h"

namespace plimsoll::runtime {

// A directory to be told of: `in_place` when its files are overwritten rather
// than replaced by a rename.
struct WatchedDirectory {
  std::string path;
  bool in_place = false;
};

// A directory in which a runtime keeps what it knows of its containers, and whose word that is.
struct Place {
  std::string path;
  uid_t user = 0;  // whoever owns it; 0: root
};

// The paths of one kind that are root's (user 0), or a user's.
using PathsOf = std::function<std::vector<std::string>(uid_t user)>;

// One container as a runtime left it on disk.
struct DiskRecord {
  Container who;                                         // `cgroup` empty, but for FindBundle
  std::vector<WatchedDirectory> watch;                   // a change in one of these may change the record
  std::optional<WallTime> look_again_at = std::nullopt;  // what is told now does not hold for longer
};

// Why something below `root` could not be read: a folder that is closed to us is one fault, not one for each
// container that may be in it.
Error WhyUnread(const std::string& root, const Error& error);

// What one runtime leaves on disk. Find reads at most a few small files; calls
// of it come one at a time. The other methods are thread-safe.
class DiskSource {
 public:
  virtual ~DiskSource() = default;
  virtual RuntimeKind runtime() const = 0;

  // Where root's containers, or one user's, are described, whether or not it is there now.
  virtual std::vector<Place> PlacesOf(uid_t user) const = 0;

  // Whose cgroup is this, by what is in `place`? nullopt: none of this runtime's, as far as can be
  // seen. Fails when its files are there but cannot be read or understood.
  virtual Result<std::optional<DiskRecord>> Find(const Place& place, std::string_view cgroup,
                                                 const CgroupName& name) = 0;

  // Directories in which a new subdirectory is a new container that may be described
  // only after its cgroup was asked for. Called again and again: they may come later.
  virtual std::vector<Place> ArrivalsOf(uid_t user) const {
    (void)user;
    return {};
  }
  // The container described in such a subdirectory, `who.cgroup` set; nullopt: not yet, or never.
  virtual Result<std::optional<DiskRecord>> FindBundle(const std::string& bundle) {
    (void)bundle;
    return std::nullopt;
  }

  // Directories that are there when this runtime is; for health.
  virtual std::vector<std::string> RootsOf(uid_t user) const {
    std::vector<std::string> roots;
    for (Place& place : PlacesOf(user)) roots.push_back(std::move(place.path));
    return roots;
  }
};

// Asks one place after the other. One that cannot be read hides no other: its error
// is told only when the container is in none.
Result<std::optional<DiskRecord>> FindInPlaces(DiskSource& source, const std::vector<Place>& places,
                                               std::string_view cgroup, const CgroupName& name);

}  // namespace plimsoll::runtime
