#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.h"

namespace plimsoll::collect {

// The trees in which a kernel file of a cgroup may lie. On a v2 host all are kUnified.
enum class Tree : uint8_t { kCpu, kCpuacct, kMemory, kBlkio, kPids, kHugetlb, kUnified };
inline constexpr size_t kTreeCount = 7;

enum class CgroupMode : uint8_t { kNone, kV1, kHybrid, kV2 };

// Where the cgroup hierarchies of this host are mounted.
// Documentation/admin-guide/cgroup-v2.rst; cgroup-v1/cgroups.rst.
struct Hierarchies {
  CgroupMode mode = CgroupMode::kNone;
  std::array<std::string, kTreeCount> root;  // absolute, no '/' at the end; empty: not there

  const std::string& operator[](Tree tree) const { return root[static_cast<size_t>(tree)]; }

  // Trees in which a cgroup's coming and going is watched: the unified one on
  // v2; memory and cpuacct on v1, since a manager may use only some.
  std::vector<Tree> watched() const;
};

// Finds them by looking below `sysfs`/fs/cgroup. Fails when there is none, and says what to mount.
Result<Hierarchies> FindHierarchies(const std::string& sysfs);

}  // namespace plimsoll::collect
