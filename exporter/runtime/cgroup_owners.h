#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::runtime {

// Which local users may say what runs in a cgroup. Every user can leave files where
// runtimes leave theirs, and open a socket where an engine would: who believed them all
// would let any user rename, relabel and end the containers of all others. So what
// user U says counts for U's own cgroups only: those that lie below
// /user.slice/user-<U>.slice, and those whose directory U owns. Root may speak for all.
// Asks the kernel each time. Thread-safe.
class CgroupOwners {
 public:
  explicit CgroupOwners(const std::string& sysfs);

  // Root is not among them.
  std::vector<uid_t> UsersOf(std::string_view cgroup) const;
  bool MaySpeak(uid_t user, std::string_view cgroup) const;
  bool Exists(std::string_view cgroup) const;

 private:
  // The cgroup's directory in every hierarchy that has it.
  std::vector<std::string> DirectoriesOf(std::string_view cgroup) const;

  const std::string mounts_;  // <sysfs>/fs/cgroup
};

}  // namespace plimsoll::runtime
