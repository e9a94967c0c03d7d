#pragma once

#include "exporter/runtime/json_text.h"
#include "model/container.h"

namespace plimsoll::runtime {

// Docker describes a container in nearly the same words in config.v2.json and
// in the API's answer to an inspection; Podman's compatible API repeats them.
// Fills id, name, image, labels, state, health, restarts and times.
void FillFromDocker(const Json& description, Container& who);

// NetworkMode: "host", "container:<id>", "none", "bridge", a network's name.
void FillNetworkMode(const Json& host_config, Container& who);

// Pod, namespace and container from the labels that a kubelet gives.
void FillFromKubeLabels(Container& who);

std::string_view LabelOf(const Labels& labels, std::string_view key);  // "" when absent
void SetLabel(Labels& labels, std::string_view key,
              std::string_view value);  // keeps them sorted; no-op for ""

}  // namespace plimsoll::runtime
