// The reading half of the census: one beat over all members.

#include <unistd.h>

#include <thread>

#include "exporter/collect/census.h"
#include "model/log.h"

namespace plimsoll::collect {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kSpecEvery = seconds(30);  // how old limits may get
constexpr auto kYoung = seconds(10);  // a runtime may still be setting it up: all is looked at in every beat
constexpr auto kNetworkSure = seconds(2);  // by then its first process is in the namespace it will stay in
constexpr auto kShortestWindow = milliseconds(100);    // rates over less say nothing
constexpr auto kBetweenLooksForRefused = seconds(30);  // each walks all cgroups, however many a user made
constexpr size_t kMostEnded = 10000;
constexpr int kLooksForKill = 10;
constexpr auto kBetweenLooks = std::chrono::microseconds(300);

}  // namespace

std::shared_ptr<const ContainerSet> Census::Read(const HostSample& host, Figure memory_free,
                                                 uint64_t beats_skipped) {
  const MonoTime begin = clock_.Mono();
  if (watch_.incomplete() || (has_room_again_ && begin - reconciled_at_ >= kBetweenLooksForRefused))
    Reconcile();
  TakeIdentities();
  context_.parse.block_names.Age();
  extras_.BeginBeat();

  const std::shared_ptr<ContainerSet> set = sets_.Lend();
  size_t count = 0;
  for (auto it = members_.begin(); it != members_.end();) {
    const auto at = it++;
    Member& member = *at->second;
    const MonoTime now = clock_.Mono();
    const bool young = now - member.born < kYoung;
    if (young || now - member.spec_read_at >= kSpecEvery) ReadSpec(member, now);
    const auto care = young                                               ? CgroupReader::Care::kAll
                      : member.claim == runtime::Directory::Claim::kPlain ? CgroupReader::Care::kSparing
                                                                          : CgroupReader::Care::kQuietRests;
    if (member.shown && !ReadFigures(member, care)) {
      Go(at);
      continue;
    }
    if (member.cgroup == "/") FixRoot(member, host, memory_free);
    FindNetwork(member, now);
    Derive(member, host, now);
    if (!member.has_figures()) continue;
    if (count == set->containers.size()) set->containers.emplace_back();
    set->containers[count++] = member.sample;
  }
  set->containers.resize(count);

  TellEnds(begin);
  std::erase_if(ended_, [&](const Ended& ended) { return begin - ended->ended_at >= config_.last_seen_for; });
  if (ended_.size() > kMostEnded) ended_.erase(ended_.begin(), ended_.end() - kMostEnded);

  set->number = ++set_number_;
  set->wall = clock_.Wall();
  set->mono = begin;
  set->ended = ended_;
  set->events.swap(events_);
  events_.clear();
  set->runtimes = directory_.health();
  ++context_.stats.beats;
  context_.stats.beats_skipped = beats_skipped;
  context_.stats.duration = clock_.Mono() - begin;
  set->stats = context_.stats;
  return set;
}

void Census::Notice(uint64_t incarnation) {
  const auto found = by_incarnation_.find(incarnation);
  if (found == by_incarnation_.end()) return;
  Member& member = *found->second;
  uint64_t times;
  [[maybe_unused]] const ssize_t n = ::read(member.oom_notice.get(), &times, sizeof times);
  // The notice comes just before the kill is counted (mm/memcontrol.c), and the
  // cgroup may be gone soon after it.
  const Figure before = member.sample.memory.oom_kills;
  for (int look = 0; look < kLooksForKill; ++look) {
    if (!ReadFigures(member, CgroupReader::Care::kAll)) {
      Go(members_.find(member.cgroup));
      return;
    }
    if (member.sample.memory.oom_kills != before) return;
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

void Census::ReadNow(Members::iterator at) {
  if (at->second->shown && !ReadFigures(*at->second, CgroupReader::Care::kAll)) Go(at);
}

bool Census::ReadFigures(Member& member, CgroupReader::Care care) {
  const MonoTime now = clock_.Mono();
  if (!member.reader->Read(member.sample, now, care)) return false;
  const bool root = member.cgroup == "/";  // its network is the host's own
  member.network.Read(context_.text, member.sample, now, !root && member.reader->all_read_at() != now);
  if (root) interfaces_.Mark(member.sample.net);
  if (!member.told_of_interfaces && !member.sample.net.empty() && member.sample.net.back().is_rest) {
    member.told_of_interfaces = true;
    log::Warn("a container has more network interfaces than are shown one by one",
              {{"cgroup", member.cgroup}, {"shown", std::to_string(ContainerNetwork::kMostInterfaces)}});
  }
  if (care == CgroupReader::Care::kSparing && member.reader->all_read_at() != now) return true;
  if (groups_ != kAlways) ReadCostlyGroups(member);
  CountOomKills(member);
  return true;
}

void Census::ReadCostlyGroups(Member& member) {
  ContainerSample& sample = member.sample;
  const Tree tree = member.inode_tree;
  if (groups_ & kProcess) extras_.ReadProcesses(member.reader->ProcessDirectory(tree), sample);
  if (groups_ & kHugetlb) {
    const Tree pages = context_.trees.mode == CgroupMode::kV2 ? tree : Tree::kHugetlb;
    extras_.ReadHugePages(member.reader->PathOf(pages, ""), sample);
  }
  // It may have ended before the others, and its number be another's by now.
  if (member.first_process && !IsAlive(paths_.procfs, *member.first_process, context_.text))
    FindFirstProcess(member);
  const int64_t pid = member.first_process ? member.first_process->pid : 0;
  sample.sockets.reset();
  const auto lender = by_incarnation_.find(member.network_lender);
  const auto& inside = lender == by_incarnation_.end() ? member.first_process : lender->second->first_process;
  if ((groups_ & (kTcp | kUdp)) && inside && member.network.open() &&
      NetworkNamespaceOf(paths_.procfs, inside->pid) == member.network.network_namespace())
    extras_.ReadSockets(inside->pid, groups_, sample);
  if (disk_walker_ && pid != 0) {
    disk_walker_->Want(sample.incarnation, pid);
    sample.disk = disk_walker_->Latest(sample.incarnation);
  }
}

void Census::ReadSpec(Member& member, MonoTime now) {
  member.reader->ReadSpec(member.sample);
  member.spec_read_at = now;
}

void Census::CountOomKills(Member& member) {
  const Figure kills = member.sample.memory.oom_kills;
  if (!kills || !member.is_container()) return;
  const uint64_t seen = member.oom_kills_seen.value_or(member.born_before_us ? *kills : 0);
  if (*kills > seen) Tell(Kind::kOom, member.sample.who, {}, *kills - seen);
  member.oom_kills_seen = kills;
}

void Census::FindFirstProcess(Member& member) {
  member.first_process =
      FirstProcess(paths_.procfs, member.cgroup, context_.trees[member.inode_tree] + member.cgroup,
                   member.sample.who->init_pid, context_.text);
}

// Decides whose network series these are: those of the one container that owns
// the namespace. Host networking and joined namespaces have none of their own.
void Census::FindNetwork(Member& member, MonoTime now) {
  if (member.network_lender != 0 && !by_incarnation_.contains(member.network_lender)) {
    member.network_lender = 0;
    member.network_settled = false;
  }
  if (member.network_settled || !member.shown) return;
  if (member.cgroup == "/") {
    member.network.OpenHost(paths_.procfs);
    member.network_settled = true;
    return;
  }
  if (!member.is_container()) return;
  const Container& who = *member.sample.who;
  const bool joins =
      who.shares_network || who.host_network.value_or(false) || (!who.kube_pod.empty() && !who.is_sandbox);
  FindFirstProcess(member);
  std::optional<int64_t> pid;
  if (member.first_process) pid = member.first_process->pid;
  member.network_settled = now - member.born >= (pid ? kNetworkSure : kYoung);
  if (joins) return;
  if (pid)
    OpenNetwork(member, *pid);
  else if (who.is_sandbox)
    BorrowNetwork(member);
}

// CRI-O runs no pause container unless it has to (drop_infra_ctr): the cgroup of such a sandbox is empty for
// ever, and the processes in the pod's network are those of its containers, which come and go.
void Census::BorrowNetwork(Member& sandbox) {
  const Container& who = *sandbox.sample.who;
  if (!sandbox.parent || who.kube_pod.empty()) return;
  const std::string& pod = sandbox.parent->cgroup;
  sandbox.network_settled = false;  // until one is found, however long its image takes to come
  for (auto at = members_.upper_bound(pod); at != members_.end() && at->first.starts_with(pod); ++at) {
    Member& other = *at->second;
    if (other.parent != sandbox.parent || !other.is_container() ||
        other.sample.who->kube_pod != who.kube_pod || other.sample.who->kube_namespace != who.kube_namespace)
      continue;
    FindFirstProcess(other);
    // A runtime that is still setting it up is in the host's.
    const uint64_t its =
        other.first_process ? NetworkNamespaceOf(paths_.procfs, other.first_process->pid) : 0;
    if (its == 0 || its == host_network_) continue;
    OpenNetwork(sandbox, other.first_process->pid);
    if (!sandbox.network.open()) continue;
    sandbox.network_lender = other.sample.incarnation;
    sandbox.network_settled = true;
    return;
  }
}

// Opens the network of `pid` for `member`, unless it is another's already.
void Census::OpenNetwork(Member& member, int64_t pid) {
  const auto owned = network_owners_.find(member.network.network_namespace());
  if (owned != network_owners_.end() && owned->second == &member) network_owners_.erase(owned);
  member.network.Open(paths_.procfs, pid, host_network_);
  if (!member.network.open()) return;
  Member*& owner = network_owners_[member.network.network_namespace()];
  if (owner && !member.sample.who->is_sandbox) {
    member.network.Close();
    return;
  }
  if (owner) owner->network.Close();
  owner = &member;
}

void Census::Derive(Member& member, const HostSample& host, MonoTime now) {
  // Both may grow while the host is up.
  const LoadLine whole{host.cpu_count * 100.0, false, host.memory_total.value_or(MemorySample::kUnlimited),
                       false};
  member.line = Below(member.parent ? member.parent->line : whole, member.sample.cpu, member.sample.memory);
  if (!member.shown) return;
  DerivedSample& derived = member.sample.derived;
  derived.cpu_limit_percent = member.line.cpu_percent;
  derived.cpu_limited = member.line.cpu_limited;
  const bool known = member.line.memory_bytes != MemorySample::kUnlimited;
  derived.memory_limit = known ? member.line.memory_bytes : 0;
  derived.memory_limited = member.line.memory_limited;
  derived.memory_percent.reset();
  const Figure used = member.sample.memory.WorkingSet();
  if (used && derived.memory_limit > 0)
    derived.memory_percent = static_cast<double>(*used) / static_cast<double>(derived.memory_limit) * 100;
  if (member.basis && now - member.basis_made_at < kShortestWindow) return;
  const RateBasis basis = BasisOf(member.sample, {.cpu = member.reader->read_at(),
                                                  .network = member.network.read_at(),
                                                  .whole = member.reader->all_read_at()});
  if (member.basis) DeriveRates(*member.basis, basis, derived);
  member.basis = basis;
  member.basis_made_at = now;
}

// A v2 root has no memory.current and no memory.swap.current: its use is the machine's.
void Census::FixRoot(Member& root, const HostSample& host, Figure memory_free) {
  MemorySample& memory = root.sample.memory;
  const bool v2 = context_.trees.mode == CgroupMode::kV2;
  if ((v2 || !memory.usage) && host.memory_total && memory_free && *memory_free <= *host.memory_total)
    memory.usage = *host.memory_total - *memory_free;
  if (v2 || !memory.swap) memory.swap = host.swap_used;
}

}  // namespace plimsoll::collect
