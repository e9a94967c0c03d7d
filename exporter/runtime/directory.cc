#include "exporter/runtime/directory.h"

#include <utility>

#include "exporter/runtime/change_list.h"
#include "exporter/runtime/containerd_disk.h"
#include "exporter/runtime/crio_disk.h"
#include "exporter/runtime/disk_follower.h"
#include "exporter/runtime/docker_disk.h"
#include "exporter/runtime/host_places.h"
#include "exporter/runtime/oci_state.h"
#include "exporter/runtime/podman_disk.h"
#include "exporter/runtime/roster.h"
#include "exporter/runtime/runtime_choice.h"
#include "exporter/runtime/small_file.h"

namespace plimsoll::runtime {
namespace {

// How long a cgroup that is named like a container's may stay unexplained
// before it is shown under its id.
constexpr std::chrono::seconds kPatience{2};

std::vector<std::unique_ptr<DiskSource>> MakeSources(const CollectorConfig& config, const HostPaths& paths) {
  std::vector<std::unique_ptr<DiskSource>> sources;
  sources.push_back(std::make_unique<DockerDisk>(DockerDataRoots(config, paths)));
  sources.push_back(std::make_unique<ContainerdDisk>(ContainerdStates(config, paths),
                                                     JoinPath(paths.rootfs, "etc/containerd/config.toml")));
  sources.push_back(std::make_unique<CrioDisk>(CrioStorages(paths)));
  sources.push_back(
      std::make_unique<PodmanDisk>([config, paths] { return PodmanStorages(config, paths); }, paths.rootfs));
  sources.push_back(std::make_unique<OciState>(JoinPath(paths.rootfs, "run")));
  return sources;
}

std::shared_ptr<const Container> PlainCgroup(std::string_view path) {
  Container who;
  who.cgroup = path;
  return std::make_shared<const Container>(std::move(who));
}

}  // namespace

class Directory::Impl {
 public:
  Impl(const CollectorConfig& config, HostPaths paths, const Clock& clock)
      : clock_(clock),
        choice_(config.runtimes),
        roster_(changes_, clock),
        disk_(MakeSources(config, paths), roster_, [this](RuntimeKind kind) { return choice_.Has(kind); }) {
    disk_.on_tick = [this] { Tick(); };
  }

  void Start() { disk_.Start(); }
  void Stop() { disk_.Stop(); }
  Answer Identify(std::string_view path);

  ChangeList& changes() { return changes_; }
  Roster& roster() { return roster_; }

 private:
  Answer Plain(std::string_view path) const;
  Answer Unexplained(const std::string& key, std::string_view path, const CgroupName& name,
                     MonoTime first_asked);
  void Tick();

  const Clock& clock_;
  const RuntimeChoice choice_;
  ChangeList changes_;
  Roster roster_;
  DiskFollower disk_;
};

Directory::Answer Directory::Impl::Identify(std::string_view path) {
  const CgroupName name = ClassifyCgroup(path);
  if (name.shape == CgroupName::Shape::kPlain) return Plain(path);
  const std::string key = name.shape == CgroupName::Shape::kContainer ? name.id : std::string(path);
  const Roster::Asked asked = roster_.Ask(key, path);
  if (asked.who && asked.engine_is_live) return {Claim::kContainer, asked.who};
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
  if (clock_.Mono() - first_asked < kPatience) return {Claim::kPending, nullptr};
  Container guess;
  guess.runtime = runtime;
  guess.cgroup = path;
  guess.id = name.id;
  guess.name = name.id;  // better an ugly name than a container that nobody sees
  return {Claim::kContainer, roster_.GuessAs(key, std::move(guess))};
}

void Directory::Impl::Tick() {
  disk_.Refollow(roster_.Guesses());
  for (const std::string& key : roster_.Sweep()) disk_.Unfollow(key);
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
std::shared_ptr<const std::vector<RuntimeHealth>> Directory::health() const {
  return std::make_shared<const std::vector<RuntimeHealth>>();
}

}  // namespace plimsoll::runtime
