#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/runtime/bundle_index.h"
#include "exporter/runtime/disk_source.h"

namespace plimsoll::runtime {

// runc's state.json. Its annotations are in config.labels, among them
// "bundle=<directory>"; cgroup_paths has a path per v1 controller, or one under "":
//   {"id":"web","init_process_pid":123,"created":"...","config":{"labels":["bundle=/b","a=b"],"namespaces":[...]},
//    "cgroup_paths":{"memory":"/sys/fs/cgroup/memory/my/own"}}
Result<Container> ParseRuncState(std::string_view text);

// crun's status; its spec lies beside it as config.json ("" when it does not):
//   {"pid":123,"cgroup-path":"/my/own","bundle":"/b","created":"..."}
Result<Container> ParseCrunStatus(std::string_view id, std::string_view status, std::string_view spec);

// Containers that somebody started with runc or crun alone: <root>/<id>/state.json or
// <root>/<id>/status. Both write it only after they made the cgroup.
class OciState final : public DiskSource {
 public:
  explicit OciState(PathsOf roots);
  RuntimeKind runtime() const override { return RuntimeKind::kOci; }
  std::vector<Place> PlacesOf(uid_t user) const override;
  Result<std::optional<DiskRecord>> Find(const Place& place, std::string_view cgroup,
                                         const CgroupName& name) override;
  std::vector<Place> ArrivalsOf(uid_t user) const override { return PlacesOf(user); }
  Result<std::optional<DiskRecord>> FindBundle(const std::string& bundle) override;

 private:
  const PathsOf roots_;
  BundleIndex index_;
};

}  // namespace plimsoll::runtime
