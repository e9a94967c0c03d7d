// What runtimes write and answer: the first byte chooses whose text it is.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/runtime/cgroup_name.h"
#include "exporter/runtime/containerd_disk.h"
#include "exporter/runtime/crio_disk.h"
#include "exporter/runtime/docker_api.h"
#include "exporter/runtime/docker_disk.h"
#include "exporter/runtime/oci_spec.h"
#include "exporter/runtime/oci_state.h"
#include "exporter/runtime/podman_state.h"

using namespace plimsoll;
using namespace plimsoll::runtime;

namespace {

void CheckLabels(const Container& who) {
  for (size_t i = 1; i < who.labels.size(); ++i)
    if (!(who.labels[i - 1].first < who.labels[i].first)) std::abort();  // sorted, unique
}

void Spec(std::string_view text) {
  const auto spec = ParseOciSpec(text);
  if (!spec) return;
  if (const auto task = ParseContainerdTask("id", *spec, "uid")) CheckLabels(*task);
  if (const auto crio = ParseCrioSpec("id", *spec)) CheckLabels(*crio);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  Container who;
  switch (data[0] % 13) {
    case 0:
      if (const auto parsed = ParseDockerConfig(text, text)) CheckLabels(*parsed);
      break;
    case 1:
      if (const auto parsed = ParseInspection(text, RuntimeKind::kDocker)) {
        CheckLabels(*parsed);
        if (!IsFullId(parsed->id)) std::abort();
      }
      break;
    case 2: {
      const auto event = ParseEvent(text);
      if (event && *event) CheckLabels(ContainerOfEvent(**event, RuntimeKind::kPodman));
      break;
    }
    case 3:
      Spec(text);
      break;
    case 4:
      (void)ParseRuncState(text);
      break;
    case 5:
      (void)ParseCrunStatus("id", text, text);
      break;
    case 6:
      if (const auto parsed = ParsePodmanConfig(text)) CheckLabels(*parsed);
      break;
    case 7:
      (void)ApplyPodmanState(text, who);
      break;
    case 8:
      (void)ParseStorageContainers(text, "id");
      break;
    case 9:
      (void)ApplyCrioState(text, who);
      break;
    case 10:
      if (const auto engine = ParseEngineVersion(text)) (void)ChooseApiVersion(*engine);
      break;
    case 11:
      (void)ParseContainerList(text);
      break;
    case 12:
      (void)ParseDataRoot(text);
      (void)ParseErrorMessage(text);
      (void)ParseDaemonDataRoot(text);
      (void)ParsePodmanHealth(text);
      break;
  }
  return 0;
}
