#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/sample.h"

namespace plimsoll::collect {

// Names of block devices by number: 8:0 -> "/dev/sda", from <sysfs>/dev/block/8:0/uevent
// (DEVNAME=sda), and which of them lie on which. A device that has no name (gone,
// or sysfs not there) stays nameless until names are looked up anew.
class BlockNames {
 public:
  explicit BlockNames(std::string sysfs) : sysfs_(std::move(sysfs)) {}

  // Empty text when there is no name. No allocation for a device seen before.
  const ShortText<32>& Name(uint32_t major, uint32_t minor) { return entries_[Find(major, minor)].name; }

  // What is written to a volume (LVM, md, dm-crypt) is counted once more by the disk below it, or is not:
  // kernels and drivers differ. Of each stack those devices that have the more bytes count, the uppermost
  // or the lowest ones; the others are marked as counted elsewhere.
  void MarkStacks(std::vector<BlockIo>& devices);

  // Called once a beat: every 600th forgets all, since a number can pass to another device.
  void Age();

 private:
  struct Entry {
    uint32_t major = 0, minor = 0;
    ShortText<32> name;
    std::vector<size_t> below;  // entries: the disks it lies on, however deep
    size_t stack = 0;           // the same for all that lie on each other
  };
  size_t Find(uint32_t major, uint32_t minor);
  void FindBelow(size_t upper, const std::string& directory);
  bool LiesOn(size_t upper, size_t lower) const;

  std::string sysfs_;
  std::vector<Entry> entries_;
  std::vector<size_t> listed_;  // entries of the devices that are being marked
  bool has_stacks_ = false;
  unsigned age_ = 0;
};

}  // namespace plimsoll::collect
