#include "exporter/runtime/sign_of_life.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "exporter/runtime/engines.h"
#include "exporter/runtime/small_file.h"

namespace plimsoll::runtime {
namespace {

bool Exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// The process that a PID file names, "812\n", while it lives.
std::optional<std::string> LivingProcess(const std::string& pid_file, const std::string& procfs) {
  constexpr size_t kMaxBytes = 64;
  const auto text = ReadSmallFile(pid_file, kMaxBytes);
  if (!text || !*text) return std::nullopt;
  const std::string pid = (*text)->substr(0, (*text)->find_first_not_of("0123456789"));
  // Where others' processes are hidden (hidepid of proc(5)) the file has to do.
  const bool are_hidden = !Exists(JoinPath(procfs, "1"));
  if (pid.empty() || (!are_hidden && !Exists(JoinPath(procfs, pid)))) return std::nullopt;
  return pid;
}

// The number of the first of these cgroups that is there, in any hierarchy that systemd keeps.
std::optional<std::string> LivingService(const std::vector<std::string>& cgroups, const std::string& sysfs) {
  for (const char* tree : {"fs/cgroup", "fs/cgroup/systemd", "fs/cgroup/unified"}) {
    for (const std::string& cgroup : cgroups) {
      struct stat status {};
      const std::string path = JoinPath(JoinPath(sysfs, tree), cgroup);
      if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return std::to_string(status.st_ino);
    }
  }
  return std::nullopt;
}

// Where systemd runs podman.service for "/run/podman/podman.sock", or for the user of
// "/run/user/<uid>/podman/podman.sock".
std::vector<std::string> PodmanServices(const std::string& socket_path) {
  constexpr std::string_view kUsers = "/run/user/";
  const size_t at = socket_path.find(kUsers);
  if (at == std::string::npos) return {"system.slice/podman.service"};
  const size_t begin = at + kUsers.size();
  const std::string uid = socket_path.substr(begin, socket_path.find('/', begin) - begin);
  const std::string user = "user.slice/user-" + uid + ".slice/user@" + uid + ".service/";
  return {user + "app.slice/podman.service", user + "user.slice/podman.service", user + "podman.service"};
}

}  // namespace

SignOfLife SignOfLifeOf(const EngineSocket& socket, const HostPaths& paths) {
  constexpr std::chrono::seconds kWoken{30};  // Podman's service goes when nobody asked it for 5 seconds
  if (socket.is_configured || !Exists(JoinPath(paths.rootfs, "run/systemd/system"))) return {};
  if (socket.runtime == RuntimeKind::kPodman) {
    const auto look = [services = PodmanServices(socket.path), sysfs = paths.sysfs] {
      return LivingService(services, sysfs);
    };
    return {look, kWoken, false};
  }
  if (socket.path.find("/run/user/") != std::string::npos) return {};
  // The second is where Canonical's snap has it.
  const std::vector<std::string> pid_files{JoinPath(paths.rootfs, "run/docker.pid"),
                                           JoinPath(paths.rootfs, "run/snap.docker/docker.pid")};
  const auto look = [pid_files, procfs = paths.procfs]() -> std::optional<std::string> {
    for (const std::string& file : pid_files)
      if (auto pid = LivingProcess(file, procfs)) return pid;
    return std::nullopt;
  };
  return {look, std::chrono::milliseconds(0), true};
}

}  // namespace plimsoll::runtime
