#include <filesystem>

#include "exporter/cli/doctor_checks.h"
#include "exporter/collect/file_text.h"
#include "exporter/collect/text.h"

namespace plimsoll::cli {
namespace {

using collect::Hierarchies;
using collect::Tree;
using Mode = collect::CgroupMode;

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

// "" when it cannot be read.
std::string TextOf(const std::string& path) { return collect::ReadSmallFile(path).value_or(""); }

bool HasWord(std::string_view text, std::string_view word) {
  collect::TextCursor cursor(text);
  for (std::string_view found = cursor.Word(); !found.empty(); found = cursor.Word())
    if (found == word) return true;
  return false;
}

// The first cgroup below a root that has this file. Roots lack many.
std::string ChildWith(const std::string& root, const std::string& file) {
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator(root, error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error))
    if (at->is_directory(error) && Exists(at->path() / file)) return at->path();
  return {};
}

bool HasChild(const std::string& root) { return !ChildWith(root, "cgroup.procs").empty(); }

// What the kernel was started with that switches memory figures off.
std::string MemorySwitch(const std::string& cmdline) {
  collect::TextCursor cursor(cmdline);
  for (std::string_view word = cursor.Word(); !word.empty(); word = cursor.Word()) {
    if (!word.starts_with("cgroup_disable=")) continue;
    if (word.find("memory") != std::string_view::npos) return std::string(word);
  }
  return {};
}

void CheckMemory(const Hierarchies& found, const std::string& cmdline, Findings& findings) {
  const bool is_there = found.mode == Mode::kV2
                            ? HasWord(TextOf(found[Tree::kUnified] + "/cgroup.controllers"), "memory")
                            : !found[Tree::kMemory].empty();
  if (is_there) {
    findings.push_back({Level::kOk, "memory cgroup", "on", ""});
    return;
  }
  const std::string off = MemorySwitch(cmdline);
  findings.push_back({Level::kFail, "memory cgroup",
                      off.empty() ? "off: no container has memory figures, and no memory alert can fire"
                                  : "off by " + off + ": no container has memory figures or memory alerts",
                      off.empty()
                          ? "boot with cgroup_enable=memory (Raspberry Pi: in cmdline.txt; some kernels "
                            "also want cgroup_memory=1); on cgroup v1, mount the memory controller"
                          : "take " + off + " off the kernel's command line and boot"});
}

void CheckControllers(const Hierarchies& found, Findings& findings) {
  std::string missing, disabled;
  const auto name = [](std::string& list, const char* word) {
    list += (list.empty() ? "" : ", ") + std::string(word);
  };
  if (found.mode == Mode::kV2) {
    const std::string there = TextOf(found[Tree::kUnified] + "/cgroup.controllers");
    const std::string handed_down = TextOf(found[Tree::kUnified] + "/cgroup.subtree_control");
    for (const char* controller : {"cpu", "io", "memory", "pids"}) {
      if (!HasWord(there, controller)) {
        if (controller != std::string_view("memory")) name(missing, controller);
      } else if (!HasWord(handed_down, controller)) {
        name(disabled, controller);
      }
    }
  } else {
    constexpr std::pair<Tree, const char*> kTrees[] = {
        {Tree::kCpu, "cpu"}, {Tree::kCpuacct, "cpuacct"}, {Tree::kBlkio, "blkio"}, {Tree::kPids, "pids"}};
    for (const auto& [tree, word] : kTrees)
      if (found[tree].empty()) name(missing, word);
  }
  if (missing.empty() && disabled.empty())
    findings.push_back({Level::kOk, "controllers", "all that Plimsoll reads", ""});
  if (!missing.empty())
    findings.push_back(
        {Level::kWarn, "controllers", "missing: " + missing + "; their figures stay absent",
         found.mode == Mode::kV2
             ? "the kernel must have them, and none of them may be mounted as cgroup v1"
             : "mount them below " + std::string("/sys/fs/cgroup") + ", or boot with cgroup v2"});
  if (!disabled.empty())
    findings.push_back({Level::kWarn, "controllers",
                        "not handed to cgroups below the root: " + disabled + "; their figures stay absent",
                        "runtimes do it when they start a container; else write \"+NAME\" for each into "
                        "cgroup.subtree_control, under systemd set DefaultIOAccounting=yes and the like"});
}

// A cgroup namespace of our own, or a part of the tree mounted as its root.
void CheckRoot(const Hierarchies& found, Findings& findings) {
  const bool is_part = found.mode == Mode::kV2 ? Exists(found[Tree::kUnified] + "/cgroup.type")
                                               : !found[Tree::kMemory].empty() &&
                                                     !Exists(found[Tree::kMemory] + "/release_agent");
  if (!is_part) return;
  findings.push_back({Level::kFail, "cgroup root",
                      "this is not the root of the host's cgroups: containers outside this part are not seen",
                      "mount the host's /sys (docker: -v /sys:/host/sys:ro --cgroupns=host) and name it with "
                      "--path.sysfs=/host/sys"});
}

void CheckSwap(const Hierarchies& found, const std::string& meminfo, Findings& findings) {
  const size_t at = meminfo.find("SwapTotal:");
  if (at != std::string::npos) {
    collect::TextCursor cursor(std::string_view(meminfo).substr(at + 10));
    uint64_t total = 0;
    cursor.SkipSpaces();
    if (cursor.Uint(total) && total == 0) {
      findings.push_back({Level::kOk, "swap", "the host has none", ""});
      return;
    }
  }
  bool counts;
  if (found.mode == Mode::kV2) {
    const std::string child = ChildWith(found[Tree::kUnified], "memory.current");
    if (child.empty()) return;  // nobody's memory is counted: said above, or there is no cgroup yet
    counts = Exists(child + "/memory.swap.current");
  } else {
    if (found[Tree::kMemory].empty()) return;
    counts = Exists(found[Tree::kMemory] + "/memory.memsw.usage_in_bytes");
  }
  if (counts)
    findings.push_back({Level::kOk, "swap", "is counted by container", ""});
  else
    findings.push_back({Level::kWarn, "swap",
                        "is not counted by container: container_memory_swap may be missing",
                        "boot with swapaccount=1"});
}

// Opened and read: with psi=0 the files may be there and refuse.
void CheckPressure(const Hierarchies& found, const std::string& procfs, Findings& findings) {
  if (TextOf(procfs + "/pressure/cpu").empty()) {
    findings.push_back(
        {Level::kWarn, "pressure", "the kernel does not measure it (PSI is off)",
         "boot with psi=1, on a kernel with CONFIG_PSI; pressure rules stay silent until then"});
    return;
  }
  const std::string& unified = found[Tree::kUnified];
  const bool by_container =
      !unified.empty() && (!HasChild(unified) || !ChildWith(unified, "cpu.pressure").empty());
  if (by_container)
    findings.push_back({Level::kOk, "pressure", "is measured by container", ""});
  else
    findings.push_back(
        {Level::kWarn, "pressure", "is measured for the host, not by container",
         "the kernel has it by container on cgroup v2 alone (systemd.unified_cgroup_hierarchy=1)"});
}

}  // namespace

std::optional<Hierarchies> CheckCgroups(const runtime::HostPaths& paths, Findings& findings) {
  Result<Hierarchies> found = collect::FindHierarchies(paths.sysfs);
  const std::string cmdline = TextOf(paths.procfs + "/cmdline");
  if (!found) {
    findings.push_back({Level::kFail, "cgroup", found.error().message,
                        "without cgroups Plimsoll does not start; inside a container mount the host's /sys"});
    return std::nullopt;
  }
  const char* const mode = found->mode == Mode::kV2       ? "version 2"
                           : found->mode == Mode::kHybrid ? "version 1, with version 2 beside it (hybrid)"
                                                          : "version 1";
  findings.push_back({Level::kOk, "cgroup", mode, ""});
  CheckRoot(*found, findings);
  CheckMemory(*found, cmdline, findings);
  CheckControllers(*found, findings);
  CheckSwap(*found, TextOf(paths.procfs + "/meminfo"), findings);
  CheckPressure(*found, paths.procfs, findings);
  return *found;
}

}  // namespace plimsoll::cli
