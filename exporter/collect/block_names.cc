#include "exporter/collect/block_names.h"

#include <fcntl.h>
#include <unistd.h>

#include "exporter/collect/text.h"

namespace plimsoll::collect {
namespace {

// MAJOR=254
// MINOR=0
// DEVNAME=vda
ShortText<32> DeviceName(std::string_view uevent) {
  ShortText<32> name;
  TextCursor cursor(uevent);
  while (!cursor.done()) {
    const std::string_view line = cursor.Line();
    constexpr std::string_view kKey = "DEVNAME=";
    if (line.substr(0, kKey.size()) == kKey) name.Set("/dev/" + std::string(line.substr(kKey.size())));
  }
  return name;
}

}  // namespace

const ShortText<32>& BlockNames::Name(uint32_t major, uint32_t minor) {
  for (const Entry& entry : entries_)
    if (entry.major == major && entry.minor == minor) return entry.name;
  Entry entry{major, minor, {}};
  const std::string path =
      sysfs_ + "/dev/block/" + std::to_string(major) + ":" + std::to_string(minor) + "/uevent";
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    char text[1024];
    const ssize_t n = ::read(fd, text, sizeof text);
    ::close(fd);
    if (n > 0) entry.name = DeviceName({text, static_cast<size_t>(n)});
  }
  return entries_.emplace_back(entry).name;
}

void BlockNames::Age() {
  // A device number can be given to another device; ten minutes of a wrong name at worst (at 1 s beats).
  if (++age_ < 600) return;
  age_ = 0;
  entries_.clear();
}

}  // namespace plimsoll::collect
