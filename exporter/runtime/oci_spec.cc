#include "exporter/runtime/oci_spec.h"

#include "exporter/runtime/json_text.h"

namespace plimsoll::runtime {
namespace {

// "a-b-c.slice" lives in /a.slice/a-b.slice; "-.slice" is the root.
std::string ExpandSlice(std::string_view slice) {
  std::string path;
  constexpr std::string_view kSuffix = ".slice";
  if (slice.empty() || slice == "-.slice" || !slice.ends_with(kSuffix)) return path;
  const std::string_view stem = slice.substr(0, slice.size() - kSuffix.size());
  for (size_t dash = stem.find('-'); dash != std::string_view::npos; dash = stem.find('-', dash + 1))
    path.append("/").append(stem.substr(0, dash)).append(kSuffix);
  return path.append("/").append(slice);
}

}  // namespace

std::string CgroupOfSpecPath(std::string_view cgroups_path) {
  if (cgroups_path.starts_with('/')) {
    while (cgroups_path.size() > 1 && cgroups_path.ends_with('/')) cgroups_path.remove_suffix(1);
    return std::string(cgroups_path);
  }
  const size_t first = cgroups_path.find(':');
  const size_t second = first == std::string_view::npos ? first : cgroups_path.find(':', first + 1);
  if (second == std::string_view::npos) return "";
  const std::string_view slice = cgroups_path.substr(0, first);
  const std::string_view prefix = cgroups_path.substr(first + 1, second - first - 1);
  const std::string_view name = cgroups_path.substr(second + 1);
  if (name.empty()) return "";
  std::string path = ExpandSlice(slice.empty() ? "system.slice" : slice);
  path += '/';
  if (name.ends_with(".slice")) return path.append(name);
  if (!prefix.empty()) path.append(prefix).append("-");
  return path.append(name).append(".scope");
}

Result<OciSpec> ParseOciSpec(std::string_view text) {
  const auto json = ParseJsonObject(text);
  if (!json) return tl::unexpected(json.error());
  OciSpec spec;
  spec.annotations = LabelsAt(*json, "annotations");
  const Json& linux_part = MemberOrNull(*json, "linux");
  spec.cgroup = CgroupOfSpecPath(StringAt(linux_part, "cgroupsPath"));
  if (const Json* namespaces = Member(linux_part, "namespaces"); namespaces && namespaces->is_array()) {
    for (const Json& one : *namespaces) {
      if (StringAt(one, "type") != "network") continue;
      spec.has_network_namespace = true;
      spec.network_namespace = StringAt(one, "path");
    }
  }
  return spec;
}

void FillNetwork(const OciSpec& spec, Container& who) {
  who.host_network = !spec.has_network_namespace;
  who.shares_network = spec.network_namespace.starts_with("/proc/");
}

}  // namespace plimsoll::runtime
