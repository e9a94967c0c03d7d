#include "exporter/runtime/podman_state.h"

#include <algorithm>

#include "exporter/runtime/docker_fields.h"
#include "exporter/runtime/json_text.h"
#include "model/timestamp.h"

namespace plimsoll::runtime {
namespace {

// libpod's ContainerStatus, as stored.
ContainerState StateOf(int64_t number) {
  switch (number) {
    case 1:  // configured
    case 2:
      return ContainerState::kCreated;
    case 3:
    case 8:
      return ContainerState::kRunning;  // 8: stopping
    case 5:
      return ContainerState::kPaused;
    case 4:  // stopped: ended, not yet cleaned up
    case 6:
    case 7:
      return ContainerState::kExited;
    default:
      return ContainerState::kUnknown;
  }
}

void FillPodmanNetwork(const Json& config, Container& who) {
  who.shares_network = !StringAt(config, "netNsCtr").empty();
  const Json& linux_part = MemberOrNull(MemberOrNull(config, "spec"), "linux");
  const Json* namespaces = Member(linux_part, "namespaces");
  if (!namespaces || !namespaces->is_array()) return;
  const bool has_own = std::any_of(namespaces->begin(), namespaces->end(),
                                   [](const Json& one) { return StringAt(one, "type") == "network"; });
  who.host_network = !has_own && !who.shares_network;
}

}  // namespace

Result<Container> ParsePodmanConfig(std::string_view text) {
  const auto config = ParseJsonObject(text);
  if (!config) return tl::unexpected(config.error());
  Container who;
  who.runtime = RuntimeKind::kPodman;
  who.id = StringAt(*config, "id");
  if (who.id.empty()) return Fail("no id");
  who.name = StringAt(*config, "name");
  who.image = StringAt(*config, "rootfsImageName");
  who.labels = LabelsAt(*config, "labels");
  who.created_at = ParseTimestamp(StringAt(*config, "createdTime"));
  who.health = Member(*config, "healthcheck") ? ContainerHealth::kStarting : ContainerHealth::kNone;
  FillPodmanNetwork(*config, who);
  FillFromKubeLabels(who);
  return who;
}

Result<std::string> ApplyPodmanState(std::string_view text, Container& who) {
  const auto state = ParseJsonObject(text);
  if (!state) return tl::unexpected(state.error());
  who.state = StateOf(IntAt(*state, "state").value_or(0));
  who.started_at = ParseTimestamp(StringAt(*state, "startedTime"));
  who.finished_at = ParseTimestamp(StringAt(*state, "finishedTime"));
  who.oom_killed = BoolAt(*state, "oomKilled").value_or(false);
  const int64_t restarts = IntAt(*state, "restartCount").value_or(0);
  if (restarts >= 0) who.restart_count = static_cast<uint64_t>(restarts);
  who.init_pid = IntAt(*state, "pid");
  if (who.init_pid && *who.init_pid <= 0) who.init_pid.reset();
  who.exit_code.reset();
  // Go leaves out zeros: no exitCode is code 0.
  const int64_t code = IntAt(*state, "exitCode").value_or(0);
  if (who.state == ContainerState::kExited && who.started_at && code >= INT32_MIN && code <= INT32_MAX)
    who.exit_code = static_cast<int>(code);
  return StringAt(*state, "runDir");
}

ContainerHealth ParsePodmanHealth(std::string_view text) {
  const auto log = ParseJsonObject(text);
  const char* const key = log && Member(*log, "Status") ? "Status" : "status";
  const std::string status = log ? StringAt(*log, key) : std::string();
  if (status == "healthy") return ContainerHealth::kHealthy;
  if (status == "unhealthy") return ContainerHealth::kUnhealthy;
  return ContainerHealth::kStarting;
}

Result<std::optional<Container>> ParseStorageContainers(std::string_view text, std::string_view id) {
  const auto list = ParseJson(text);
  if (!list) return tl::unexpected(list.error());
  if (!list->is_array()) return Fail("not a JSON array");
  for (const Json& entry : *list) {
    if (StringAt(entry, "id") != id) continue;
    Container who;
    who.runtime = RuntimeKind::kPodman;
    who.id = id;
    if (const Json* names = Member(entry, "names"); names && names->is_array() && !names->empty())
      if (names->front().is_string()) who.name = names->front().get_ref<const std::string&>();
    who.created_at = ParseTimestamp(StringAt(entry, "created"));
    if (const auto metadata = ParseJsonObject(StringAt(entry, "metadata"))) {
      who.image = StringAt(*metadata, "image-name");
      if (std::string name = StringAt(*metadata, "name"); !name.empty()) who.name = std::move(name);
    }
    return who;
  }
  return std::nullopt;
}

}  // namespace plimsoll::runtime
