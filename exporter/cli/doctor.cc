#include "exporter/cli/doctor.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "exporter/cli/doctor_checks.h"
#include "exporter/collect/file_text.h"
#include "exporter/collect/machine.h"
#include "exporter/http/listen_address.h"

namespace plimsoll::cli {
namespace {

constexpr size_t kMostCgroups = 100000;
constexpr runtime::HttpLimits kEngineLimits{std::chrono::milliseconds(3000), size_t{4} << 20};

// Asks and changes nothing (modes is 0).
Result<ClockState> AskClock() {
  timex kernel{};
  const int state = ::adjtimex(&kernel);
  if (state < 0) return tl::unexpected(ErrnoError("adjtimex"));
  return ClockState{state != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0,
                    std::chrono::microseconds(kernel.maxerror)};
}

Result<FileSystemState> AskFileSystem(const std::string& directory) {
  struct statfs system {};
  struct statvfs flags {};
  if (::statfs(directory.c_str(), &system) != 0 || ::statvfs(directory.c_str(), &flags) != 0)
    return tl::unexpected(ErrnoError(directory));
  return FileSystemState{uint64_t{flags.f_bavail} * flags.f_frsize, (flags.f_flag & ST_RDONLY) != 0,
                         static_cast<int64_t>(system.f_type)};
}

Result<void> ProbeAddress(const std::string& text) {
  const auto address = http::ParseListenAddress(text, http::ServesIpv6());
  if (!address) return tl::unexpected(address.error());
  return http::ProbeBind(*address);
}

// Folders of the tree in which every container has one.
size_t CountCgroups(const collect::Hierarchies& hierarchies) {
  size_t count = 1;
  for (const collect::Tree tree : hierarchies.watched()) {
    std::error_code error;
    size_t here = 1;
    auto at = std::filesystem::recursive_directory_iterator(
        hierarchies[tree], std::filesystem::directory_options::skip_permission_denied, error);
    for (; !error && at != std::filesystem::recursive_directory_iterator() && here < kMostCgroups;
         at.increment(error))
      here += at->is_directory(error);
    count = std::max(count, here);
  }
  return count;
}

}  // namespace

Surroundings RealSurroundings() {
  Surroundings around;
  if (const char* host = std::getenv("DOCKER_HOST")) around.docker_host = host;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) around.descriptor_limit = limit.rlim_max;
  around.clock = AskClock;
  around.file_system = AskFileSystem;
  around.access = [](const std::string& path, int mode) {
    return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0 ? 0 : errno;
  };
  around.ask = [](const std::string& socket, const std::string& target) -> Result<runtime::HttpAnswer> {
    const collect::Descriptor never(::eventfd(0, EFD_CLOEXEC));
    return runtime::HttpGet(socket, target, kEngineLimits, never.get());
  };
  around.probe_bind = ProbeAddress;
  return around;
}

Findings Examine(const DoctorOrder& order, const Surroundings& around) {
  Findings findings;
  const MachineInfo machine = collect::ReadMachineInfo(order.paths);
  findings.push_back({Level::kOk, "host",
                      "kernel " + (machine.kernel_version.empty() ? "unknown" : machine.kernel_version) +
                          ", " + (machine.os_version.empty() ? "unknown system" : machine.os_version) + ", " +
                          std::to_string(machine.cpu_cores) + " cores",
                      ""});
  const Config config = CheckConfiguration(order, findings);
  const auto hierarchies = CheckCgroups(order.paths, findings);
  CheckRuntimes(config.collector, order.paths, around, findings);
  CheckProcess(order.paths, around, hierarchies ? CountCgroups(*hierarchies) : 0, findings);
  StorageConfig storage = config.storage;
  if (!order.storage_path.empty()) storage.path = order.storage_path;
  CheckStorage(storage, around, findings);
  CheckAddresses(order, around, findings);
  return findings;
}

}  // namespace plimsoll::cli
