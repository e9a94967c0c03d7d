#include "exporter/collect/hierarchy.h"

#include <dirent.h>
#include <unistd.h>

#include <memory>

namespace plimsoll::collect {
namespace {

bool Exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// "cpu,cpuacct" holds "cpuacct".
bool HoldsController(std::string_view directory, std::string_view controller) {
  while (!directory.empty()) {
    const size_t comma = directory.find(',');
    if (directory.substr(0, comma) == controller) return true;
    if (comma == std::string_view::npos) return false;
    directory.remove_prefix(comma + 1);
  }
  return false;
}

struct Controller {
  Tree tree;
  const char* name;
  const char* proof;  // a file that its mounted root has; empty where a root has no file of the controller's
};

constexpr Controller kV1Controllers[] = {
    {Tree::kCpu, "cpu", "cpu.shares"},
    {Tree::kCpuacct, "cpuacct", "cpuacct.usage"},
    {Tree::kMemory, "memory", "memory.stat"},
    {Tree::kBlkio, "blkio", ""},
    {Tree::kPids, "pids", ""},
    {Tree::kHugetlb, "hugetlb", ""},
};

}  // namespace

std::vector<Tree> Hierarchies::watched() const {
  if (mode == CgroupMode::kV2) return {Tree::kUnified};
  std::vector<Tree> trees;
  for (const Tree tree : {Tree::kMemory, Tree::kCpuacct})
    if (!(*this)[tree].empty()) trees.push_back(tree);
  return trees;
}

Result<Hierarchies> FindHierarchies(const std::string& sysfs) {
  const std::string base = sysfs + "/fs/cgroup";
  Hierarchies found;
  if (Exists(base + "/cgroup.controllers")) {
    found.mode = CgroupMode::kV2;
    found.root[static_cast<size_t>(Tree::kUnified)] = base;
    return found;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(base.c_str()), ::closedir);
  if (!dir)
    return Fail(ErrnoError(base).message +
                "; mount the host's /sys (read-only) and name it with --path.sysfs");
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string root = base + "/" + entry->d_name;
    for (const Controller& controller : kV1Controllers) {
      std::string& slot = found.root[static_cast<size_t>(controller.tree)];
      // "cpu" is often a symbolic link to "cpu,cpuacct": either name will do, the first is kept.
      if (slot.empty() && HoldsController(entry->d_name, controller.name) &&
          Exists(root + "/" + controller.proof))
        slot = root;
    }
    if (entry->d_name == std::string_view("unified") && Exists(root + "/cgroup.controllers"))
      found.root[static_cast<size_t>(Tree::kUnified)] = root;
  }
  if (found[Tree::kMemory].empty() && found[Tree::kCpuacct].empty())
    return Fail(base + ": no cgroup hierarchy with a memory or cpuacct controller is mounted there");
  found.mode = found[Tree::kUnified].empty() ? CgroupMode::kV1 : CgroupMode::kHybrid;
  return found;
}

}  // namespace plimsoll::collect
