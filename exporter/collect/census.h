#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "exporter/collect/cgroup_reader.h"
#include "exporter/collect/delegations.h"
#include "exporter/collect/disk_walker.h"
#include "exporter/collect/extras.h"
#include "exporter/collect/host_interfaces.h"
#include "exporter/collect/member.h"
#include "exporter/collect/recycler.h"
#include "exporter/collect/tree_watch.h"
#include "exporter/runtime/directory.h"
#include "model/frame.h"

namespace plimsoll::collect {

// Who lives on this host and how much each uses: every cgroup, its identity,
// its open files and its last reading; and those that ended. Belongs to the
// collecting thread.
class Census {
 public:
  // `listen` is called with a descriptor and an incarnation: when the
  // descriptor becomes readable, call Notice(incarnation).
  using Listen = std::function<void(int fd, uint64_t incarnation)>;

  Census(const CollectorConfig& config, const runtime::HostPaths& paths, Hierarchies trees,
         runtime::Directory& directory, const Clock& clock, Listen listen);

  int watch_fd() const { return watch_.fd(); }

  void TakeTreeEvents();
  // Applies what the runtimes told. True when a container that was nameless got its name.
  bool TakeIdentities();
  // Something happened to this one (an OOM kill, or its removal): read it now.
  void Notice(uint64_t incarnation);
  void Reconfigure(const CollectorConfig& config);

  // One beat: reads everyone and returns the set.
  std::shared_ptr<const ContainerSet> Read(const HostSample& host, Figure memory_free,
                                           uint64_t beats_skipped);

 private:
  using Members = std::map<std::string, std::unique_ptr<Member>>;
  using Ended = std::shared_ptr<const EndedContainer>;
  using Kind = ContainerEvent::Kind;

  void Reconcile();
  void Come(const std::string& cgroup);
  bool Admit(Member& member, uint32_t owner);
  void Go(Members::iterator at);
  uint64_t InodeOf(Tree tree, const std::string& cgroup) const;  // 0: not there
  bool StillThere(const Member& member) const;                   // itself, not another one at the same path
  void TellPredecessor(Member& member);
  void Identify(Member& member);
  void Settle(Member& member);  // opens or closes what its identity calls for
  void Apply(const std::shared_ptr<const Container>& who);
  void ApplyToEnded(const std::shared_ptr<const Container>& who);
  bool Shown(const Container& who) const;
  void SwitchGroups();

  bool ReadFigures(Member& member, CgroupReader::Care care);
  void ReadSpec(Member& member, MonoTime now);
  void ReadNow(Members::iterator at);
  void FindNetwork(Member& member, MonoTime now);
  void FindFirstProcess(Member& member);
  void BorrowNetwork(Member& sandbox);
  void OpenNetwork(Member& member, int64_t pid);
  void ReadCostlyGroups(Member& member);
  void CountOomKills(Member& member);
  void Derive(Member& member, const HostSample& host, MonoTime now);
  void FixRoot(Member& root, const HostSample& host, Figure memory_free);
  void Tell(Kind kind, const std::shared_ptr<const Container>& who, std::optional<int> exit_code = {},
            uint64_t count = 1);
  void TellEnds(MonoTime now);

  CollectorConfig config_;
  const runtime::HostPaths paths_;
  runtime::Directory& directory_;
  const Clock& clock_;
  const Listen listen_;
  const uint64_t host_network_;
  uint8_t groups_ = 0;

  ReadContext context_;
  TreeWatch watch_;
  Extras extras_;
  HostInterfaces interfaces_;
  std::unique_ptr<DiskWalker> disk_walker_;  // only while group disk is on
  Members members_;
  std::unordered_map<uint64_t, Member*> by_incarnation_;
  std::unordered_map<std::string, Member*> by_id_;        // real containers
  std::unordered_map<uint64_t, Member*> network_owners_;  // by network namespace
  Delegations delegations_;
  bool has_room_again_ = false;  // for one that was refused: somebody has to look for it
  MonoTime reconciled_at_{};
  uint64_t incarnations_ = 0;
  bool first_scan_ = true;

  std::vector<Ended> ended_;
  std::vector<Ended> untold_;  // ended, and their stop event waits for the exit code
  std::vector<ContainerEvent> events_;
  Recycler<ContainerSet> sets_;
  uint64_t set_number_ = 0;
};

}  // namespace plimsoll::collect
