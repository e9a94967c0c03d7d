#include "exporter/runtime/podman_disk.h"

#include <charconv>
#include <utility>

#include "exporter/runtime/host_places.h"
#include "exporter/runtime/oci_spec.h"
#include "exporter/runtime/podman_database.h"
#include "exporter/runtime/podman_state.h"
#include "exporter/runtime/small_file.h"

namespace plimsoll::runtime {
namespace {

// Every graph driver has a list of its own.
constexpr const char* kContainerLists[] = {"overlay-containers", "vfs-containers", "btrfs-containers",
                                           "zfs-containers"};
constexpr size_t kMaxKnown = 8192;

// Podman keeps to the first of these that it finds.
constexpr const char* kDatabases[] = {"libpod/bolt_state.db", "db.sql", "libpod/db.sql"};

std::optional<int> ParseCode(std::string_view text) {
  int code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  if (text.empty() || error != std::errc()) return std::nullopt;
  return code;
}

}  // namespace

PodmanDisk::PodmanDisk(PathsOf storages, HostPaths paths)
    : storages_(std::move(storages)), paths_(std::move(paths)) {}

std::vector<Place> PodmanDisk::PlacesOf(uid_t user) const {
  std::vector<Place> places;
  for (std::string& storage : storages_(user)) places.push_back({std::move(storage), user});
  return places;
}

Result<std::optional<DiskRecord>> PodmanDisk::Find(const Place& place, std::string_view,
                                                   const CgroupName& name) {
  if (name.shape != CgroupName::Shape::kContainer) return std::nullopt;
  const auto known = known_.find(name.id);
  if (known != known_.end() && known->second.database.starts_with(place.path + "/")) {
    const std::string database = known->second.database;
    auto record = FindInDatabase(database, place.user, name.id);
    if (!record || *record) return record;
    known_.erase(name.id);
  }
  auto record = FindInDatabases(place, name.id);
  if (record && *record) return record;
  // Better a name and an image than nothing.
  auto listed = FindInStorage(place.path, name.id);
  if (listed && *listed) return listed;
  return record ? listed : record;
}

Result<std::optional<DiskRecord>> PodmanDisk::FindInDatabases(const Place& place, const std::string& id) {
  for (const char* database : kDatabases) {
    auto record = FindInDatabase(JoinPath(place.path, database), place.user, id);
    if (!record || *record) return record;
  }
  return std::nullopt;
}

Result<std::optional<DiskRecord>> PodmanDisk::FindInDatabase(const std::string& database, uid_t user,
                                                             const std::string& id) {
  const auto known = known_.find(id);
  const uint64_t seen =
      known != known_.end() && known->second.database == database ? known->second.version : 0;
  const auto row =
      database.ends_with(".sql") ? ReadPodmanSqlite(database, id, seen) : ReadPodmanBolt(database, id, seen);
  if (!row) return tl::unexpected(row.error());
  if (!*row) return std::nullopt;
  if (seen != 0 && (*row)->version == seen) return RecordOf(known->second);
  if (!(*row)->config) {
    // Removed with its end ("--rm"); how it ended is kept for a while.
    const auto code = ParseCode((*row)->exit_code.value_or(""));
    if (seen == 0 || !code) return std::nullopt;
    Known& ended = known->second;
    ended.version = (*row)->version;
    ended.who.state = ContainerState::kExited;
    ended.who.exit_code = code;
    ended.who.init_pid.reset();
    return RecordOf(ended);
  }
  const std::string state = (*row)->state.value_or("{}");
  const std::hash<std::string> hash;
  Known fresh{user, (*row)->version, database, hash(*(*row)->config), hash(state), "", {}};
  if (seen != 0 && known->second.config_hash == fresh.config_hash &&
      known->second.state_hash == fresh.state_hash) {
    known->second.version = fresh.version;
    return RecordOf(known->second);
  }
  auto who = ParsePodmanConfig(*(*row)->config);
  if (!who) return tl::unexpected(who.error().In(database));
  auto run_dir = ApplyPodmanState(state, *who);
  if (!run_dir) return tl::unexpected(run_dir.error().In(database));
  fresh.who = std::move(*who);
  fresh.run_dir = std::move(*run_dir);
  if (known_.size() >= kMaxKnown) known_.clear();
  return RecordOf(known_.insert_or_assign(id, std::move(fresh)).first->second);
}

DiskRecord PodmanDisk::RecordOf(const Known& known) const {
  DiskRecord record{known.who, {{known.database.substr(0, known.database.rfind('/')), true}}};
  if (known.who.health == ContainerHealth::kNone || known.run_dir.empty()) return record;
  // ".../<id>/userdata" -> ".../<id>/healthcheck.log"
  const std::string dir = JoinPath(paths_.rootfs, known.run_dir.substr(0, known.run_dir.rfind('/')));
  if (known.user != 0 && ((dir + "/").find("/../") != std::string::npos || IsRemote(paths_, dir)))
    return record;
  if (const auto text = ReadSmallFile(dir + "/healthcheck.log"); text && *text)
    record.who.health = ParsePodmanHealth(**text);
  record.watch.push_back({dir, false});
  return record;
}

Result<std::optional<DiskRecord>> PodmanDisk::FindInStorage(const std::string& storage,
                                                            const std::string& id) const {
  for (const char* list : kContainerLists) {
    const std::string dir = JoinPath(storage, list);
    for (const char* file : {"/containers.json", "/volatile-containers.json"}) {
      const auto text = ReadSmallFile(dir + file);
      if (!text) return tl::unexpected(text.error());
      if (!*text) continue;
      auto who = ParseStorageContainers(**text, id);
      if (!who) return tl::unexpected(who.error().In(dir + file));
      if (!*who) continue;
      const auto spec_text = ReadSmallFile(dir + "/" + id + "/userdata/config.json");
      if (spec_text && *spec_text)
        if (const auto spec = ParseOciSpec(**spec_text)) FillNetwork(*spec, **who);
      return DiskRecord{std::move(**who), {{dir, false}}};
    }
  }
  return std::nullopt;
}

}  // namespace plimsoll::runtime
