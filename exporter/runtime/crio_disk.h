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
  explicit CrioDisk(std::vector<std::string> storages) : storages_(std::move(storages)) {}
  RuntimeKind runtime() const override { return RuntimeKind::kCrio; }
  Result<std::optional<DiskRecord>> Find(std::string_view cgroup, const CgroupName& name) override;
  std::vector<std::string> roots() const override;

 private:
  const std::vector<std::string> storages_;
};

}  // namespace plimsoll::runtime
