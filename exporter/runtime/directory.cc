#include "exporter/runtime/directory.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "exporter/runtime/cgroup_owners.h"
#include "exporter/runtime/change_list.h"
#include "exporter/runtime/containerd_disk.h"
#include "exporter/runtime/crio_disk.h"
#include "exporter/runtime/disk_follower.h"
#include "exporter/runtime/docker_disk.h"
#include "exporter/runtime/engines.h"
#include "exporter/runtime/host_places.h"
#include "exporter/runtime/oci_state.h"
#include "exporter/runtime/podman_disk.h"
#include "exporter/runtime/roster.h"
#include "exporter/runtime/runtime_choice.h"
#include "exporter/runtime/small_file.h"
#include "model/log.h"

namespace plimsoll::runtime {
namespace {

// How long a cgroup that is named like a container's may stay unexplained
// before it is shown under its id.
constexpr std::chrono::seconds kPatience{2};

std::vector<std::unique_ptr<DiskSource>> MakeSources(const CollectorConfig& config, const HostPaths& paths,
                                                     std::unique_ptr<DockerDisk> docker) {
  std::vector<std::unique_ptr<DiskSource>> sources;
  sources.push_back(std::move(docker));
  sources.push_back(std::make_unique<ContainerdDisk>(
      [config, paths](uid_t user) { return ContainerdStates(config, paths, user); }, paths.rootfs));
  sources.push_back(std::make_unique<CrioDisk>(CrioStorages(paths), JoinPath(paths.rootfs, "run/crio")));
  sources.push_back(std::make_unique<PodmanDisk>(
      [config, paths](uid_t user) { return PodmanStorages(config, paths, user); }, paths));
  sources.push_back(std::make_unique<OciState>([paths](uid_t user) { return OciRoots(paths, user); }));
  return sources;
}

// Without it a mistyped path looks like a runtime that has no container.
void WarnOfMissing(const std::vector<NamedFolder>& folders, const RuntimeChoice& choice) {
  for (const NamedFolder& folder : folders)
    if (choice.Has(folder.runtime) && ::access(folder.path.c_str(), F_OK) != 0)
      log::Warn(
          "a folder that the configuration names cannot be found; its containers may stay without names",
          {{"key", folder.key}, {"path", folder.path}, {"err", std::strerror(errno)}});
}

std::shared_ptr<const Container> PlainCgroup(std::string_view path) {
  Container who;
  who.cgroup = path;
  return std::make_shared<const Container>(std::move(who));
}

}  // namespace

class Directory::Impl final : private EngineListener {
 public:
  Impl(const CollectorConfig& config, HostPaths paths, const Clock& clock)
      : Impl(config, paths, clock,
             std::make_unique<DockerDisk>(
                 [config, paths](uid_t user) { return DockerDataRoots(config, paths, user); }, clock)) {}

  void Start();
  void Stop();
  Answer Identify(std::string_view path);
  std::shared_ptr<const std::vector<RuntimeHealth>> health();

  ChangeList& changes() { return changes_; }
  Roster& roster() { return roster_; }

 private:
  Impl(const CollectorConfig& config, const HostPaths& paths, const Clock& clock,
       std::unique_ptr<DockerDisk> docker_disk)
      : clock_(clock),
        paths_(paths),
        choice_(config.runtimes),
        named_folders_(NamedFolders(config)),
        learns_data_root_(config.docker.data_root.empty()),
        owners_(paths.sysfs),
        roster_(changes_, clock,
                [this](uid_t user, std::string_view cgroup) { return owners_.MaySpeak(user, cgroup); }),
        docker_disk_(docker_disk.get()),
        disk_(
            MakeSources(config, paths, std::move(docker_disk)), roster_, owners_,
            [this] { return UsersHere(paths_); }, [this](RuntimeKind kind) { return choice_.Has(kind); },
            clock),
        engines_(config, paths, choice_, *this, clock) {
    disk_.on_tick = [this] { Tick(); };
  }

  void OnDescribed(int engine, Container who) override;
  void OnUpdated(int, const std::string& id) override { roster_.Touch(id); }
  void OnMentioned(int engine, Container who) override;
  void OnEnded(int engine, const std::string& id, std::optional<int> exit_code,
               std::optional<WallTime> at) override;
  void OnLive(int engine, const std::string& data_root) override;
  void OnLost(int engine) override;
  std::vector<std::string> IdsOf(int engine) override { return roster_.KeysOf(engine); }
  bool IsWanted(const std::string& id) override { return roster_.Look(id).has_value(); }

  Roster::Speaker SpeakerOf(int engine) const { return {engine, engines_.UserOf(engine)}; }
  bool IsUsable(const std::string& data_root, uid_t user) const;
  Answer Plain(std::string_view path) const;
  Answer Unexplained(const std::string& key, std::string_view path, const CgroupName& name,
                     MonoTime first_asked);
  void Tick();
  void LookAtDiskHealth();
  void PublishHealth();

  const Clock& clock_;
  const HostPaths paths_;
  const RuntimeChoice choice_;
  const std::vector<NamedFolder> named_folders_;
  const bool learns_data_root_;
  ChangeList changes_;
  const CgroupOwners owners_;
  Roster roster_;
  DockerDisk* const docker_disk_;  // disk_ owns it
  DiskFollower disk_;
  Engines engines_;
  uint64_t ticks_ = 0;       // the disk follower's thread
  std::mutex health_mutex_;  // guards what follows
  std::vector<RuntimeHealth> disk_health_;
  std::shared_ptr<const std::vector<RuntimeHealth>> health_ =
      std::make_shared<const std::vector<RuntimeHealth>>();
};

void Directory::Impl::Start() {
  WarnOfMissing(named_folders_, choice_);
  LookAtDiskHealth();
  PublishHealth();
  disk_.Start();
  engines_.Start();
}

void Directory::Impl::Stop() {
  disk_.Stop();
  engines_.Stop();
}

void Directory::Impl::OnDescribed(int engine, Container who) {
  const std::string id = who.id;
  if (!IsFullId(id)) return;  // no engine's, and it might be some other container's name
  roster_.Describe(id, std::move(who), SpeakerOf(engine));
  const auto known = roster_.Look(id);
  if (known && known->engine_is_live) disk_.Unfollow(id);
}

void Directory::Impl::OnMentioned(int engine, Container who) {
  const auto known = roster_.Look(who.id);
  if (!known || !known->who || known->is_guess) {
    OnDescribed(engine, std::move(who));
  } else if (who.state == ContainerState::kExited) {
    roster_.End(who.id, who.exit_code, who.finished_at, SpeakerOf(engine));
  }
}

void Directory::Impl::OnEnded(int engine, const std::string& id, std::optional<int> exit_code,
                              std::optional<WallTime> at) {
  roster_.End(id, exit_code, at, SpeakerOf(engine));
}

void Directory::Impl::OnLive(int engine, const std::string& data_root) {
  const uid_t user = engines_.UserOf(engine);
  if (learns_data_root_ && IsUsable(data_root, user))
    docker_disk_->AddRoot(JoinPath(paths_.rootfs, data_root), user);
  roster_.SetEngineLive(engine, true);
  for (const std::string& id : roster_.KeysOf(engine)) disk_.Unfollow(id);
  PublishHealth();
}

// A user's engine may keep its files in the user's home only, and there on a file system of this host.
bool Directory::Impl::IsUsable(const std::string& data_root, uid_t user) const {
  if (!data_root.starts_with('/') || (data_root + "/").find("/../") != std::string::npos) return false;
  if (user == 0) return true;
  const auto home = HomeOf(paths_, user);
  const std::string path = JoinPath(paths_.rootfs, data_root);
  return home && path.starts_with(*home + "/") && !IsRemote(paths_, path);
}

void Directory::Impl::OnLost(int engine) {
  roster_.SetEngineLive(engine, false);
  disk_.Refollow(roster_.KeysOf(engine));
}

Directory::Answer Directory::Impl::Identify(std::string_view path) {
  const CgroupName name = ClassifyCgroup(path);
  if (name.shape == CgroupName::Shape::kPlain) return Plain(path);
  const std::string key = name.shape == CgroupName::Shape::kContainer ? name.id : std::string(path);
  const Roster::Asked asked = roster_.Ask(key, path);
  // What a user's engine tells, root's files may know better.
  if (asked.who && asked.engine_is_live && asked.by.user == 0) return {Claim::kContainer, asked.who};
  if (auto found = disk_.Find(key, path, name, Roster::Tell::kAnswer)) {
    if (found->who) return {Claim::kContainer, std::move(found->who)};
    roster_.ForgetUndescribed(key);
    return {Claim::kIgnored, nullptr};
  }
  if (asked.who) return {Claim::kContainer, asked.who};
  if (name.shape == CgroupName::Shape::kUnrecognised) {
    roster_.ForgetUndescribed(key);
    return Plain(path);
  }
  return Unexplained(key, path, name, asked.first_asked);
}

Directory::Answer Directory::Impl::Plain(std::string_view path) const {
  if (path != "/" && !choice_.Has(RuntimeKind::kCgroup)) return {Claim::kIgnored, nullptr};
  return {Claim::kPlain, PlainCgroup(path)};
}

Directory::Answer Directory::Impl::Unexplained(const std::string& key, std::string_view path,
                                               const CgroupName& name, MonoTime first_asked) {
  const RuntimeKind runtime = name.hint.value_or(RuntimeKind::kOci);
  if (name.hint && !choice_.Has(runtime)) {
    roster_.ForgetUndescribed(key);
    return {Claim::kIgnored, nullptr};
  }
  for (const auto kind : {RuntimeKind::kDocker, RuntimeKind::kPodman})
    if (!name.hint || *name.hint == kind) engines_.Ask(kind, name.id);
  if (clock_.Mono() - first_asked < kPatience) return {Claim::kPending, nullptr};
  Container guess;
  guess.runtime = runtime;
  guess.cgroup = path;
  guess.id = name.id;
  guess.name = name.id;  // better an ugly name than a container that nobody sees
  return {Claim::kContainer, roster_.GuessAs(key, std::move(guess))};
}

void Directory::Impl::Tick() {
  constexpr uint64_t kSlow = 5;  // seconds
  if (++ticks_ % kSlow == 0) {
    for (const std::string& key : roster_.Sweep()) disk_.Unfollow(key);
    disk_.Refollow(roster_.Guesses());
    engines_.LookForNew();
    LookAtDiskHealth();
  }
  PublishHealth();
}

void Directory::Impl::LookAtDiskHealth() {
  auto now = disk_.LookAtHealth();
  const std::lock_guard lock(health_mutex_);
  disk_health_ = std::move(now);
}

// Made here, once a second and when an engine is reached, so that asking for it is free.
void Directory::Impl::PublishHealth() {
  auto all = std::make_shared<std::vector<RuntimeHealth>>(engines_.health());
  const size_t engines = all->size();
  const std::lock_guard lock(health_mutex_);
  for (const RuntimeHealth& files : disk_health_) {
    const auto told = [&](const RuntimeHealth& engine) {
      return engine.up && engine.runtime == files.runtime;
    };
    if (std::none_of(all->begin(), all->begin() + static_cast<ptrdiff_t>(engines), told))
      all->push_back(files);
  }
  health_ = std::move(all);
}

std::shared_ptr<const std::vector<RuntimeHealth>> Directory::Impl::health() {
  const std::lock_guard lock(health_mutex_);
  return health_;
}

Directory::Directory(const CollectorConfig& config, HostPaths paths, const Clock& clock)
    : impl_(std::make_unique<Impl>(config, std::move(paths), clock)) {}
Directory::~Directory() { Stop(); }
void Directory::Start() { impl_->Start(); }
void Directory::Stop() { impl_->Stop(); }
Directory::Answer Directory::Identify(std::string_view path) { return impl_->Identify(path); }
int Directory::change_fd() const { return impl_->changes().fd(); }
std::vector<std::shared_ptr<const Container>> Directory::TakeChanges() { return impl_->changes().Take(); }
void Directory::Forget(std::string_view container_id) { impl_->roster().Forget(container_id); }
std::shared_ptr<const std::vector<RuntimeHealth>> Directory::health() const { return impl_->health(); }

}  // namespace plimsoll::runtime
