#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/runtime/bundle_index.h"
#include "exporter/runtime/containerd_images.h"
#include "exporter/runtime/disk_source.h"
#include "exporter/runtime/oci_spec.h"

namespace plimsoll::runtime {

// A task's config.json as containerd's shims get it. CRI puts pod, namespace and
// container into annotations (io.kubernetes.cri.*); `ctr run --label` puts labels there.
Result<Container> ParseContainerdTask(std::string_view id, const OciSpec& spec, std::string_view pod_uid);

// <state>/io.containerd.runtime.v2.task/<namespace>/<id>/{config.json,init.pid}. The
// namespaces of Docker are left to Docker's own files.
class ContainerdDisk final : public DiskSource {
 public:
  // Root's states are several: containerd's own, and those of Kubernetes distributions that bring their own.
  ContainerdDisk(PathsOf states, std::string rootfs);
  RuntimeKind runtime() const override { return RuntimeKind::kContainerd; }
  std::vector<Place> PlacesOf(uid_t user) const override;
  Result<std::optional<DiskRecord>> Find(const Place& place, std::string_view cgroup,
                                         const CgroupName& name) override;

 private:
  Result<std::optional<DiskRecord>> ReadBundle(const Place& place, const std::string& space,
                                               const std::string& bundle, std::string_view pod_uid);

  const PathsOf states_;
  ContainerdImages images_;
  // Bundles that had an init.pid, with the time of their config.json: without the pid they have
  // ended, unless another container was begun under the same name.
  std::map<std::string, std::optional<WallTime>> started_;
  BundleIndex index_;
};

}  // namespace plimsoll::runtime
