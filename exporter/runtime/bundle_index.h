#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace plimsoll::runtime {

// Which bundle directory belongs to which cgroup, for containers whose cgroup
// has a name of its user's choice. Kept per parent directory and read again only
// when that directory changed; each bundle is read once.
class BundleIndex {
 public:
  // The cgroup of the bundle in this directory: "" when it has none to tell (it is then
  // never asked again), nullopt when it is not complete yet.
  using CgroupOf = std::function<std::optional<std::string>(const std::string& bundle)>;
  explicit BundleIndex(CgroupOf cgroup_of) : cgroup_of_(std::move(cgroup_of)) {}

  // The bundle below `parent` whose container is in `cgroup`; nullopt when there is none.
  std::optional<std::string> Find(const std::string& parent, std::string_view cgroup);

 private:
  struct Bundle {
    uint64_t inode = 0;
    std::optional<std::string> cgroup;  // nullopt: not complete when last read
  };
  struct Parent {
    int64_t changed_ns = -1;  // st_mtim at the last complete reading
    std::map<std::string, Bundle> bundles;
    std::map<std::string, std::string, std::less<>> bundle_by_cgroup;
  };
  bool Read(const std::string& path, Parent& parent);

  const CgroupOf cgroup_of_;
  std::map<std::string, Parent> parents_;
};

}  // namespace plimsoll::runtime
