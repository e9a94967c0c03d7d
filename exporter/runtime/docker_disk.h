#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/runtime/disk_source.h"
#include "model/clock.h"

namespace plimsoll::runtime {

// Parses Docker's config.v2.json and, when there is one, hostconfig.json.
//   {"State":{"Running":true,...},"ID":"412c...","Config":{"Image":"busy:1","Labels":{...}},"Name":"/web-1",...}
// Fails when `config` is no JSON object that names an ID.
Result<Container> ParseDockerConfig(std::string_view config, std::string_view host_config);

// "data-root" (or its old name "graph") of daemon.json; nullopt when it does not say.
std::optional<std::string> ParseDaemonDataRoot(std::string_view daemon_json);

// <data root>/containers/<id>/. Docker replaces the files by rename at every
// change of state, name or restart count. Up to version 24 it did so after each
// health check; since then a check is found there only when something else was
// written, and stays. So what the files say of health holds until the next check
// should have been written, and is unknown from then on.
class DockerDisk final : public DiskSource {
 public:
  // `clock` must outlive this.
  DockerDisk(PathsOf data_roots, const Clock& clock) : clock_(clock), data_roots_(std::move(data_roots)) {}

  // An engine of `user` said where it keeps its files. Thread-safe.
  void AddRoot(const std::string& data_root, uid_t user);

  RuntimeKind runtime() const override { return RuntimeKind::kDocker; }
  // With a user namespace (userns-remap) Docker keeps all its files in <data root>/<uid>.<gid>.
  std::vector<Place> PlacesOf(uid_t user) const override;
  Result<std::optional<DiskRecord>> Find(const Place& place, std::string_view cgroup,
                                         const CgroupName& name) override;

 private:
  const Clock& clock_;
  const PathsOf data_roots_;
  mutable std::mutex mutex_;                     // guards what follows
  std::map<uid_t, std::set<std::string>> told_;  // by engines; of a user the last one only
};

}  // namespace plimsoll::runtime
