#include "exporter/runtime/podman_disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <utility>

#include "exporter/runtime/bolt_file.h"
#include "exporter/runtime/oci_spec.h"
#include "exporter/runtime/podman_state.h"
#include "exporter/runtime/small_file.h"

namespace plimsoll::runtime {
namespace {

// Every graph driver has a list of its own.
constexpr const char* kContainerLists[] = {"overlay-containers", "vfs-containers", "btrfs-containers",
                                           "zfs-containers"};
constexpr size_t kMaxKnown = 8192;

// What one transaction of the database says about a container.
struct Stored {
  uint64_t transaction = 0;
  std::optional<std::string> config, state, exit_code;
};

Result<std::optional<Stored>> ReadStored(const BoltFile::ReadAt& read_at, const std::string& id,
                                         uint64_t seen_transaction) {
  // A writer that commits twice while we read may reuse pages we are on.
  for (int tries = 0; tries < 5; ++tries) {
    const auto file = BoltFile::Open(read_at);
    if (!file) return tl::unexpected(file.error());
    if (file->transaction() == seen_transaction) return std::nullopt;
    auto config = file->Get({"ctr", id, "config"});
    auto state = file->Get({"ctr", id, "state"});
    auto exit_code = file->Get({"exit-code", id});
    const auto after = BoltFile::Open(read_at);
    if (!after || after->transaction() != file->transaction()) continue;
    for (const auto* part : {&config, &state, &exit_code})
      if (!*part) return tl::unexpected(part->error());
    return Stored{file->transaction(), std::move(*config), std::move(*state), std::move(*exit_code)};
  }
  return Fail("written all the time");
}

// nullptr when there is no such file.
std::shared_ptr<const int> OpenFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return nullptr;
  return {new int(fd), [](const int* p) {
            ::close(*p);
            delete p;
          }};
}

BoltFile::ReadAt ReaderOf(std::shared_ptr<const int> fd) {
  return [fd = std::move(fd)](uint64_t offset, char* into, size_t size) {
    while (size > 0) {
      const ssize_t n = ::pread(*fd, into, size, static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      offset += static_cast<uint64_t>(n);
      into += n;
      size -= static_cast<size_t>(n);
    }
    return true;
  };
}

std::optional<int> ParseCode(std::string_view text) {
  int code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  if (text.empty() || error != std::errc()) return std::nullopt;
  return code;
}

}  // namespace

PodmanDisk::PodmanDisk(std::function<std::vector<std::string>()> storages, std::string rootfs)
    : storages_(std::move(storages)), rootfs_(std::move(rootfs)) {}

Result<std::optional<DiskRecord>> PodmanDisk::Find(std::string_view, const CgroupName& name) {
  if (name.shape != CgroupName::Shape::kContainer) return std::nullopt;
  if (const auto known = known_.find(name.id); known != known_.end()) {
    const std::string storage = known->second.storage;
    auto record = FindInDatabase(storage, name.id);
    if (!record || *record) return record;
    known_.erase(name.id);
  }
  for (const std::string& storage : storages_()) {
    auto record = FindInDatabase(storage, name.id);
    if (!record || *record) return record;
    record = FindInStorage(storage, name.id);
    if (!record || *record) return record;
  }
  return std::nullopt;
}

Result<std::optional<DiskRecord>> PodmanDisk::FindInDatabase(const std::string& storage,
                                                             const std::string& id) {
  const std::string path = JoinPath(storage, "libpod/bolt_state.db");
  const auto fd = OpenFile(path);
  if (!fd) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return tl::unexpected(ErrnoError("open " + path));
  }
  const auto known = known_.find(id);
  const auto stored = ReadStored(ReaderOf(fd), id, known == known_.end() ? 0 : known->second.transaction);
  if (!stored) return tl::unexpected(stored.error().In(path));
  if (!*stored) return RecordOf(known->second);
  if (!(*stored)->config) {
    // Removed with its end ("--rm"); how it ended is kept for a while.
    const auto code = ParseCode((*stored)->exit_code.value_or(""));
    if (known == known_.end() || !code) return std::nullopt;
    Known& ended = known->second;
    ended.transaction = (*stored)->transaction;
    ended.who.state = ContainerState::kExited;
    ended.who.exit_code = code;
    ended.who.init_pid.reset();
    return RecordOf(ended);
  }
  auto who = ParsePodmanConfig(*(*stored)->config);
  if (!who) return tl::unexpected(who.error().In(path));
  auto run_dir = ApplyPodmanState((*stored)->state.value_or("{}"), *who);
  if (!run_dir) return tl::unexpected(run_dir.error().In(path));
  if (known_.size() >= kMaxKnown) known_.clear();
  Known& fresh = known_[id] = Known{(*stored)->transaction, storage, std::move(*run_dir), std::move(*who)};
  return RecordOf(fresh);
}

DiskRecord PodmanDisk::RecordOf(const Known& known) const {
  DiskRecord record{known.who, {{JoinPath(known.storage, "libpod"), true}}};
  if (known.who.health == ContainerHealth::kNone || known.run_dir.empty()) return record;
  // ".../<id>/userdata" -> ".../<id>/healthcheck.log"
  const std::string dir = JoinPath(rootfs_, known.run_dir.substr(0, known.run_dir.rfind('/')));
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
