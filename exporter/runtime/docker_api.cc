#include "exporter/runtime/docker_api.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "exporter/runtime/cgroup_name.h"
#include "exporter/runtime/docker_fields.h"
#include "exporter/runtime/json_text.h"
#include "model/timestamp.h"

namespace plimsoll::runtime {
namespace {

using Version = std::pair<int, int>;
constexpr Version kNewestKnown{1, 52};

// "1.41"
std::optional<Version> ParseVersionNumber(std::string_view text) {
  Version version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.first);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.second);
  if (minor.ec != std::errc() || minor.ptr != end) return std::nullopt;
  return version;
}

// Attributes that describe the event; all others are the container's labels.
bool IsEventsOwn(std::string_view attribute) {
  static const std::set<std::string_view> kOwn{"name",         "image",   "exitCode", "containerExitCode",
                                               "signal",       "execID",  "podId",    "oldName",
                                               "execDuration", "comment", "imageRef", "imageID"};
  return kOwn.contains(attribute);
}

// For the log and the health of the engine, which may say anything. `text` is UTF-8.
std::string Bounded(std::string text) {
  constexpr size_t kMaxBytes = 200;
  if (text.size() <= kMaxBytes) return text;
  size_t end = kMaxBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // within a character
  text.resize(end);
  return text;
}

}  // namespace

Result<EngineVersion> ParseEngineVersion(std::string_view text) {
  const auto json = ParseJsonObject(text);
  if (!json) return tl::unexpected(json.error());
  EngineVersion engine;
  engine.version = Bounded(StringAt(*json, "Version"));
  engine.api_version = StringAt(*json, "ApiVersion");
  engine.min_api_version = StringAt(*json, "MinAPIVersion");
  if (!ParseVersionNumber(engine.api_version)) return Fail("no ApiVersion");
  if (const Json* components = Member(*json, "Components"); components && components->is_array())
    for (const Json& one : *components)
      if (StringAt(one, "Name").find("Podman") != std::string::npos) engine.is_podman = true;
  return engine;
}

std::string ChooseApiVersion(const EngineVersion& engine) {
  const auto newest = ParseVersionNumber(engine.api_version);
  const auto oldest = ParseVersionNumber(engine.min_api_version);
  Version chosen = newest ? std::min(*newest, kNewestKnown) : kNewestKnown;
  if (oldest && newest && *oldest <= *newest) chosen = std::max(chosen, *oldest);
  return std::to_string(chosen.first) + "." + std::to_string(chosen.second);
}

std::string ParseDataRoot(std::string_view text) {
  const auto json = ParseJsonObject(text);
  return json ? StringAt(*json, "DockerRootDir") : std::string();
}

Result<std::vector<ListedContainer>> ParseContainerList(std::string_view text) {
  const auto json = ParseJson(text);
  if (!json) return tl::unexpected(json.error());
  if (!json->is_array()) return Fail("not a list of containers");
  std::vector<ListedContainer> listed;
  for (const Json& one : *json) {
    ListedContainer container{StringAt(one, "Id"), false};
    if (!IsFullId(container.id)) return Fail("a listed container has no id");
    const std::string state = StringAt(one, "State");
    container.is_active = state == "running" || state == "paused" || state == "restarting";
    listed.push_back(std::move(container));
  }
  return listed;
}

Result<Container> ParseInspection(std::string_view text, RuntimeKind runtime) {
  const auto json = ParseJsonObject(text);
  if (!json) return tl::unexpected(json.error());
  Container who;
  who.runtime = runtime;
  FillFromDocker(*json, who);
  if (!IsFullId(who.id)) return Fail("an inspected container has no id");
  FillNetworkMode(MemberOrNull(*json, "HostConfig"), who);
  return who;
}

std::string ParseErrorMessage(std::string_view text) {
  const auto json = ParseJsonObject(text);
  return json ? Bounded(StringAt(*json, "message")) : std::string();
}

Result<std::optional<EngineEvent>> ParseEvent(std::string_view line) {
  const auto json = ParseJsonObject(line);
  if (!json) return tl::unexpected(json.error());
  if (StringAt(*json, "Type") != "container") return std::nullopt;
  EngineEvent event;
  event.action = StringAt(*json, "Action");
  event.action = event.action.substr(0, event.action.find(':'));
  const Json& actor = MemberOrNull(*json, "Actor");
  event.id = StringAt(actor, "ID");
  if (!IsFullId(event.id) || event.action.empty()) return Fail("an event without a container or an action");
  const Json& attributes = MemberOrNull(actor, "Attributes");
  event.name = StringAt(attributes, "name");
  event.image = StringAt(attributes, "image");
  for (auto& [key, value] : LabelsAt(actor, "Attributes"))
    if (!IsEventsOwn(key)) event.labels.emplace_back(key, std::move(value));
  const std::string code = StringAt(attributes, "exitCode");
  int number = 0;
  const auto parsed = std::from_chars(code.data(), code.data() + code.size(), number);
  if (event.action == "die" && !code.empty() && parsed.ec == std::errc()) event.exit_code = number;
  const int64_t nanoseconds = IntAt(*json, "timeNano").value_or(0);
  if (nanoseconds > 0) event.at = WallTime(std::chrono::nanoseconds(nanoseconds));
  return event;
}

Container ContainerOfEvent(const EngineEvent& event, RuntimeKind runtime) {
  Container who;
  who.runtime = runtime;
  who.id = event.id;
  who.name = event.name;
  who.image = event.image;
  who.labels = event.labels;
  FillFromKubeLabels(who);
  if (event.action == "die") {
    who.state = ContainerState::kExited;
    who.exit_code = event.exit_code;
    who.finished_at = event.at;
  } else if (event.action == "start") {
    who.state = ContainerState::kRunning;
    who.started_at = event.at;
  }
  return who;
}

}  // namespace plimsoll::runtime
