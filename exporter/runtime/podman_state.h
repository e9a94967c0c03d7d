#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/container.h"
#include "model/result.h"

namespace plimsoll::runtime {

// Podman keeps two JSON texts per container in its database. The first hardly ever changes:
//   {"spec":{...},"id":"4264...","name":"pod-web","rootfsImageName":"localhost/busy:1","labels":{...},
//    "netNsCtr":"...","createdTime":"...","healthcheck":{...}}
Result<Container> ParsePodmanConfig(std::string_view text);

// The second is the state. Yields where the container's run directory is ("" when it does not say):
//   {"state":3,"runDir":"/run/containers/storage/overlay-containers/<id>/userdata","pid":14655,
//    "startedTime":"...","exitCode":5,"exited":true,"restartCount":1}
Result<std::string> ApplyPodmanState(std::string_view text, Container& who);

// healthcheck.log: {"Status":"healthy","FailingStreak":0,"Log":[...]}; older ones spell it "status".
ContainerHealth ParsePodmanHealth(std::string_view text);

// The storage library's containers.json, one entry of which is
//   {"id":"4264...","names":["pod-web"],"metadata":"{\"image-name\":\"localhost/busy:1\",...}","created":"..."}
// nullopt when `id` is not among them.
Result<std::optional<Container>> ParseStorageContainers(std::string_view text, std::string_view id);

}  // namespace plimsoll::runtime
