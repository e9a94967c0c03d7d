#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/sample.h"

namespace plimsoll::collect {

// Names of block devices by number: 8:0 -> "/dev/sda", from <sysfs>/dev/block/8:0/uevent
// (DEVNAME=sda). A device that has no name (gone, or sysfs not there) stays
// nameless until names are looked up anew.
class BlockNames {
 public:
  explicit BlockNames(std::string sysfs) : sysfs_(std::move(sysfs)) {}

  // Empty text when there is no name. No allocation for a device seen before.
  const ShortText<32>& Name(uint32_t major, uint32_t minor);

  // Called once a beat: every 600th forgets all names, since a number can pass to another device.
  void Age();

 private:
  struct Entry {
    uint32_t major, minor;
    ShortText<32> name;
  };
  std::string sysfs_;
  std::vector<Entry> entries_;
  unsigned age_ = 0;
};

}  // namespace plimsoll::collect
