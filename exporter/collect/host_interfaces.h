#pragma once

#include <string>
#include <vector>

#include "model/sample.h"

namespace plimsoll::collect {

// Knows which interfaces of the host carry what passes another one, too: a bond and its ports, a bridge, a
// VLAN, an overlay network's tunnel. From <sysfs>/class/net.
class HostInterfaces {
 public:
  explicit HostInterfaces(std::string sysfs) : sysfs_(std::move(sysfs)) {}

  // Marks those that are counted elsewhere: where interfaces have a device (a network card), all others;
  // where none has (the host is itself a container), those known to carry others. No allocation for names
  // seen before; every 600th call looks all up anew.
  void Mark(std::vector<NetInterface>& interfaces);

 private:
  enum class Kind { kDevice, kOther, kCarrier };
  struct Known {
    ShortText<16> name;
    Kind kind;
  };
  Kind KindOf(const ShortText<16>& name);

  std::string sysfs_;
  std::vector<Known> known_;
  unsigned age_ = 0;
};

}  // namespace plimsoll::collect
