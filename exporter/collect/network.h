#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exporter/collect/file_text.h"
#include "model/clock.h"
#include "model/container.h"
#include "model/sample.h"

namespace plimsoll::collect {

// The network of one container: /proc/PID/net/dev of its first process, kept
// open. The open file holds the network namespace itself, so a pid that is
// reused later cannot mislead it; therefore it must be dropped when the
// container ends, or the kernel keeps a dead container's interfaces alive.
class ContainerNetwork {
 public:
  // Who may configure a container's network may make any number of interfaces there.
  static constexpr size_t kMostInterfaces = 64;

  // Finds the namespace of `pid`. Stays closed when that is the host's own
  // (host networking has no series of its own) or cannot be told.
  void Open(const std::string& procfs, int64_t pid, uint64_t host_namespace);

  // For the host itself: /proc/1/net/dev, and all interfaces, however many.
  void OpenHost(const std::string& procfs);

  void Close() {
    dev_.Close();
    namespace_ = 0;
    times_silent_ = 0;
  }
  bool open() const { return static_cast<bool>(dev_); }
  uint64_t network_namespace() const { return namespace_; }

  // Fills sample.net and sample.net_known. One that cannot be read is open() no more, and keeps its number:
  // it is still whose network that is. Of a container's interfaces beyond the first kMostInterfaces by name
  // only the sum is kept, as the last of the list (is_rest). A network that stood still between its last two
  // readings is left alone for three seconds while the container `rests` (others may send to it, and share
  // it), and for nine when three readings found the same.
  void Read(FileText& text, ContainerSample& sample, MonoTime now, bool rests);

  // When the counters were read last.
  MonoTime read_at() const { return read_at_; }

 private:
  Descriptor dev_;
  bool is_host_ = false;
  uint64_t namespace_ = 0;
  MonoTime read_at_{};
  uint64_t moved_ = 0;    // bytes and packets, both ways, at the last reading
  int times_silent_ = 0;  // how many readings in a row found what the one before did
};

// The number in /proc/PID/ns/net, which names a network namespace (namespaces(7)); 0 when it cannot be read.
uint64_t NetworkNamespaceOf(const std::string& procfs, int64_t pid);

// The host's: process 1's, or our own where that one may not be looked at
// (ptrace(2), "Ptrace access mode checking": it may hold capabilities that we lack).
uint64_t HostNetworkNamespace(const std::string& procfs);

}  // namespace plimsoll::collect
