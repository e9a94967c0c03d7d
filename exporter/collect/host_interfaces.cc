#include "exporter/collect/host_interfaces.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "exporter/collect/file_text.h"

namespace plimsoll::collect {
namespace {

bool Exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// The uevent of what the kernel makes from others names its kind: DEVTYPE=bridge, bond, vlan, vxlan, macvlan,
// geneve, wireguard. `type` is a number of include/uapi/linux/if_arp.h.
bool IsCarrier(const std::string& directory) {
  if (Exists(directory + "bridge") || Exists(directory + "bonding")) return true;
  const std::string uevent = ReadSmallFile(directory + "uevent").value_or("");
  if (uevent.find("DEVTYPE=") != std::string::npos && uevent.find("DEVTYPE=wlan") == std::string::npos)
    return true;
  const std::string type = ReadSmallFile(directory + "type").value_or("");
  for (const char* tunnel : {"768", "769", "776", "778", "823", "65534"})  // IP in IP, SIT, GRE, TUN
    if (type == tunnel) return true;
  return false;
}

}  // namespace

HostInterfaces::Kind HostInterfaces::KindOf(const ShortText<16>& name) {
  for (const Known& known : known_)
    if (std::strcmp(known.name.c_str(), name.c_str()) == 0) return known.kind;
  const std::string directory = sysfs_ + "/class/net/" + name.c_str() + "/";
  Kind kind = Kind::kOther;
  if (Exists(directory + "device"))
    // A virtual machine's card that is the fast path of another one (Azure, failover) is counted by that.
    kind = Exists(directory + "master/device") ? Kind::kCarrier : Kind::kDevice;
  else if (IsCarrier(directory))
    kind = Kind::kCarrier;
  known_.push_back({name, kind});
  return kind;
}

void HostInterfaces::Mark(std::vector<NetInterface>& interfaces) {
  if (++age_ >= 600) {
    age_ = 0;
    known_.clear();
  }
  const bool any = std::any_of(interfaces.begin(), interfaces.end(),
                               [this](const NetInterface& net) { return KindOf(net.name) == Kind::kDevice; });
  for (NetInterface& net : interfaces) {
    const Kind kind = KindOf(net.name);
    net.counted_elsewhere = any ? kind != Kind::kDevice : kind == Kind::kCarrier;
  }
}

}  // namespace plimsoll::collect
