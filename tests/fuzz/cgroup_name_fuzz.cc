// Names and small texts that are no JSON: cgroup paths, passwd, config.toml, times.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/runtime/cgroup_name.h"
#include "exporter/runtime/containerd_images.h"
#include "exporter/runtime/host_places.h"
#include "exporter/runtime/oci_spec.h"
#include "model/timestamp.h"

using namespace plimsoll::runtime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const CgroupName name = ClassifyCgroup(text);
  if ((name.shape == CgroupName::Shape::kContainer) != IsFullId(name.id)) std::abort();
  if (name.shape == CgroupName::Shape::kContainer) {
    const CgroupName below = ClassifyCgroup(std::string(text) + "/x");
    if (below.shape != CgroupName::Shape::kPlain) std::abort();
  }
  const std::string cgroup = CgroupOfSpecPath(text);
  if (!cgroup.empty() && cgroup.front() != '/') std::abort();
  (void)plimsoll::ParseTimestamp(text);
  (void)ParseContainerdSettings(text);
  const std::string home = ParseHome(text, 1000);
  if (!home.empty() && home.front() != '/') std::abort();
  return 0;
}
