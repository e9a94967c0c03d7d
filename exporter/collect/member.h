#pragma once

#include <memory>
#include <optional>
#include <string>

#include "exporter/collect/cgroup_reader.h"
#include "exporter/collect/derive.h"
#include "exporter/collect/first_process.h"
#include "exporter/collect/network.h"
#include "exporter/runtime/directory.h"

namespace plimsoll::collect {

// One living cgroup in the census.
struct Member {
  explicit Member(std::string path) : cgroup(std::move(path)) {}

  const std::string cgroup;
  runtime::Directory::Claim claim = runtime::Directory::Claim::kPending;
  bool shown = false;            // the configuration wants its figures
  bool born_before_us = false;   // lived when we started: its start is no event
  bool announced = false;        // it is known as a container, and its start was told
  bool had_predecessor = false;  // at its path, which was never met; both its ends were told
  Tree inode_tree = Tree::kUnified;
  uint64_t inode = 0;       // of its directory in inode_tree: a new one under the same path differs
  uint64_t delegation = 0;  // delegations.h
  MonoTime born{}, spec_read_at{};

  Member* parent = nullptr;  // the enclosing cgroup; null for the root
  LoadLine line;
  std::unique_ptr<CgroupReader> reader;
  ContainerSample sample;  // the last reading
  std::optional<RateBasis> basis;
  MonoTime basis_made_at{};
  ContainerNetwork network;
  bool network_settled = false;
  bool told_of_interfaces = false;  // that there are more than are shown
  std::optional<Process> first_process;
  uint64_t network_lender = 0;  // incarnation of the container whose process led a sandbox to it; 0: its own
  Figure oom_kills_seen;
  Descriptor oom_notice;

  bool is_container() const { return claim == runtime::Directory::Claim::kContainer; }
  bool has_figures() const { return shown && claim != runtime::Directory::Claim::kPending; }
};

}  // namespace plimsoll::collect
