#include "exporter/collect/machine.h"

#include <dirent.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <memory>
#include <set>

#include "exporter/collect/file_text.h"
#include "exporter/collect/host.h"

namespace plimsoll::collect {
namespace {

std::string TextOrEmpty(const std::string& path) { return ReadSmallFile(path).value_or(""); }

// PRETTY_NAME="Debian GNU/Linux 12 (bookworm)", os-release(5)
std::string PrettyName(const std::string& os_release) {
  constexpr std::string_view kKey = "PRETTY_NAME=";
  const size_t at = os_release.find(kKey);
  if (at == std::string::npos) return {};
  std::string value = os_release.substr(at + kKey.size());
  value = value.substr(0, value.find('\n'));
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\''))
    value = value.substr(1, value.size() - 2);
  return value;
}

// Counts CPUs, and the different cores and packages they are threads of
// (Documentation/admin-guide/cputopology.rst). Unknown counts stay 0.
void ReadTopology(const std::string& sysfs, MachineInfo& machine) {
  const std::string base = sysfs + "/devices/system/cpu";
  std::set<std::pair<std::string, std::string>> cores;
  std::set<std::string> packages;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(base.c_str()), ::closedir);
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (name.size() < 4 || name.compare(0, 3, "cpu") != 0 ||
        name.find_first_not_of("0123456789", 3) != name.npos)
      continue;
    if (TextOrEmpty(base + "/" + name + "/online") == "0") continue;
    ++machine.cpu_cores;
    const std::string topology = base + "/" + name + "/topology/";
    const std::string package = TextOrEmpty(topology + "physical_package_id");
    const std::string core = TextOrEmpty(topology + "core_id");
    if (!package.empty()) packages.insert(package);
    if (!core.empty()) cores.insert({package, core});
  }
  machine.physical_cores = static_cast<uint32_t>(cores.size());
  machine.sockets = static_cast<uint32_t>(packages.size());
}

}  // namespace

MachineInfo ReadMachineInfo(const runtime::HostPaths& paths) {
  MachineInfo machine;
  ReadTopology(paths.sysfs, machine);
  if (machine.cpu_cores == 0) machine.cpu_cores = static_cast<uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN));
  HostSample host;
  Figure free;
  FileText text;
  const std::string_view meminfo = text.ReadPath((paths.procfs + "/meminfo").c_str());
  if (meminfo.data()) ParseMeminfo(meminfo, host, free);
  machine.memory_bytes = host.memory_total.value_or(0);
  machine.swap_bytes = host.swap_total.value_or(0);
  const std::string root = paths.rootfs == "/" ? "" : paths.rootfs;
  machine.machine_id = TextOrEmpty(root + "/etc/machine-id");
  machine.system_uuid = TextOrEmpty(paths.sysfs + "/class/dmi/id/product_uuid");
  // A guest without firmware tables has none; cAdvisor, too, shows the machine's id then.
  if (machine.system_uuid.empty()) machine.system_uuid = machine.machine_id;
  machine.boot_id = TextOrEmpty(paths.procfs + "/sys/kernel/random/boot_id");
  std::string os_release = TextOrEmpty(root + "/etc/os-release");
  if (os_release.empty()) os_release = TextOrEmpty(root + "/usr/lib/os-release");
  machine.os_version = PrettyName(os_release);
  utsname names{};
  if (::uname(&names) == 0) machine.kernel_version = names.release;
  // In a container the kernel tells the container's name; the host's stands in its own file.
  if (!root.empty()) machine.host_name = TextOrEmpty(root + "/etc/hostname");
  if (machine.host_name.empty()) machine.host_name = names.nodename;
  return machine;
}

}  // namespace plimsoll::collect
