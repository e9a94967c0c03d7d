#pragma once

#include <functional>
#include <map>

#include "exporter/runtime/directory.h"
#include "unit/runtime/fake_engine.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {

using Claim = Directory::Claim;

inline const std::string kA = FullId('a');
inline const std::string kB = FullId('b');

inline std::string DockerConfig(const std::string& id, const std::string& name, const std::string& state) {
  return "{\"ID\":\"" + id + "\",\"Name\":\"/" + name +
         "\",\"Config\":{\"Image\":\"i:1\",\"Labels\":{\"k\":\"v\"}}," +
         "\"RestartCount\":0,\"State\":" + state + "}";
}
inline const std::string kRunning =
    R"({"Running":true,"StartedAt":"2026-11-23T05:30:29Z","Pid":42,"ExitCode":0})";
inline const std::string kExited = R"({"Running":false,"StartedAt":"2026-11-23T05:30:29Z","ExitCode":7})";

// A host of its own below a temporary root.
class DirectoryTest : public testing::Test {
 protected:
  DirectoryTest() { ::unsetenv("DOCKER_HOST"); }

  Directory& Start(const std::vector<std::string>& runtimes = {"auto"}) {
    config_.runtimes = runtimes;
    directory_ = std::make_unique<Directory>(config_, HostPaths{procfs_, "/sys", root_.path()}, clock_);
    directory_->Start();
    return *directory_;
  }
  void PutDocker(const std::string& id, const std::string& name, const std::string& state = kRunning) {
    ReplaceText(root_ / ("var/lib/docker/containers/" + id + "/config.v2.json"),
                DockerConfig(id, name, state));
    ReplaceText(root_ / ("var/lib/docker/containers/" + id + "/hostconfig.json"),
                R"({"NetworkMode":"host"})");
  }
  // Takes changes until one of `id` satisfies `condition`.
  bool Changes(const std::string& id, const std::function<bool(const Container&)>& condition) {
    return Eventually([&] {
      for (const auto& who : directory_->TakeChanges()) newest_[who->id] = who;
      const auto found = newest_.find(id);
      return found != newest_.end() && condition(*found->second);
    });
  }
  bool HealthHas(RuntimeKind runtime, const std::string& endpoint, bool up) {
    const auto health = directory_->health();
    for (const RuntimeHealth& one : *health)
      if (one.runtime == runtime && one.endpoint.find(endpoint) != std::string::npos && one.up == up)
        return true;
    return false;
  }

  TempFolder root_;
  std::string procfs_ = "/proc";
  ManualClock clock_;
  CollectorConfig config_;
  std::unique_ptr<Directory> directory_;
  std::map<std::string, std::shared_ptr<const Container>> newest_;
};

}  // namespace plimsoll::runtime
