#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/runtime/disk_source.h"
#include "exporter/runtime/oci_spec.h"

namespace plimsoll::runtime {

// The spec of a CRI-O container; its identity is in annotations:
//   "io.kubernetes.cri-o.Name":"k8s_app_web_shop_<uid>_0", ".ImageName", ".ContainerType":"sandbox",
//   ".Labels":"{\"app\":\"web\"}", "io.kubernetes.pod.name", "io.kubernetes.container.name"
// Fails when it is not CRI-O's (Podman writes specs into the same kind of place).
Result<Container> ParseCrioSpec(std::string_view id, const OciSpec& spec);

// CRI-O's own state.json beside it:
// {"status":"stopped","pid":0,"started":"...","exitCode":1,"oomKilled":true}
Result<void> ApplyCrioState(std::string_view text, Container& who);

// <storage>/overlay-containers/<id>/userdata/{config.json,state.json,pidfile}; the
// run root has the spec, the graph root the state.
class CrioDisk final : public DiskSource {
 public:
  // `run_dir` is CRI-O's own (/run/crio): the storages may be Podman's alone.
  CrioDisk(std::vector<std::string> storages, std::string run_dir)
      : storages_(std::move(storages)), run_dir_(std::move(run_dir)) {}
  RuntimeKind runtime() const override { return RuntimeKind::kCrio; }
  // The storages as one: of each container a part is in either.
  std::vector<Place> PlacesOf(uid_t user) const override {
    return user == 0 ? std::vector<Place>{{run_dir_, 0}} : std::vector<Place>{};
  }
  Result<std::optional<DiskRecord>> Find(const Place& place, std::string_view cgroup,
                                         const CgroupName& name) override;

 private:
  std::vector<std::string> Userdata(const std::string& id) const;

  const std::vector<std::string> storages_;
  const std::string run_dir_;
};

}  // namespace plimsoll::runtime
