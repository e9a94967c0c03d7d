#include "exporter/exposition/distinct.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/exposition/extract.h"
#include "exporter/exposition/label_text.h"

namespace plimsoll::exposition {
namespace {

// The label text by which each kind of thing is told apart.
template <typename Device>
requires requires(Device d) { d.major; }
std::string_view RawName(const Device& device, extract::DeviceName& room) {
  if (device.device.bytes[0] != '\0') return device.device.c_str();
  room = extract::DeviceName(device);
  return room.text();
}
std::string_view RawName(const NetInterface& net, extract::DeviceName&) { return net.name.c_str(); }
std::string_view RawName(const HugePages& pages, extract::DeviceName&) { return pages.page_size.c_str(); }
std::string_view RawName(const FileSystem& fs, extract::DeviceName&) { return fs.device.c_str(); }

template <typename T>
std::string_view NameInPlace(const T& thing) {
  if constexpr (requires { thing.device; }) return thing.device.c_str();
  if constexpr (requires { thing.page_size; }) return thing.page_size.c_str();
  if constexpr (requires { thing.name; }) return thing.name.c_str();
}

// Cheap and never wrong about "yes": a no only asks for the closer look.
template <typename T>
bool SurelyDistinct(const std::vector<T>& things) {
  constexpr size_t kFew = 8;  // below, comparing each with each is quicker than sorting
  if (things.size() < 2) return true;
  for (const T& thing : things) {
    const std::string_view name = NameInPlace(thing);
    if (name.empty() || !IsPlainLabelValue(name)) return false;
  }
  if (things.size() <= kFew) {
    for (size_t i = 1; i < things.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (NameInPlace(things[i]) == NameInPlace(things[j])) return false;
      }
    }
    return true;
  }
  std::vector<std::string_view> names;
  names.reserve(things.size());
  for (const T& thing : things) names.push_back(NameInPlace(thing));
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

template <typename T>
void DropDoubles(std::vector<T>& things) {
  std::set<std::string> seen;
  std::erase_if(things, [&](const T& thing) {
    extract::DeviceName room{DiskStats{}};
    return !seen.insert(ReadableLabelValue(RawName(thing, room))).second;
  });
}

}  // namespace

std::unique_ptr<const ContainerSample> WithoutDoubles(const ContainerSample& sample) {
  if (SurelyDistinct(sample.block) && SurelyDistinct(sample.net) && SurelyDistinct(sample.huge_pages))
    return nullptr;
  auto copy = std::make_unique<ContainerSample>(sample);
  DropDoubles(copy->block);
  DropDoubles(copy->net);
  DropDoubles(copy->huge_pages);
  return copy;
}

std::unique_ptr<const HostSample> WithoutDoubles(const HostSample& host) {
  if (SurelyDistinct(host.disks) && SurelyDistinct(host.file_systems)) return nullptr;
  auto copy = std::make_unique<HostSample>(host);
  DropDoubles(copy->disks);
  DropDoubles(copy->file_systems);
  return copy;
}

}  // namespace plimsoll::exposition
