#pragma once

#include <cstdint>
#include <string>

#include "exporter/collect/file_text.h"
#include "model/sample.h"

namespace plimsoll::collect {

// /proc/PID/stat: the state letter after the command's closing parenthesis.
//     1234 (a (strange) name) S 1 ...
// 0 when the text is not that.
char ParseProcessState(std::string_view stat);

// The soft limit in /proc/PID/limits; absent where there is none:
//
//     Max open files            1024                 524288               files
Figure ParseOpenFilesLimit(std::string_view limits);

// Counts /proc/PID/net/tcp (or tcp6) by state number; /proc/PID/net/udp (or udp6).
//   sl  local_address rem_address   st tx_queue rx_queue ...
//    0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 ...
bool ParseTcpTable(std::string_view text, std::array<uint64_t, 12>& by_state);
bool ParseUdpTable(std::string_view text, SocketCounts::Udp& counts);

// The costly groups, read by opening files anew at every beat: off by default.
class Extras {
 public:
  // Looking at a descriptor costs a system call, and a user may open a million in each of his processes.
  static constexpr uint64_t kMostDescriptors = 20'000;  // of one cgroup
  static constexpr uint64_t kMostDescriptorsABeat = 100'000;

  Extras(std::string procfs, bool v2) : procfs_(std::move(procfs)), v2_(v2) {}

  void BeginBeat() { descriptors_left_ = kMostDescriptorsABeat; }

  // Groups tcp and udp, in the network namespace of `pid`.
  void ReadSockets(int64_t pid, uint8_t groups, ContainerSample& sample);
  // Group process: every process of the cgroup at `directory`. Absent when all are in cgroups below it.
  // Descriptors and sockets are absent when there are more than may be looked at.
  void ReadProcesses(const std::string& directory, ContainerSample& sample);
  // Group hugetlb: every page size the cgroup at `directory` knows.
  void ReadHugePages(const std::string& directory, ContainerSample& sample);

 private:
  std::string procfs_;
  bool v2_;
  uint64_t descriptors_left_ = kMostDescriptorsABeat;
  FileText procs_, text_;
};

}  // namespace plimsoll::collect
