#include "exporter/runtime/docker_disk.h"

#include <algorithm>
#include <cerrno>

#include "exporter/runtime/docker_fields.h"
#include "exporter/runtime/small_file.h"
#include "model/timestamp.h"

namespace plimsoll::runtime {
namespace {

// "165536.165536"
bool IsRemapped(std::string_view name) {
  const size_t dot = name.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < name.size() &&
         (std::string(name.substr(0, dot)) + std::string(name.substr(dot + 1)))
                 .find_first_not_of("0123456789") == std::string::npos;
}

Result<Container> Describe(const Json& description, std::string_view host_config) {
  Container who;
  who.runtime = RuntimeKind::kDocker;
  FillFromDocker(description, who);
  if (who.id.empty()) return Fail("no ID");
  // The container can be told without its hostconfig.json, but for its network.
  if (const auto host = ParseJsonObject(host_config)) FillNetworkMode(*host, who);
  return who;
}

// When the check after the last one in the file has ended, at the latest. nullopt without a check.
std::optional<WallTime> NextCheckBy(const Json& description, WallTime now) {
  constexpr std::chrono::seconds kDefault{30};      // where the container says 0 or nothing
  constexpr std::chrono::seconds kTimeToStart{30};  // that Docker gives a check's command
  const Json* const log = Member(MemberOrNull(MemberOrNull(description, "State"), "Health"), "Log");
  if (!log || !log->is_array() || log->empty()) return std::nullopt;
  const auto ended = ParseTimestamp(StringAt(log->back(), "End"));
  if (!ended) return std::nullopt;
  const Json& check = MemberOrNull(MemberOrNull(description, "Config"), "Healthcheck");
  const auto given = [&check](const char* key) -> std::chrono::nanoseconds {
    constexpr std::chrono::hours kLongest{24 * 365};
    const int64_t nanoseconds = IntAt(check, key).value_or(0);
    if (nanoseconds <= 0) return kDefault;
    return std::min<std::chrono::nanoseconds>(std::chrono::nanoseconds(nanoseconds), kLongest);
  };
  return std::min(*ended, now) + given("Interval") + given("Timeout") + kTimeToStart;
}

}  // namespace

Result<Container> ParseDockerConfig(std::string_view config, std::string_view host_config) {
  const auto description = ParseJsonObject(config);
  if (!description) return tl::unexpected(description.error());
  return Describe(*description, host_config);
}

std::optional<std::string> ParseDaemonDataRoot(std::string_view daemon_json) {
  const auto settings = ParseJsonObject(daemon_json);
  if (!settings) return std::nullopt;
  for (const char* key : {"data-root", "graph"})
    if (std::string root = StringAt(*settings, key); root.starts_with('/')) return root;
  return std::nullopt;
}

Result<std::optional<DiskRecord>> DockerDisk::Find(const Place& place, std::string_view,
                                                   const CgroupName& name) {
  if (name.shape != CgroupName::Shape::kContainer) return std::nullopt;
  const std::string dir = JoinPath(place.path, name.id);
  const auto config = ReadSmallFile(dir + "/config.v2.json");
  if (!config) return tl::unexpected(WhyUnread(place.path, config.error()));
  if (!*config) return std::nullopt;
  const auto description = ParseJsonObject(**config);
  if (!description) return tl::unexpected(description.error().In(dir + "/config.v2.json"));
  const auto host_config = ReadSmallFile(dir + "/hostconfig.json");
  auto who = Describe(*description, host_config && *host_config ? **host_config : std::string());
  if (!who) return tl::unexpected(who.error().In(dir + "/config.v2.json"));
  if (who->id != name.id) return Fail(dir + "/config.v2.json: describes another container");
  DiskRecord record{std::move(*who), {{dir, false}}};
  if (record.who.health == ContainerHealth::kNone) return record;
  const WallTime now = clock_.Wall();
  record.look_again_at = NextCheckBy(*description, now);
  if (!record.look_again_at || *record.look_again_at <= now) {
    record.who.health = ContainerHealth::kUnknown;
    record.look_again_at.reset();
  }
  return record;
}

void DockerDisk::AddRoot(const std::string& data_root, uid_t user) {
  const std::lock_guard lock(mutex_);
  if (user != 0) told_[user].clear();
  told_[user].insert(data_root);
}

std::vector<Place> DockerDisk::PlacesOf(uid_t user) const {
  std::vector<std::string> roots = data_roots_(user);
  {
    const std::lock_guard lock(mutex_);
    if (const auto told = told_.find(user); told != told_.end())
      for (const std::string& root : told->second)
        if (std::find(roots.begin(), roots.end(), root) == roots.end()) roots.push_back(root);
  }
  std::vector<Place> places;
  for (const std::string& root : roots) {
    places.push_back({JoinPath(root, "containers"), user});
    if (user != 0) continue;
    const auto names = ListDirectory(root);
    if (!names) continue;
    for (const std::string& name : *names)
      if (IsRemapped(name)) places.push_back({JoinPath(root, name + "/containers"), user});
  }
  return places;
}

}  // namespace plimsoll::runtime
