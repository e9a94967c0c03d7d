#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace plimsoll {

constexpr std::string_view kContainerLabelPrefix = "container_label_";
constexpr size_t kMaxContainerLabelName = 256;  // bytes without the prefix; longer names are cut

// The name under which a container's own label stands on /metrics and in
// alerts: "com.docker.compose.project" is container_label_com_docker_compose_project.
// One '_' for each character outside [a-zA-Z0-9_], and for each byte that is no UTF-8.
std::string ContainerLabelName(std::string_view key);

}  // namespace plimsoll
