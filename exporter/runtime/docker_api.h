#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/container.h"
#include "model/result.h"

namespace plimsoll::runtime {

// Answers of the Docker Engine API and of Podman's compatible one, as pure
// parsers. Fields that an engine leaves out read as unknown.

struct EngineVersion {
  std::string version;      // "20.10.24+dfsg1"; at most 200 bytes
  std::string api_version;  // the newest it speaks: "1.41"
  std::string min_api_version;
  bool is_podman = false;
};
Result<EngineVersion> ParseEngineVersion(std::string_view text);  // GET /version

// The version to ask with: the engine's newest, but none we have not heard of unless it speaks no older one.
std::string ChooseApiVersion(const EngineVersion& engine);

// DockerRootDir of GET /info; empty when it does not say.
std::string ParseDataRoot(std::string_view text);

struct ListedContainer {
  std::string id;
  bool is_active = false;  // running, paused or restarting
};
Result<std::vector<ListedContainer>> ParseContainerList(std::string_view text);  // GET /containers/json

Result<Container> ParseInspection(std::string_view text, RuntimeKind runtime);  // GET /containers/<id>/json

// The "message" of an error answer, {"message":"No such container: x"}, or its first 200 bytes; empty when it
// is none.
std::string ParseErrorMessage(std::string_view text);

// One line of GET /events:
//   {"Type":"container","Action":"die","Actor":{"ID":"c393...","Attributes":{"exitCode":"0","image":"busy:1",
//    "name":"short","a.label":"of the container"}},"time":1795411857,"timeNano":1795411857229006680}
struct EngineEvent {
  std::string action;  // "start"; of "health_status: healthy" the part before the colon
  std::string id;
  std::string name, image;
  Labels labels;
  std::optional<int> exit_code;  // "die" only
  std::optional<WallTime> at;
};
// nullopt: about something else than a container.
Result<std::optional<EngineEvent>> ParseEvent(std::string_view line);

// What an event tells of a container that is gone before it could be inspected.
Container ContainerOfEvent(const EngineEvent& event, RuntimeKind runtime);

}  // namespace plimsoll::runtime
