#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/runtime/directory.h"
#include "model/result.h"

namespace plimsoll {

// What the command line says of a serving Plimsoll.
struct ServeOptions {
  std::string config_file;  // empty: built-in defaults
  std::vector<std::string> listen_addresses{"127.0.0.1:9797"};
  std::string web_config_file;
  std::string telemetry_path = "/metrics";
  bool enable_lifecycle = false;
  bool enable_admin_api = false;
  std::string storage_path;                           // empty: the file's
  std::optional<std::chrono::milliseconds> interval;  // overrides the file's
  runtime::HostPaths paths;
};

// The whole program, wired: directory -> collector -> {exposition, store -> live events} -> server.
class Exporter {
 public:
  explicit Exporter(ServeOptions options);
  ~Exporter();  // stops

  // Fails when the configuration is faulty, the host has no cgroups that can be
  // read, or an address cannot be listened on.
  Result<void> Start();
  void Stop();

  // Takes the configuration file anew: whole, or not at all. The old one stays
  // when the new one is faulty. Callable from any thread.
  Result<void> Reload();

  std::vector<std::string> addresses() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plimsoll
