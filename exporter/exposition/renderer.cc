#include "exporter/exposition/renderer.h"

#include <prometheus/metric_family.h>

#include <algorithm>

#include "exporter/exposition/body_writer.h"
#include "exporter/exposition/distinct.h"
#include "model/log.h"

namespace plimsoll::exposition {
namespace {

std::string MachineBlock(const MachineInfo& machine) {
  std::string block(1, '{');
  AppendLabel(block, "boot_id", machine.boot_id);
  AppendLabel(block, "machine_id", machine.machine_id);
  AppendLabel(block, "system_uuid", machine.system_uuid);
  return block;
}

uint64_t WholeSeconds(WallTime at) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
  return seconds > 0 ? static_cast<uint64_t>(seconds) : 0;
}

const Standing* FindStanding(const Standings& standings, uint64_t incarnation) {
  const auto at = std::lower_bound(standings.begin(), standings.end(), incarnation,
                                   [](const Standing& one, uint64_t key) { return one.incarnation < key; });
  return at != standings.end() && at->incarnation == incarnation ? &*at : nullptr;
}

constexpr std::string_view kLastSeen = "container_last_seen";

}  // namespace

Renderer::Renderer(const CollectorConfig& config, MachineInfo machine)
    : container_labels_(config.container_labels),
      groups_(config.enable_groups.begin(), config.enable_groups.end()),
      machine_(std::move(machine)),
      machine_block_(MachineBlock(machine_)) {}

void Renderer::Reconfigure(const CollectorConfig& config) {
  container_labels_ = config.container_labels;
  groups_ = {config.enable_groups.begin(), config.enable_groups.end()};
  known_.clear();
}

const LabelBlocks* Renderer::Claim(const std::shared_ptr<const Container>& who) {
  auto at = known_.find(std::string_view(who->cgroup));
  if (at == known_.end()) at = known_.emplace(who->cgroup, Known{}).first;
  Known& known = at->second;
  if (known.used == round_) return nullptr;
  known.used = round_;
  if (known.who != who) {
    const size_t told = known.blocks.labels_left_out;
    known.who = who;
    known.blocks = RenderLabelBlocks(*who, container_labels_);
    if (known.blocks.labels_left_out > told) {
      log::Warn("container labels left out of the metrics for their size",
                {{"id", known.blocks.id}, {"labels", std::to_string(known.blocks.labels_left_out)}});
    }
  }
  return ids_.insert(known.blocks.id).second ? &known.blocks : nullptr;
}

void Renderer::ForgetUnused() {
  std::erase_if(known_, [&](const auto& entry) { return entry.second.used != round_; });
}

void Renderer::LineUp(const Frame& frame, const std::vector<Peak>& peaks, const Standings& standings) {
  const ContainerSet& set = *frame.set;
  ++round_;
  rows_.clear();
  ended_rows_.clear();
  mended_.clear();
  ids_.clear();
  for (size_t i = 0; i < set.containers.size(); ++i) {
    const ContainerSample* sample = &set.containers[i];
    const LabelBlocks* blocks = Claim(sample->who);
    if (blocks == nullptr) continue;
    if (auto mended = WithoutDoubles(*sample)) sample = mended_.emplace_back(std::move(mended)).get();
    rows_.push_back({sample, blocks, i < peaks.size() ? peaks[i] : Peak{},
                     FindStanding(standings, sample->incarnation),
                     sample->who->runtime != RuntimeKind::kCgroup});
  }
  // The newest end of a path stands for the earlier ones.
  for (auto ended = set.ended.rbegin(); ended != set.ended.rend(); ++ended) {
    if (const LabelBlocks* blocks = Claim((*ended)->last.who)) {
      ended_rows_.push_back({ended->get(), blocks});
    }
  }
}

void Renderer::Render(Format format, const Frame& frame, const std::vector<Peak>& peaks,
                      const Standings& standings, const std::vector<prometheus::MetricFamily>& own,
                      body::PageBuffer& out) {
  const auto mended = WithoutDoubles(frame.host);
  if (mended == nullptr) return RenderFrame(format, frame, peaks, standings, own, out);
  Frame copy = frame;
  copy.host = *mended;
  RenderFrame(format, copy, peaks, standings, own, out);
}

void Renderer::RenderFrame(Format format, const Frame& frame, const std::vector<Peak>& peaks,
                           const Standings& standings, const std::vector<prometheus::MetricFamily>& own,
                           body::PageBuffer& out) {
  LineUp(frame, peaks, standings);
  BodyWriter body(format, out);
  for (const Family& family : Families()) {
    if (family.group.empty() || groups_.contains(family.group)) WriteFamily(family, frame, body);
  }
  for (const prometheus::MetricFamily& family : own) body.Write(family);
  body.Finish();
  ids_.clear();
  mended_.clear();
  if (known_.size() > rows_.size() + ended_rows_.size()) ForgetUnused();
}

void Renderer::WriteFamily(const Family& family, const Frame& frame, BodyWriter& body) const {
  body.Begin(family.name, family.help, family.type);
  switch (family.about) {
    case About::kHost:
      body.Labels("{");
      return family.extract({frame, machine_}, body);
    case About::kMachine:
      body.Labels(machine_block_);
      return family.extract({frame, machine_}, body);
    case About::kContainer:
      for (const Row& row : rows_) {
        if (!row.is_container) continue;
        body.Labels(row.blocks->identity);
        family.extract({frame, machine_, row.sample, &row.peak, row.standing}, body);
      }
      return;
    case About::kCgroup:
      for (const Row& row : rows_) {
        body.Labels(row.blocks->full);
        family.extract({frame, machine_, row.sample, &row.peak, row.standing}, body);
      }
      if (family.name == kLastSeen) WriteEnded(body);
  }
}

void Renderer::WriteEnded(BodyWriter& body) const {
  for (const EndedRow& row : ended_rows_) {
    body.Labels(row.blocks->full);
    body.Add(Number::Whole(WholeSeconds(row.ended->last_seen)));
  }
}

}  // namespace plimsoll::exposition
