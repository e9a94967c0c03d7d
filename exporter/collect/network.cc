#include "exporter/collect/network.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "exporter/collect/netdev.h"
#include "exporter/collect/text.h"

namespace plimsoll::collect {

namespace {

// A little less than three and nine of the shortest intervals, at which beats come a little early or late.
constexpr std::chrono::milliseconds kSilence{2800}, kLongSilence{8800};
constexpr int kLongTimesSilent = 3;

uint64_t Moved(const std::vector<NetInterface>& interfaces) {
  uint64_t moved = 0;
  for (const NetInterface& net : interfaces)
    moved += net.rx_bytes + net.rx_packets + net.rx_errors + net.rx_dropped + net.tx_bytes + net.tx_packets +
             net.tx_errors + net.tx_dropped;
  return moved;
}

void SumUpRest(std::vector<NetInterface>& interfaces) {
  constexpr size_t kMost = ContainerNetwork::kMostInterfaces;
  if (interfaces.size() <= kMost) return;
  const auto rest = interfaces.begin() + kMost;
  const auto by_name = [](const NetInterface& a, const NetInterface& b) {
    return a.name.bytes < b.name.bytes;
  };
  std::nth_element(interfaces.begin(), rest, interfaces.end(), by_name);
  std::sort(interfaces.begin(), rest, by_name);
  NetInterface sum;
  sum.is_rest = true;
  for (auto net = rest; net != interfaces.end(); ++net) {
    sum.rx_bytes += net->rx_bytes;
    sum.rx_packets += net->rx_packets;
    sum.rx_errors += net->rx_errors;
    sum.rx_dropped += net->rx_dropped;
    sum.tx_bytes += net->tx_bytes;
    sum.tx_packets += net->tx_packets;
    sum.tx_errors += net->tx_errors;
    sum.tx_dropped += net->tx_dropped;
  }
  *rest = sum;
  interfaces.resize(kMost + 1);
  if (interfaces.capacity() > 16 * kMost) interfaces.shrink_to_fit();
}

// net:[4026531840]
uint64_t NamespaceAt(const std::string& link) {
  char target[64];
  const ssize_t n = ::readlink(link.c_str(), target, sizeof target);
  if (n <= 0) return 0;
  TextCursor cursor({target, static_cast<size_t>(n)});
  uint64_t number;
  return cursor.Literal("net:[") && cursor.Uint(number) ? number : 0;
}

}  // namespace

uint64_t NetworkNamespaceOf(const std::string& procfs, int64_t pid) {
  return NamespaceAt(procfs + "/" + std::to_string(pid) + "/ns/net");
}

uint64_t HostNetworkNamespace(const std::string& procfs) {
  const uint64_t of_init = NetworkNamespaceOf(procfs, 1);
  return of_init != 0 ? of_init : NamespaceAt(procfs + "/self/ns/net");
}

void ContainerNetwork::Open(const std::string& procfs, int64_t pid, uint64_t host_namespace) {
  Close();
  is_host_ = false;
  namespace_ = NetworkNamespaceOf(procfs, pid);
  if (namespace_ == 0 || host_namespace == 0 || namespace_ == host_namespace) return;
  dev_ = Descriptor(::open((procfs + "/" + std::to_string(pid) + "/net/dev").c_str(), O_RDONLY | O_CLOEXEC));
}

void ContainerNetwork::OpenHost(const std::string& procfs) {
  Close();
  is_host_ = true;
  dev_ = Descriptor(::open((procfs + "/1/net/dev").c_str(), O_RDONLY | O_CLOEXEC));
}

void ContainerNetwork::Read(FileText& text, ContainerSample& sample, MonoTime now, bool rests) {
  const auto silence = times_silent_ < kLongTimesSilent ? kSilence : kLongSilence;
  if (dev_ && rests && times_silent_ > 0 && now - read_at_ < silence) return;
  read_at_ = now;
  sample.net_known = false;
  sample.net.clear();
  if (!dev_) return;
  const std::string_view dev = text.Read(dev_.get());
  if (!dev.data()) {
    dev_.Close();
    return;
  }
  sample.net_known = ParseNetDev(dev, sample.net);
  if (!sample.net_known) sample.net.clear();
  if (!is_host_) SumUpRest(sample.net);
  const uint64_t moved = Moved(sample.net);
  times_silent_ = sample.net_known && moved == moved_ ? times_silent_ + 1 : 0;
  moved_ = moved;
}

}  // namespace plimsoll::collect
