#include "exporter/collect/census.h"

#include <fnmatch.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "exporter/collect/oom_notice.h"
#include "model/log.h"

namespace plimsoll::collect {
namespace {

using Claim = runtime::Directory::Claim;
using std::chrono::seconds;

constexpr auto kWaitForExitCode = seconds(1);

// What the rest of the process needs: clients, sockets, watches.
constexpr uint64_t kReservedDescriptors = 256;

uint64_t SpareDescriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 512;
  const uint64_t most = std::min<uint64_t>(limit.rlim_cur, 1 << 20);
  return most > 2 * kReservedDescriptors ? most - kReservedDescriptors : most / 2;
}

uint8_t GroupBits(const std::set<std::string>& names) {
  uint8_t bits = 0;
  for (const std::string& name : names) {
    bits |= name == "percpu"    ? kPerCpu
            : name == "tcp"     ? kTcp
            : name == "udp"     ? kUdp
            : name == "process" ? kProcess
            : name == "disk"    ? kDisk
            : name == "hugetlb" ? kHugetlb
                                : 0;
  }
  return bits;
}

std::string ParentOf(const std::string& cgroup) {
  const size_t slash = cgroup.rfind('/');
  return slash == 0 ? "/" : cgroup.substr(0, slash);
}

bool HasEnded(const Container& who) {
  return who.state == ContainerState::kExited || who.state == ContainerState::kDead ||
         who.state == ContainerState::kRestarting;
}

// Whether this runtime will tell an exit code after the cgroup is gone.
bool TellsExitCode(const Container& who) {
  return who.runtime == RuntimeKind::kDocker || who.runtime == RuntimeKind::kPodman;
}

std::shared_ptr<const Container> WithCgroup(const std::shared_ptr<const Container>& who,
                                            const std::string& cgroup) {
  if (who->cgroup == cgroup) return who;
  auto copy = std::make_shared<Container>(*who);
  copy->cgroup = cgroup;
  return copy;
}

}  // namespace

Census::Census(const CollectorConfig& config, const runtime::HostPaths& paths, Hierarchies trees,
               runtime::Directory& directory, const Clock& clock, Listen listen)
    : config_(config),
      paths_(paths),
      directory_(directory),
      clock_(clock),
      listen_(std::move(listen)),
      host_network_(HostNetworkNamespace(paths.procfs)),
      context_(std::move(trees), paths.sysfs, SpareDescriptors()),
      watch_(context_.trees),
      extras_(paths.procfs, context_.trees.mode == CgroupMode::kV2),
      interfaces_(paths.sysfs) {
  SwitchGroups();
  Reconcile();
  first_scan_ = false;
}

void Census::SwitchGroups() {
  groups_ = GroupBits(config_.enable_groups);
  if (!(groups_ & kDisk))
    disk_walker_.reset();
  else if (!disk_walker_)
    disk_walker_ = std::make_unique<DiskWalker>(paths_);
}

// ---- who lives ----

void Census::Reconcile() {
  has_room_again_ = false;
  reconciled_at_ = clock_.Mono();
  const std::vector<std::string> found = watch_.Scan();
  for (auto it = members_.begin(); it != members_.end();) {
    const auto gone = it++;
    if (!std::binary_search(found.begin(), found.end(), gone->first)) Go(gone);
  }
  for (const std::string& cgroup : found) Come(cgroup);
}

void Census::TakeTreeEvents() {
  const uint64_t known_before = incarnations_;
  for (const TreeWatch::Event& event : watch_.Take()) {
    if (event.kind == TreeWatch::Event::Kind::kLost) {
      Reconcile();
      continue;
    }
    if (event.kind == TreeWatch::Event::Kind::kCome) {
      Come(event.cgroup);
      continue;
    }
    const auto at = members_.find(event.cgroup);
    if (at == members_.end()) continue;
    if (event.kind == TreeWatch::Event::Kind::kChanged)
      ReadNow(at);
    else if (!StillThere(*at->second))
      Go(at);
    else if (at->second->sample.incarnation > known_before)
      TellPredecessor(*at->second);
  }
}

uint64_t Census::InodeOf(Tree tree, const std::string& cgroup) const {
  struct stat status;
  const std::string path = context_.trees[tree] + (cgroup == "/" ? "" : cgroup);
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

bool Census::StillThere(const Member& member) const {
  return InodeOf(member.inode_tree, member.cgroup) == member.inode;
}

// Read late: who came and went was never met; its coming led to the next one at this path, whose start is
// then told as the start of both.
void Census::TellPredecessor(Member& member) {
  if (!member.announced || member.had_predecessor) return;
  member.had_predecessor = true;  // each hierarchy tells of it
  Tell(Kind::kStop, member.sample.who);
  Tell(Kind::kStart, member.sample.who);
}

void Census::Come(const std::string& cgroup) {
  if (const auto known = members_.find(cgroup); known != members_.end()) {
    if (StillThere(*known->second)) return;
    Go(known);  // made anew under the same path faster than we looked
    watch_.Enter(cgroup);
  }
  auto member = std::make_unique<Member>(cgroup);
  for (const Tree tree : context_.trees.watched()) {
    member->inode_tree = tree;
    if ((member->inode = InodeOf(tree, cgroup)) != 0) break;
  }
  if (member->inode == 0) {  // gone again
    watch_.Leave(cgroup);
    return;
  }
  member->born = clock_.Mono();
  member->born_before_us = first_scan_;
  member->sample.incarnation = ++incarnations_;
  member->sample.first_seen = clock_.Wall();
  struct stat status;
  const std::string path = context_.trees[member->inode_tree] + (cgroup == "/" ? "" : cgroup);
  if (::stat(path.c_str(), &status) == 0)
    member->sample.cgroup_created =
        WallTime(seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec));
  else
    status.st_uid = 0;
  if (cgroup != "/") {
    const auto parent = members_.find(ParentOf(cgroup));
    if (parent != members_.end()) member->parent = parent->second.get();
  }
  if (!Admit(*member, status.st_uid)) {
    watch_.Leave(cgroup);
    return;
  }
  by_incarnation_[member->sample.incarnation] = member.get();
  Member& kept = *members_.emplace(cgroup, std::move(member)).first->second;
  Identify(kept);
}

// False when there are too many of whoever makes them.
bool Census::Admit(Member& member, uint32_t owner) {
  if (member.cgroup == "/") return true;
  // One that was refused is no member, and what lies below it is of the same delegation.
  auto above = members_.find(ParentOf(member.cgroup));
  for (std::string path = member.cgroup; above == members_.end() && path != "/";)
    above = members_.find(path = ParentOf(path));
  if (above != members_.end()) member.delegation = above->second->delegation;
  if (member.delegation == 0 && owner != 0) member.delegation = member.sample.incarnation;
  const Delegations::Answer answer = delegations_.Take(member.delegation);
  if (answer == Delegations::Answer::kFirstRefused)
    log::Warn("too many cgroups of one owner; those that are more are not measured",
              {{"uid", std::to_string(owner)},
               {"measured", std::to_string(Delegations::kMost)},
               {"first", member.cgroup}});
  return answer == Delegations::Answer::kTaken;
}

void Census::Go(Members::iterator at) {
  Member& member = *at->second;
  if (!member.is_container()) Identify(member);  // the last chance to learn who it was
  const std::shared_ptr<const Container> who = member.sample.who;
  if (member.is_container()) {
    const auto indexed = by_id_.find(who->id);
    if (indexed != by_id_.end() && indexed->second == &member) by_id_.erase(indexed);
    if (member.shown) {
      auto ended = std::make_shared<EndedContainer>();
      ended->last = std::move(member.sample);
      ended->last_seen = clock_.Wall();
      ended->ended_at = clock_.Mono();
      by_incarnation_.erase(ended->last.incarnation);
      ended_.push_back(ended);
      untold_.push_back(ended);
    }
    directory_.Forget(who->id);
  }
  by_incarnation_.erase(member.sample.incarnation);
  if (delegations_.GiveBack(member.delegation)) has_room_again_ = true;
  if (disk_walker_) disk_walker_->Drop(member.sample.incarnation);
  watch_.Leave(member.cgroup);
  const auto owner = network_owners_.find(member.network.network_namespace());
  if (owner != network_owners_.end() && owner->second == &member) network_owners_.erase(owner);
  for (auto child = std::next(at); child != members_.end() && child->first.starts_with(at->first); ++child)
    if (child->second->parent == &member) child->second->parent = member.parent;
  members_.erase(at);
}

bool Census::Shown(const Container& who) const {
  if (who.cgroup == "/") return true;
  const char* const text = who.name.empty() ? who.cgroup.c_str() : who.name.c_str();
  const auto matches = [text](const std::string& glob) {
    return glob == "*" || ::fnmatch(glob.c_str(), text, 0) == 0;
  };
  return std::any_of(config_.include.begin(), config_.include.end(), matches) &&
         std::none_of(config_.exclude.begin(), config_.exclude.end(), matches);
}

void Census::Identify(Member& member) {
  const runtime::Directory::Answer answer = directory_.Identify(member.cgroup);
  member.claim = answer.claim;
  member.sample.who = answer.who;
  Settle(member);
}

// Opens what its identity calls for, closes what it does not, and tells of a
// container that started.
void Census::Settle(Member& member) {
  const bool pending = member.claim == Claim::kPending;
  member.shown = pending || (member.claim != Claim::kIgnored && Shown(*member.sample.who));
  const auto depth = member.shown ? CgroupReader::Depth::kFigures : CgroupReader::Depth::kSpecOnly;
  const auto limits =
      member.is_container() ? CgroupReader::Limits::kHereOrInPayload : CgroupReader::Limits::kHere;
  if (!member.reader || member.reader->depth() != depth || member.reader->groups() != groups_ ||
      member.reader->limits() != limits) {
    member.reader = std::make_unique<CgroupReader>(context_, member.cgroup, groups_, depth, limits);
    ReadSpec(member, clock_.Mono());
    member.sample.process.reset();  // of groups that may be off by now
    member.sample.sockets.reset();
    member.sample.huge_pages.clear();
    member.sample.disk.reset();
  }
  if (!member.is_container() || !member.shown || member.announced) return;
  member.announced = true;
  const std::string& id = member.sample.who->id;
  by_id_[id] = &member;
  // The same container again: its counters go on, and its frozen self makes room.
  const auto same = [&](const Ended& ended) {
    return ended->last.who->id == id && ended->last.who->cgroup == member.cgroup;
  };
  for (const Ended& earlier : ended_)
    if (same(earlier))
      member.sample.oom_kills_before =
          earlier->last.oom_kills_before + earlier->last.memory.oom_kills.value_or(0);
  for (const Ended& earlier : untold_)
    if (same(earlier)) Tell(Kind::kStop, earlier->last.who, earlier->last.who->exit_code);
  std::erase_if(ended_, same);
  std::erase_if(untold_, same);
  if (!member.born_before_us) Tell(Kind::kStart, member.sample.who);
  // The kernel's word that the last process left comes before the runtime removes
  // the cgroup: that is when the final figures are read. v1 tells of an OOM besides,
  // a moment before the kill.
  watch_.WatchFile(member.cgroup, Tree::kUnified, "cgroup.events");
  if (!context_.trees[Tree::kMemory].empty()) {
    member.oom_notice = NoticeOom(context_.trees[Tree::kMemory] + member.cgroup);
    if (member.oom_notice) listen_(member.oom_notice.get(), member.sample.incarnation);
  }
  if (ReadFigures(member, CgroupReader::Care::kAll) && !member.basis) {
    const MonoTime now = clock_.Mono();
    member.basis = BasisOf(member.sample, {now, now, now});
    member.basis_made_at = now;
  }
}

// ---- what runtimes tell ----

bool Census::TakeIdentities() {
  for (const auto& who : directory_.TakeChanges()) Apply(who);
  bool named = false;
  for (auto& [cgroup, member] : members_) {
    if (member->claim != Claim::kPending) continue;
    Identify(*member);
    named = named || member->claim != Claim::kPending;
  }
  return named;
}

void Census::Apply(const std::shared_ptr<const Container>& who) {
  // The path names a container surely; an id may be used again in another namespace.
  Member* found = nullptr;
  if (const auto at = members_.find(who->cgroup); at != members_.end()) {
    found = at->second.get();
  } else if (const auto by_id = by_id_.find(who->id); by_id != by_id_.end()) {
    found = by_id->second;
  }
  if (!found || !found->is_container()) {
    // A cgroup that looked like nobody's may turn out to be a container (runc and
    // crun write down whose it is after they made it).
    if (found && found->claim == Claim::kPlain)
      Identify(*found);
    else if (!found)
      ApplyToEnded(who);
    return;
  }
  Member& member = *found;
  const std::shared_ptr<const Container> before = member.sample.who;
  const std::shared_ptr<const Container> now = WithCgroup(who, member.cgroup);
  member.sample.who = now;
  if (before->name != now->name) Tell(Kind::kRename, now);
  if (before->health != now->health && now->health != ContainerHealth::kUnknown) Tell(Kind::kHealth, now);
  if (before->state != now->state) {
    if (now->state == ContainerState::kPaused) Tell(Kind::kPause, now);
    if (before->state == ContainerState::kPaused && now->state == ContainerState::kRunning)
      Tell(Kind::kUnpause, now);
  }
  if (before->name != now->name) Settle(member);
  member.spec_read_at = {};  // limits may have been updated too
}

void Census::ApplyToEnded(const std::shared_ptr<const Container>& who) {
  for (Ended& ended : ended_) {
    if (ended->last.who->id != who->id) continue;
    if (!who->cgroup.empty() && ended->last.who->cgroup != who->cgroup) continue;
    auto news = std::make_shared<EndedContainer>(*ended);
    news->last.who = WithCgroup(who, ended->last.who->cgroup);
    std::replace(untold_.begin(), untold_.end(), ended, Ended(news));
    ended = news;
  }
}

void Census::Tell(Kind kind, const std::shared_ptr<const Container>& who, std::optional<int> exit_code,
                  uint64_t count) {
  events_.push_back({kind, who, clock_.Wall(), exit_code, count});
}

void Census::TellEnds(MonoTime now) {
  std::erase_if(untold_, [&](const Ended& ended) {
    const Container& who = *ended->last.who;
    const bool told = HasEnded(who);
    if (!told && TellsExitCode(who) && now - ended->ended_at < kWaitForExitCode) return false;
    const bool counted = ended->last.memory.oom_kills.value_or(0) > 0;
    if (told && who.oom_killed.value_or(false) && !counted) Tell(Kind::kOom, ended->last.who);
    Tell(Kind::kStop, ended->last.who, told ? who.exit_code : std::nullopt);
    return true;
  });
}

void Census::Reconfigure(const CollectorConfig& config) {
  config_ = config;
  SwitchGroups();
  for (auto& [cgroup, member] : members_)
    if (member->claim != Claim::kPending) Settle(*member);
}

}  // namespace plimsoll::collect
