#include "exporter/cli/told_once.h"

namespace plimsoll::cli {
namespace {

using Ids = std::set<std::string>;

// Stays a while after a container's end.
const std::string kOfEnded = "container_last_seen";
constexpr std::string_view kEnded = "containers that ended meanwhile are gone from here at once";

Ids MeasuredIds(std::initializer_list<const ExposedFamilies*> readings) {
  Ids ids;
  for (const ExposedFamilies* families : readings)
    for (const auto& [name, family] : *families) {
      if (!name.starts_with("container_") || name == kOfEnded) continue;
      for (const ExposedSeries& series : family.series)
        if (const std::string_view id = LabelOf(series, "id"); !id.empty()) ids.emplace(id);
    }
  return ids;
}

Ids EndedIds(const ExposedFamilies& ours, const Ids& measured) {
  Ids ids;
  if (const auto family = ours.find(kOfEnded); family != ours.end())
    for (const ExposedSeries& series : family->second.series)
      if (const std::string id(LabelOf(series, "id")); !measured.contains(id)) ids.insert(id);
  return ids;
}

}  // namespace

ToldOnce::ToldOnce(const DiffOrder& order)
    : their_ids_(MeasuredIds({&order.theirs})),
      our_ids_(MeasuredIds({&order.ours_before, &order.ours_after})),
      ended_(EndedIds(order.ours_after, our_ids_)) {}

bool ToldOnce::TakeMissing(std::string_view family, const ExposedSeries& series) {
  if (!ended_.contains(std::string(LabelOf(series, "id")))) return Take(series, our_ids_, missing_);
  Count(kEnded, family);
  return true;
}

bool ToldOnce::TakeExtra(const ExposedSeries& series) {
  return ended_.contains(std::string(LabelOf(series, "id"))) || Take(series, their_ids_, extra_);
}

bool ToldOnce::TakeOnPurpose(const SeriesPair& pair) {
  const std::string_view why = WhyOnPurpose(pair);
  if (!why.empty()) Count(why, pair.family);
  return !why.empty();
}

void ToldOnce::GiveTo(ExpositionDiff& diff) const {
  for (const auto& one : missing_) diff.missing_cgroups.push_back(one.second);
  for (const auto& one : extra_) diff.extra_cgroups.push_back(one.second);
  for (const auto& one : on_purpose_) diff.on_purpose.push_back(one.second);
}

bool ToldOnce::Take(const ExposedSeries& series, const Ids& known, Cgroups& into) {
  const std::string id(LabelOf(series, "id"));
  if (id.empty() || known.contains(id)) return false;
  OneSidedCgroup& cgroup = into[id];
  cgroup.id = id;
  if (cgroup.name.empty()) cgroup.name = LabelOf(series, "name");
  ++cgroup.series;
  return true;
}

void ToldOnce::Count(std::string_view why, std::string_view family) {
  OnPurpose& one = on_purpose_[std::string(why)];
  one.why = why;
  one.families.emplace(family);
  ++one.series;
}

}  // namespace plimsoll::cli
