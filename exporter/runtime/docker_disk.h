#pragma once

#include <mutex>
#include <optional>
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
  DockerDisk(std::vector<std::string> data_roots, const Clock& clock)
      : clock_(clock), data_roots_(std::move(data_roots)) {}

  // An engine said where it keeps its files. Thread-safe.
  void AddRoot(const std::string& data_root);

  RuntimeKind runtime() const override { return RuntimeKind::kDocker; }
  Result<std::optional<DiskRecord>> Find(std::string_view cgroup, const CgroupName& name) override;
  std::vector<std::string> roots() const override;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::string> data_roots_;
};

}  // namespace plimsoll::runtime
