#include "exporter/cli/known_difference.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace plimsoll::cli {
namespace {

constexpr std::string_view kUncounted = "cAdvisor shows 0 unless it runs with -enable_load_reader";
constexpr std::string_view kNoMemoryModules =
    "cAdvisor shows 0 where there are no memory modules of that kind";
constexpr std::string_view kUnknownDisk =
    "cAdvisor shows 0 for what the kernel does not count of a container's disk";
constexpr std::string_view kNoDisk = "file systems that lie on no disk are left out (tmpfs, overlay)";
constexpr std::string_view kHostNetwork = "the host's network is shown under id=\"/\" alone";
constexpr std::string_view kMicro =
    "cAdvisor shows a millionth of the seconds: it takes milliseconds for nanoseconds";
constexpr std::string_view kOwnInodes =
    "cAdvisor shows the container's own inodes as the total, and none free";
constexpr std::string_view kWithLog = "cAdvisor adds the container's log to its writable layer";
constexpr std::string_view kMomentary = "reads and writes in flight are others at every look";
constexpr std::string_view kNotWalked = "cAdvisor shows 0 until it has walked the container's disk";
constexpr std::string_view kOwnFaults = "cAdvisor shows the cgroup's own faults for scope=\"hierarchy\" too";
constexpr std::string_view kCreated =
    "cAdvisor shows a container's creation, or when it first saw a cgroup; here it is the last start";
constexpr std::string_view kNoController =
    "cAdvisor shows 0 for the processor time of a cgroup that has no controller for it";

bool IsNear(double a, double b, double tolerance) {
  return std::fabs(a - b) <= tolerance * std::max(std::fabs(a), std::fabs(b));
}

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// From statfs, or from walking the writable layer.
bool IsOfSpace(std::string_view family) {
  return IsOneOf(family, {"container_fs_inodes_free", "container_fs_inodes_total", "container_fs_limit_bytes",
                          "container_fs_usage_bytes"});
}

bool IsOnDisk(std::string_view device) { return device.starts_with("/dev/") && device != "/dev/shm"; }

std::string_view WhyMissing(const SeriesPair& pair) {
  const std::string_view family = pair.family, id = LabelOf(pair.theirs, "id");
  const bool is_zero = pair.theirs.value == 0;
  if (is_zero && IsOneOf(family, {"container_cpu_load_average_10s", "container_tasks_state"}))
    return kUncounted;
  if (is_zero && IsOneOf(family, {"container_cpu_system_seconds_total", "container_cpu_user_seconds_total"}))
    return kNoController;
  if (is_zero && family.starts_with("machine_nvm_")) return kNoMemoryModules;
  if (family.starts_with("container_fs_")) {
    if (id == "/" && !IsOnDisk(LabelOf(pair.theirs, "device"))) return kNoDisk;
    if (id != "/" && is_zero && !IsOfSpace(family)) return kUnknownDisk;
  }
  // Containers without a network of their own: theirs are the host's figures once more.
  if (family.starts_with("container_network_") && id != "/" && pair.their_root != nullptr &&
      IsNear(pair.theirs.value, pair.their_root->value, 0.05))
    return kHostNetwork;
  return {};
}

std::string_view WhyAnother(const SeriesPair& pair) {
  const std::string_view family = pair.family;
  const double theirs = pair.theirs.value, ours = pair.ours->value;
  if (family == "container_tasks_state" && theirs == 0) return kUncounted;
  if (family.starts_with("container_fs_") && family.ends_with("_seconds_total") &&
      IsNear(theirs * 1e6, ours, 0.05))
    return kMicro;
  if (family == "container_memory_failures_total" && LabelOf(pair.theirs, "scope") == "hierarchy" &&
      theirs < ours)
    return kOwnFaults;
  if (family == "container_start_time_seconds") return kCreated;
  if (family == "container_fs_io_current") return kMomentary;
  if (LabelOf(pair.theirs, "id") == "/") return {};
  if (family == "container_fs_inodes_total" && theirs < ours) return kOwnInodes;
  if (family == "container_fs_inodes_free" && theirs == 0) return kOwnInodes;
  if (family == "container_fs_usage_bytes") return theirs > ours ? kWithLog : theirs == 0 ? kNotWalked : "";
  return {};
}

}  // namespace

std::string_view LabelOf(const ExposedSeries& series, std::string_view name) {
  for (const auto& [key, value] : series.labels)
    if (key == name) return value;
  return {};
}

std::string_view WhyOnPurpose(const SeriesPair& pair) {
  return pair.ours == nullptr ? WhyMissing(pair) : WhyAnother(pair);
}

std::string_view GroupOf(std::string_view family, const ExposedSeries& theirs) {
  if (family == "container_cpu_usage_seconds_total" && LabelOf(theirs, "cpu") != "total") return "percpu";
  if (IsOfSpace(family) && LabelOf(theirs, "id") != "/") return "disk";
  return {};
}

}  // namespace plimsoll::cli
