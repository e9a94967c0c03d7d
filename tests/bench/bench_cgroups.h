#pragma once

#include <string>
#include <vector>

namespace plimsoll::bench {

// N real cgroups in every hierarchy of this host, each with one sleeping
// process in a network namespace of its own, and Docker's metadata for each in
// a root directory made for the purpose. All is removed at the end.
class BenchCgroups {
 public:
  // Exits with a message and status 77 when this needs more rights than we have.
  // The first `working` of the processes wake up five times a second.
  explicit BenchCgroups(int count, int working = 0);
  ~BenchCgroups();
  BenchCgroups(const BenchCgroups&) = delete;

  const std::string& rootfs() const { return rootfs_; }

 private:
  std::vector<std::string> trees_;  // absolute roots of the hierarchies
  std::vector<int> processes_;
  std::vector<std::string> cgroups_;  // "/plimsoll-bench-PID/<id>"
  std::string parent_, rootfs_;
};

}  // namespace plimsoll::bench
