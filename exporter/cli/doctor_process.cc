#include <linux/capability.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <set>

#include "exporter/cli/doctor_checks.h"
#include "exporter/collect/file_text.h"
#include "exporter/collect/text.h"

namespace plimsoll::cli {
namespace {

// As README says: each cgroup's files stay open.
constexpr uint64_t kDescriptorsOfCgroup = 20, kDescriptorsOfOurs = 256;
// A watch in each watched tree, and those on runtimes' folders.
constexpr uint64_t kWatchesOfCgroup = 2, kWatchesOfOurs = 1024;
constexpr uint64_t kLeastInstances = 32;
// The initial PID namespace, in every kernel (PROC_PID_INIT_INO).
constexpr const char* kHostPids = "pid:[4026531836]";

std::string LinkOf(const std::string& path) {
  std::array<char, 256> text{};
  const ssize_t length = ::readlink(path.c_str(), text.data(), text.size());
  return length < 0 ? std::string() : std::string(text.data(), static_cast<size_t>(length));
}

std::optional<uint64_t> NumberIn(const std::string& path) {
  const auto text = collect::ReadSmallFile(path);
  if (!text) return std::nullopt;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

// Names of /proc/PID/net/dev, sorted:
//   eth0: 1234 ...
std::set<std::string> InterfacesOf(const std::string& process) {
  std::set<std::string> names;
  const std::string text = collect::ReadSmallFile(process + "/net/dev").value_or("");
  collect::TextCursor cursor(text);
  while (!cursor.done()) {
    collect::TextCursor line(cursor.Line());
    const std::string_view word = line.Word();
    if (const size_t colon = word.find(':'); colon != std::string_view::npos)
      names.emplace(word.substr(0, colon));
  }
  return names;
}

void CheckNetwork(const runtime::HostPaths& paths, const Surroundings& around, Findings& findings) {
  const std::string self = around.own_procfs + "/self", first = paths.procfs + "/1";
  const std::string ours = LinkOf(self + "/ns/net"), hosts = LinkOf(first + "/ns/net");
  const bool is_known = !ours.empty() && !hosts.empty();
  // Some do not even let root see the first process's: then its interfaces tell.
  const auto our_names = InterfacesOf(self), host_names = InterfacesOf(first);
  if (is_known ? ours == hosts : !host_names.empty() && our_names == host_names)
    findings.push_back(
        {Level::kOk, "network",
         is_known ? "this is the host's" : "this seems to be the host's: its interfaces are here", ""});
  else if (!is_known && host_names.empty())
    findings.push_back({Level::kWarn, "network", "whether this is the host's network cannot be known",
                        "run as root, or give Plimsoll CAP_SYS_PTRACE"});
  else
    findings.push_back({Level::kWarn, "network",
                        "this is not the host's network: ports are those of the container",
                        "publish the port (listening on 0.0.0.0), or run with the host's network (docker: "
                        "--network=host)"});
}

// Whose processes and whose network are seen.
void CheckNamespaces(const runtime::HostPaths& paths, const Surroundings& around, Findings& findings) {
  if (around.access(paths.procfs + "/1/stat", R_OK) != 0) {
    findings.push_back({Level::kFail, "processes", paths.procfs + "/1 cannot be seen",
                        "inside a container mount the host's /proc (-v /proc:/host/proc:ro) and name it with "
                        "--path.procfs; with hidepid= on /proc, run as root"});
    return;
  }
  // Of a mounted procfs, "self" is us in its PID namespace.
  const std::string pids = LinkOf(paths.procfs + "/self/ns/pid");
  if (!pids.empty() && pids != kHostPids && paths.procfs == around.own_procfs)
    findings.push_back({Level::kWarn, "processes",
                        "this is a PID namespace of its own: the host's processes are not seen",
                        "inside a container mount the host's /proc (-v /proc:/host/proc:ro) and name it with "
                        "--path.procfs"});
  else
    findings.push_back({Level::kOk, "processes", "those of the host are seen", ""});
  CheckNetwork(paths, around, findings);
}

void CheckCapabilities(const Surroundings& around, Findings& findings) {
  const auto status = collect::ReadSmallFile(around.own_procfs + "/self/status");
  const auto bits = status ? ParseCapabilities(*status) : std::nullopt;
  if (!bits) {
    findings.push_back({Level::kWarn, "capabilities", "cannot be read", "mount /proc"});
    return;
  }
  const auto has = [&](int capability) { return (*bits >> capability & 1) != 0; };
  std::string missing, without;
  const auto lacks = [&](const char* name, const char* what) {
    missing += (missing.empty() ? "" : ", ") + std::string(name);
    without += (without.empty() ? "" : ", ") + std::string(what);
  };
  if (!has(CAP_SYS_PTRACE)) lacks("CAP_SYS_PTRACE", "network figures of other users' containers");
  // CAP_DAC_OVERRIDE is more than it.
  if (!has(CAP_DAC_READ_SEARCH) && !has(CAP_DAC_OVERRIDE)) lacks("CAP_DAC_READ_SEARCH", "some names");
  if (missing.empty())
    findings.push_back({Level::kOk, "capabilities", "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are there", ""});
  else
    findings.push_back({Level::kWarn, "capabilities", "missing: " + missing + "; without: " + without,
                        "run as root, or give them (systemd: AmbientCapabilities=, docker: --cap-add=)"});
}

void CheckLimits(const std::string& procfs, const Surroundings& around, uint64_t cgroups,
                 Findings& findings) {
  const uint64_t files = kDescriptorsOfOurs + kDescriptorsOfCgroup * cgroups;
  const std::string of = std::to_string(around.descriptor_limit) + " files may be open, " +
                         std::to_string(cgroups) + " cgroups want " + std::to_string(files);
  if (around.descriptor_limit >= files)
    findings.push_back({Level::kOk, "descriptors", of, ""});
  else
    findings.push_back(
        {Level::kWarn, "descriptors", of + ": the rest is opened anew at every beat, which costs time",
         "raise the hard limit (systemd: LimitNOFILE=, docker: --ulimit nofile=, shell: ulimit -Hn)"});
  const auto watches = NumberIn(procfs + "/sys/fs/inotify/max_user_watches");
  const auto instances = NumberIn(procfs + "/sys/fs/inotify/max_user_instances");
  const uint64_t wanted = kWatchesOfOurs + kWatchesOfCgroup * cgroups;
  if (!watches || !instances) {
    findings.push_back({Level::kWarn, "inotify", "its limits cannot be read",
                        "without inotify containers are found at the next beat, not at once"});
    return;
  }
  const std::string said = std::to_string(*watches) + " watches and " + std::to_string(*instances) +
                           " instances a user, about " + std::to_string(wanted) + " watches wanted";
  if (*watches >= wanted && *instances >= kLeastInstances)
    findings.push_back({Level::kOk, "inotify", said, ""});
  else
    findings.push_back({Level::kWarn, "inotify", said + ": new containers may be seen late",
                        "sysctl fs.inotify.max_user_watches=65536 fs.inotify.max_user_instances=256"});
}

void CheckClock(const Surroundings& around, Findings& findings) {
  const Result<ClockState> clock = around.clock();
  if (!clock)
    findings.push_back({Level::kWarn, "clock",
                        "whether it is synchronised cannot be known: " + clock.error().message,
                        "see that a time service runs on the host"});
  else if (clock->is_synchronised)
    findings.push_back(
        {Level::kOk, "clock",
         "is synchronised, wrong by " + std::to_string(clock->most_error.count() / 1000) + " ms at most",
         ""});
  else
    findings.push_back({Level::kWarn, "clock",
                        "is not synchronised: history and alerts may carry wrong timestamps",
                        "run a time service (chrony, systemd-timesyncd)"});
}

}  // namespace

std::optional<uint64_t> ParseCapabilities(std::string_view status) {
  constexpr std::string_view kKey = "CapEff:";
  size_t at = status.find(kKey);
  if (at == std::string_view::npos || (at != 0 && status[at - 1] != '\n')) return std::nullopt;
  at = status.find_first_not_of(" \t", at + kKey.size());
  if (at == std::string_view::npos) return std::nullopt;
  uint64_t bits = 0;
  const auto [end, error] = std::from_chars(status.data() + at, status.data() + status.size(), bits, 16);
  if (error != std::errc()) return std::nullopt;
  return bits;
}

void CheckProcess(const runtime::HostPaths& paths, const Surroundings& around, size_t cgroups,
                  Findings& findings) {
  CheckNamespaces(paths, around, findings);
  CheckCapabilities(around, findings);
  CheckLimits(paths.procfs, around, cgroups, findings);
  CheckClock(around, findings);
}

}  // namespace plimsoll::cli
