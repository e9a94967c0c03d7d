#include "exporter/runtime/docker_fields.h"

#include <algorithm>

#include "model/timestamp.h"

namespace plimsoll::runtime {
namespace {

bool Is(const Json& object, const char* key) { return BoolAt(object, key).value_or(false); }

// The API's word where there is one; on disk only the flags are kept.
ContainerState StateOf(const Json& state, bool ever_started) {
  const std::string status = StringAt(state, "Status");
  for (const auto known : {ContainerState::kCreated, ContainerState::kRunning, ContainerState::kPaused,
                           ContainerState::kRestarting, ContainerState::kExited, ContainerState::kDead})
    if (status == StateName(known)) return known;
  if (status == "removing" || status == "stopped" || status == "stopping") return ContainerState::kExited;
  if (status == "configured" || status == "initialized") return ContainerState::kCreated;
  if (!BoolAt(state, "Running")) return ContainerState::kUnknown;
  if (Is(state, "Running")) {
    if (Is(state, "Paused")) return ContainerState::kPaused;
    return Is(state, "Restarting") ? ContainerState::kRestarting : ContainerState::kRunning;
  }
  if (Is(state, "Dead")) return ContainerState::kDead;
  return ever_started ? ContainerState::kExited : ContainerState::kCreated;
}

// Docker says "unhealthy" of a container whose checks it stopped, as while it is paused, and goes on saying
// so until the first check after that. One that failed its checks has a streak of failures.
ContainerHealth HealthOf(const Json& state) {
  const Json& health =
      Member(state, "Health") ? MemberOrNull(state, "Health") : MemberOrNull(state, "Healthcheck");
  const std::string status = StringAt(health, "Status");
  if (status == "starting") return ContainerHealth::kStarting;
  if (status == "healthy") return ContainerHealth::kHealthy;
  if (status == "unhealthy")
    return IntAt(health, "FailingStreak") == 0 ? ContainerHealth::kUnknown : ContainerHealth::kUnhealthy;
  return ContainerHealth::kNone;
}

void FillState(const Json& state, Container& who) {
  who.started_at = ParseTimestamp(StringAt(state, "StartedAt"));
  who.finished_at = ParseTimestamp(StringAt(state, "FinishedAt"));
  who.state = StateOf(state, who.started_at.has_value());
  who.health = HealthOf(state);
  who.oom_killed = BoolAt(state, "OOMKilled");
  if (const auto pid = IntAt(state, "Pid"); pid && *pid > 0) who.init_pid = *pid;
  // Docker writes 0 as soon as a container runs again, and for one that never did.
  const bool ended = who.state == ContainerState::kExited || who.state == ContainerState::kDead ||
                     who.state == ContainerState::kRestarting;
  const auto code = IntAt(state, "ExitCode");
  if (ended && who.started_at && code && *code >= INT32_MIN && *code <= INT32_MAX)
    who.exit_code = static_cast<int>(*code);
}

}  // namespace

std::string_view LabelOf(const Labels& labels, std::string_view key) {
  const auto at = std::lower_bound(labels.begin(), labels.end(), key,
                                   [](const auto& label, std::string_view k) { return label.first < k; });
  return at != labels.end() && at->first == key ? std::string_view(at->second) : std::string_view();
}

void SetLabel(Labels& labels, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  const auto at = std::lower_bound(labels.begin(), labels.end(), key,
                                   [](const auto& label, std::string_view k) { return label.first < k; });
  if (at != labels.end() && at->first == key) {
    at->second = value;
  } else {
    labels.emplace(at, key, value);
  }
}

void FillFromDocker(const Json& description, Container& who) {
  who.id = StringAt(description, Member(description, "Id") ? "Id" : "ID");
  who.name = StringAt(description, "Name");
  if (who.name.starts_with('/')) who.name.erase(0, 1);
  const Json& config = MemberOrNull(description, "Config");
  who.image = StringAt(config, "Image");
  who.labels = LabelsAt(config, "Labels");
  who.created_at = ParseTimestamp(StringAt(description, "Created"));
  if (const auto restarts = IntAt(description, "RestartCount"); restarts && *restarts >= 0)
    who.restart_count = static_cast<uint64_t>(*restarts);
  if (const Json* state = Member(description, "State")) FillState(*state, who);
  FillFromKubeLabels(who);
}

void FillNetworkMode(const Json& host_config, Container& who) {
  const std::string mode = StringAt(host_config, "NetworkMode");
  if (mode.empty()) return;
  who.host_network = mode == "host";
  who.shares_network = mode.starts_with("container:");
}

void FillFromKubeLabels(Container& who) {
  who.kube_namespace = LabelOf(who.labels, "io.kubernetes.pod.namespace");
  who.kube_pod = LabelOf(who.labels, "io.kubernetes.pod.name");
  who.kube_container = LabelOf(who.labels, "io.kubernetes.container.name");
  if (LabelOf(who.labels, "io.kubernetes.docker.type") == "podsandbox") {
    who.is_sandbox = true;
    who.kube_container = "POD";
  }
}

}  // namespace plimsoll::runtime
