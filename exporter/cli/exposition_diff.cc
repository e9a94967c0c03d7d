#include "exporter/cli/exposition_diff.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "exporter/cli/known_difference.h"
#include "exporter/cli/told_once.h"

namespace plimsoll::cli {
namespace {

using Names = std::set<std::string>;

// Five percent of a moment are decades.
constexpr double kSameMoment = 60;

bool IsOfContainers(std::string_view family) {
  return family.starts_with("container_") || family.starts_with("machine_");
}

Names LabelNames(const ExposedFamily& family) {
  Names names;
  for (const ExposedSeries& series : family.series)
    for (const auto& label : series.labels) names.insert(label.first);
  return names;
}

// The series' name and its labels of these names.
std::string KeyOf(const ExposedSeries& series, const Names& names) {
  SeriesLabels labels;
  for (const auto& label : series.labels)
    if (names.contains(label.first)) labels.push_back(label);
  return series.name + LabelsText(labels);
}

const ExposedFamily* FindFamily(const ExposedFamilies& families, const std::string& name) {
  const auto found = families.find(name);
  return found == families.end() ? nullptr : &found->second;
}

// What the id says already: one side may know a container that is a bare cgroup to the other.
bool SaysWho(const std::string& label) {
  constexpr std::array<std::string_view, 5> kNames = {"name", "image", "namespace", "pod", "container"};
  return label.starts_with("container_label_") ||
         std::find(kNames.begin(), kNames.end(), label) != kNames.end();
}

using Index = std::multimap<std::string, const ExposedSeries*>;

Index IndexOf(const ExposedFamily* family, const Names& names) {
  Index index;
  if (family != nullptr)
    for (const ExposedSeries& series : family->series) index.emplace(KeyOf(series, names), &series);
  return index;
}

// Between what two readings of one side showed.
struct Range {
  double low, high;
  Range(double a, double b) : low(std::min(a, b)), high(std::max(a, b)) {
    if (std::isnan(a) || std::isnan(b)) low = high = NAN;
  }
  bool IsNothing() const { return std::isnan(low); }
};

// The two readers' beats are apart by no more than what lay between ours, so theirs
// may be as far outside as they are apart.
bool Agree(const Range& theirs, const Range& ours, double tolerance, double seconds_apart) {
  if (theirs.IsNothing() || ours.IsNothing()) return theirs.IsNothing() && ours.IsNothing();
  if (theirs.low == ours.low || theirs.low == ours.high) return true;
  const double moved = ours.high - ours.low;
  const double greatest =
      std::max({std::fabs(theirs.low), std::fabs(theirs.high), std::fabs(ours.low), std::fabs(ours.high)});
  const double allowed = moved + (seconds_apart > 0 ? seconds_apart : tolerance * greatest);
  if (!std::isfinite(allowed)) return false;
  return theirs.high >= ours.low - allowed && theirs.low <= ours.high + allowed;
}

class FamilyComparison {
 public:
  FamilyComparison(const DiffOrder& order, const std::string& name, const ExposedFamily& theirs,
                   const ExposedFamily& ours, ToldOnce& once)
      : order_(order), theirs_(theirs), once_(once) {
    diff_.name = name;
    diff_.their_type = theirs.type;
    diff_.our_type = ours.type;
    diff_.their_series = theirs.series.size();
    diff_.our_series = ours.series.size();
    if (name.ends_with("_time_seconds")) seconds_apart_ = kSameMoment;
    const Names their_names = LabelNames(theirs), our_names = LabelNames(ours);
    std::set_intersection(their_names.begin(), their_names.end(), our_names.begin(), our_names.end(),
                          std::inserter(names_, names_.end()));
    if (names_.contains("id")) std::erase_if(names_, SaysWho);
    their_index_ = IndexOf(&theirs, names_);
    before_ = IndexOf(FindFamily(order.ours_before, name), names_);
    after_ = IndexOf(FindFamily(order.ours_after, name), names_);
    if (order.theirs_after != nullptr)
      if (const ExposedFamily* later = FindFamily(*order.theirs_after, name); later != nullptr)
        for (const ExposedSeries& series : later->series)
          their_later_.emplace(series.name + LabelsText(series.labels), series.value);
  }

  FamilyDiff Run() {
    for (const ExposedSeries& series : theirs_.series) HoldAgainstOurs(series);
    for (const auto& [key, series] : before_)
      if (!their_index_.contains(key) && !once_.TakeExtra(*series))
        diff_.extra_series.push_back(LabelsText(series->labels));
    diff_.missing_labels = {missing_labels_.begin(), missing_labels_.end()};
    diff_.extra_labels = {extra_labels_.begin(), extra_labels_.end()};
    return std::move(diff_);
  }

 private:
  void HoldAgainstOurs(const ExposedSeries& series) {
    const std::string key = KeyOf(series, names_);
    const size_t fits = before_.count(key), later = after_.count(key);
    if (fits == 0 && later == 0) return Miss(series);
    // A container that came or went meanwhile is in one of ours alone.
    const ExposedSeries& first = *(fits != 0 ? before_ : after_).find(key)->second;
    const ExposedSeries& last = *(later != 0 ? after_ : before_).find(key)->second;
    NoteLabels(series, first);
    if (fits > 1 || later > 1 || their_index_.count(key) > 1) {
      ++diff_.ambiguous;
      return;
    }
    ++diff_.compared;
    if (Agree({series.value, TheirLater(series)}, {first.value, last.value}, order_.tolerance,
              seconds_apart_))
      return;
    if (once_.TakeOnPurpose({diff_.name, series, &last}))
      ++diff_.on_purpose;
    else
      diff_.values.push_back({LabelsText(series.labels), series.value, first.value, last.value});
  }

  void Miss(const ExposedSeries& series) {
    if (once_.TakeMissing(diff_.name, series)) return;
    if (once_.TakeOnPurpose({diff_.name, series, nullptr, OfTheirRoot(series)})) {
      ++diff_.on_purpose;
      return;
    }
    const std::string_view group = GroupOf(diff_.name, series);
    if (!group.empty()) diff_.group = group;
    (group.empty() ? diff_.missing_series : diff_.missing_of_group).push_back(LabelsText(series.labels));
  }

  // Its own value where there was no second reading, or it was gone by then.
  double TheirLater(const ExposedSeries& series) const {
    if (their_later_.empty()) return series.value;
    const auto found = their_later_.find(series.name + LabelsText(series.labels));
    return found == their_later_.end() ? series.value : found->second;
  }

  // The same interface of id="/".
  const ExposedSeries* OfTheirRoot(const ExposedSeries& series) const {
    const std::string_view interface = LabelOf(series, "interface");
    if (interface.empty()) return nullptr;
    for (const ExposedSeries& other : theirs_.series)
      if (LabelOf(other, "id") == "/" && LabelOf(other, "interface") == interface) return &other;
    return nullptr;
  }

  void NoteLabels(const ExposedSeries& theirs, const ExposedSeries& ours) {
    for (const auto& [name, value] : theirs.labels) {
      const std::string_view here = LabelOf(ours, name);
      if (here.empty())
        missing_labels_.insert(name);
      else if (here != value)
        diff_.differing_labels.try_emplace(name, LabelsText({{name, value}}) + " there, " +
                                                     LabelsText({{name, std::string(here)}}) + " here");
    }
    for (const auto& label : ours.labels)
      if (LabelOf(theirs, label.first).empty()) extra_labels_.insert(label.first);
  }

  const DiffOrder& order_;
  const ExposedFamily& theirs_;
  ToldOnce& once_;
  Names names_;  // of labels that both have
  Index their_index_, before_, after_;
  std::map<std::string, double> their_later_;
  Names missing_labels_, extra_labels_;
  double seconds_apart_ = 0;  // of moments, in place of the tolerance
  FamilyDiff diff_;
};

FamilyDiff OneSided(const std::string& name, const ExposedFamily& family, FamilyDiff::Kind kind) {
  FamilyDiff diff;
  diff.name = name;
  diff.kind = kind;
  const bool is_theirs = kind == FamilyDiff::Kind::kMissing;
  (is_theirs ? diff.their_type : diff.our_type) = family.type;
  (is_theirs ? diff.their_series : diff.our_series) = family.series.size();
  return diff;
}

FamilyDiff Missing(const DiffOrder& order, const std::string& name, const ExposedFamily& family,
                   ToldOnce& once) {
  FamilyDiff diff = OneSided(name, family, FamilyDiff::Kind::kMissing);
  for (const ExposedSeries& series : family.series) diff.on_purpose += once.TakeOnPurpose({name, series});
  if (const auto group = order.groups.find(name); group != order.groups.end()) diff.group = group->second;
  return diff;
}

}  // namespace

bool ExpositionDiff::IsWorse() const {
  return !missing_cgroups.empty() ||
         std::any_of(families.begin(), families.end(), [](const FamilyDiff& diff) { return diff.IsWorse(); });
}

bool SaysItFailed(const ExposedFamilies& theirs) {
  const ExposedFamily* error = FindFamily(theirs, "container_scrape_error");
  return error != nullptr && !error->series.empty() && error->series.front().value != 0;
}

Result<void> CheckCadvisor(const std::string& place, const ExposedFamilies& theirs) {
  if (theirs.contains("plimsoll_build_info")) return Fail(place + ": that is a Plimsoll, not a cAdvisor");
  const auto first = theirs.lower_bound("container_");
  if (first == theirs.end() || !first->first.starts_with("container_"))
    return Fail(place + " shows no container_* families: is this a cAdvisor?");
  return {};
}

ExpositionDiff Compare(const DiffOrder& order) {
  ExpositionDiff result;
  ToldOnce once(order);
  for (const auto& [name, family] : order.theirs) {
    if (!IsOfContainers(name)) {
      ++result.their_own;
      continue;
    }
    // One of ours that came up between the two readings is there as well.
    const ExposedFamily* ours = FindFamily(order.ours_before, name);
    if (ours == nullptr) ours = FindFamily(order.ours_after, name);
    if (ours == nullptr) {
      result.families.push_back(Missing(order, name, family, once));
    } else {
      result.families.push_back(FamilyComparison(order, name, family, *ours, once).Run());
    }
  }
  for (const auto& [name, family] : order.ours_before) {
    if (!IsOfContainers(name))
      ++result.our_own;
    else if (!order.theirs.contains(name))
      result.families.push_back(OneSided(name, family, FamilyDiff::Kind::kExtra));
  }
  once.GiveTo(result);
  std::sort(result.families.begin(), result.families.end(),
            [](const FamilyDiff& a, const FamilyDiff& b) { return a.name < b.name; });
  return result;
}

}  // namespace plimsoll::cli
