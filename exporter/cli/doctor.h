#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exporter/cli/finding.h"
#include "exporter/runtime/directory.h"
#include "exporter/runtime/engine_http.h"
#include "model/result.h"

namespace plimsoll::cli {

// What Plimsoll would be started with.
struct DoctorOrder {
  runtime::HostPaths paths;
  std::string config_file, web_config_file;  // empty: none
  std::string storage_path;                  // empty: the configuration's
  std::vector<std::string> listen_addresses{"127.0.0.1:9797"};
};

struct ClockState {
  bool is_synchronised = false;
  std::chrono::microseconds most_error{0};  // as the kernel estimates it
};

struct FileSystemState {
  uint64_t free_bytes = 0;  // for who we are
  bool is_read_only = false;
  int64_t magic = 0;  // statfs(2) f_type
};

// What cannot be read from files below DoctorOrder::paths. Tests put their own here.
struct Surroundings {
  std::string own_procfs = "/proc";  // of our own PID namespace
  std::string docker_host;           // $DOCKER_HOST
  uint64_t descriptor_limit = 0;     // the hard one: Plimsoll raises itself to it
  std::function<Result<ClockState>()> clock;
  std::function<Result<FileSystemState>(const std::string& directory)> file_system;
  // Whether we may read, write, search: access(2) with our effective ids, as an errno, 0 for yes.
  std::function<int(const std::string& path, int mode)> access;
  std::function<Result<runtime::HttpAnswer>(const std::string& socket, const std::string& target)> ask;
  std::function<Result<void>(const std::string& listen_address)> probe_bind;
};

// Those of this process.
Surroundings RealSurroundings();

// Looks at everything. Changes nothing on the host: sockets are asked for their version, an
// address is bound for a moment.
Findings Examine(const DoctorOrder& order, const Surroundings& around);

}  // namespace plimsoll::cli
