#include "rollup/replay_known.h"

#include <cmath>
#include <cstdlib>
#include <utility>

#include "database/database.h"
#include "database/milliseconds.h"
#include "rollup/revision.h"

namespace plimsoll::rollup {
namespace {

constexpr int64_t kForgetEveryMs = 600'000, kAwayMs = 3'600'000;

RuntimeKind RuntimeNamed(const std::string& name) {
  for (const RuntimeKind kind : {RuntimeKind::kDocker, RuntimeKind::kPodman, RuntimeKind::kContainerd,
                                 RuntimeKind::kCrio, RuntimeKind::kOci})
    if (name == RuntimeName(kind)) return kind;
  return RuntimeKind::kCgroup;
}

std::shared_ptr<const Container> ContainerOf(Revision&& revision) {
  auto who = std::make_shared<Container>();
  who->runtime = RuntimeNamed(revision.runtime);
  who->cgroup = std::move(revision.cgroup);
  who->id = std::move(revision.runtime_id);
  who->name = std::move(revision.name);
  who->image = std::move(revision.image);
  who->labels = std::move(revision.labels);
  who->kube_namespace = std::move(revision.kube_namespace);
  who->kube_pod = std::move(revision.kube_pod);
  who->kube_container = std::move(revision.kube_container);
  who->started_at = revision.started_at;
  return who;
}

}  // namespace

void ReplayKnown::TakeNext(Known& known) const {
  Revision& revision = known.to_come.front();
  DerivedSample& derived = known.sample.derived;
  derived.cpu_limited = revision.cpu_limit_percent.has_value();
  derived.cpu_limit_percent = revision.cpu_limit_percent.value_or(host_cores_ * 100.0);
  derived.memory_limited = revision.memory_limit_bytes.has_value();
  known.memory_limit = revision.memory_limit_bytes;
  known.sample.who = ContainerOf(std::move(revision));
  known.to_come.pop_front();
}

const ContainerSample* ReplayKnown::SampleOf(Database& database, uint32_t container, int64_t at_ms) {
  const auto [entry, is_new] = known_.try_emplace(container);
  Known& known = entry->second;
  if (is_new) {
    for (Revision& revision : Revisions(database, container)) known.to_come.push_back(std::move(revision));
    // What the first one says holds for what was before it, too.
    if (!known.to_come.empty()) TakeNext(known);
  }
  // Never back: what was once in force was replaced by something newer, whatever the clock says.
  while (!known.to_come.empty() && ToMs(known.to_come.front().since) <= at_ms) TakeNext(known);
  known.met_ms = at_ms;
  known.sample.derived.memory_limit = known.memory_limit.value_or(host_memory_);
  return known.sample.who == nullptr ? nullptr : &known.sample;
}

void ReplayKnown::Forget(int64_t at_ms) {
  if (forgot_ms_ != INT64_MIN && std::abs(at_ms - forgot_ms_) < kForgetEveryMs) return;
  forgot_ms_ = at_ms;
  std::erase_if(known_, [&](const auto& entry) { return std::abs(at_ms - entry.second.met_ms) >= kAwayMs; });
}

}  // namespace plimsoll::rollup
