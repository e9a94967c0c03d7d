#include "rollup/identity_key.h"

#include <string_view>

namespace plimsoll::rollup {
namespace {

std::string_view LabelOf(const Container& who, std::string_view key) {
  for (const auto& [name, value] : who.labels)
    if (name == key) return value;
  return {};
}

}  // namespace

std::string IdentityKey(const Container& who) {
  const std::string_view project = LabelOf(who, "com.docker.compose.project");
  const std::string_view service = LabelOf(who, "com.docker.compose.service");
  const std::string_view number = LabelOf(who, "com.docker.compose.container-number");
  // The containers of `compose run` count on their own, from 1 like the service's.
  const bool one_off = LabelOf(who, "com.docker.compose.oneoff") == "True";
  std::string key;
  if (!project.empty() && !service.empty() && !number.empty() && !one_off)
    return key.append("compose:").append(project).append("/").append(service).append("/").append(number);
  if (!who.kube_namespace.empty() && !who.kube_pod.empty() && !who.kube_container.empty())
    return "pod:" + who.kube_namespace + "/" + who.kube_pod + "/" + who.kube_container;
  return who.name.empty() ? "id:" + who.id : "name:" + who.name;
}

}  // namespace plimsoll::rollup
