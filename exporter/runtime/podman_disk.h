#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/runtime/directory.h"
#include "exporter/runtime/disk_source.h"

namespace plimsoll::runtime {

// Below each storage root: libpod/bolt_state.db or db.sql (all there is to know), else
// <driver>-containers/containers.json (name and image) with the container's spec.
class PodmanDisk final : public DiskSource {
 public:
  // `rootfs` is put before the paths that Podman itself wrote down.
  PodmanDisk(PathsOf storages, HostPaths paths);
  RuntimeKind runtime() const override { return RuntimeKind::kPodman; }
  std::vector<Place> PlacesOf(uid_t user) const override;
  Result<std::optional<DiskRecord>> Find(const Place& place, std::string_view cgroup,
                                         const CgroupName& name) override;

 private:
  struct Known {
    uid_t user = 0;        // whose word it is
    uint64_t version = 0;  // of the database when it was read
    std::string database;
    size_t config_hash = 0;  // of the texts that were parsed: most writes are about other containers
    size_t state_hash = 0;
    std::string run_dir;
    Container who;
  };
  Result<std::optional<DiskRecord>> FindInDatabases(const Place& place, const std::string& id);
  Result<std::optional<DiskRecord>> FindInDatabase(const std::string& database, uid_t user,
                                                   const std::string& id);
  Result<std::optional<DiskRecord>> FindInStorage(const std::string& storage, const std::string& id) const;
  DiskRecord RecordOf(const Known& known) const;

  const PathsOf storages_;
  const HostPaths paths_;
  std::map<std::string, Known> known_;
};

}  // namespace plimsoll::runtime
