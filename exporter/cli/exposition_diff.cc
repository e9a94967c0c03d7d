#include "exporter/cli/exposition_diff.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace plimsoll::cli {
namespace {

using Names = std::set<std::string>;

bool IsOfContainers(std::string_view family) {
  return family.starts_with("container_") || family.starts_with("machine_");
}

Names LabelNames(const ExposedFamily& family) {
  Names names;
  for (const ExposedSeries& series : family.series)
    for (const auto& label : series.labels) names.insert(label.first);
  return names;
}

std::vector<std::string> Without(const Names& names, const Names& others) {
  std::vector<std::string> left;
  std::set_difference(names.begin(), names.end(), others.begin(), others.end(), std::back_inserter(left));
  return left;
}

// The series' name and its labels of these names.
std::string KeyOf(const ExposedSeries& series, const Names& names) {
  SeriesLabels labels;
  for (const auto& label : series.labels)
    if (names.contains(label.first)) labels.push_back(label);
  return series.name + LabelsText(labels);
}

using Index = std::multimap<std::string, const ExposedSeries*>;

Index IndexOf(const ExposedFamily* family, const Names& names) {
  Index index;
  if (family != nullptr)
    for (const ExposedSeries& series : family->series) index.emplace(KeyOf(series, names), &series);
  return index;
}

const ExposedFamily* FindFamily(const ExposedFamilies& families, const std::string& name) {
  const auto found = families.find(name);
  return found == families.end() ? nullptr : &found->second;
}

// Theirs was read between before and after; the two readers' beats are apart by
// no more than what lay between ours, so it may be as far outside as they are apart.
bool Agrees(double theirs, double before, double after, double tolerance) {
  if (std::isnan(theirs) || std::isnan(before) || std::isnan(after))
    return std::isnan(theirs) && std::isnan(before) && std::isnan(after);
  if (theirs == before || theirs == after) return true;
  const double low = std::min(before, after), high = std::max(before, after);
  const double moved = high - low;
  const double allowed = moved + tolerance * std::max({std::fabs(theirs), std::fabs(low), std::fabs(high)});
  if (!std::isfinite(allowed)) return false;
  return theirs >= low - allowed && theirs <= high + allowed;
}

class FamilyComparison {
 public:
  FamilyComparison(const DiffOrder& order, const std::string& name, const ExposedFamily& theirs,
                   const ExposedFamily& ours)
      : order_(order), theirs_(theirs) {
    diff_.name = name;
    diff_.their_type = theirs.type;
    diff_.our_type = ours.type;
    diff_.their_series = theirs.series.size();
    diff_.our_series = ours.series.size();
    const Names their_names = LabelNames(theirs), our_names = LabelNames(ours);
    diff_.missing_labels = Without(their_names, our_names);
    diff_.extra_labels = Without(our_names, their_names);
    Names both;
    std::set_intersection(their_names.begin(), their_names.end(), our_names.begin(), our_names.end(),
                          std::inserter(both, both.end()));
    their_index_ = IndexOf(&theirs, both);
    before_ = IndexOf(FindFamily(order.ours_before, name), both);
    after_ = IndexOf(FindFamily(order.ours_after, name), both);
    names_ = std::move(both);
  }

  FamilyDiff Run() {
    for (const ExposedSeries& series : theirs_.series) HoldAgainstOurs(series);
    for (const auto& [key, series] : before_)
      if (!their_index_.contains(key)) diff_.extra_series.push_back(LabelsText(series->labels));
    return std::move(diff_);
  }

 private:
  void HoldAgainstOurs(const ExposedSeries& series) {
    const std::string key = KeyOf(series, names_);
    const size_t fits = before_.count(key), later = after_.count(key);
    if (fits == 0 && later == 0) {
      diff_.missing_series.push_back(LabelsText(series.labels));
      return;
    }
    if (fits > 1 || later > 1 || their_index_.count(key) > 1) {
      ++diff_.ambiguous;
      return;
    }
    // A container that came or went meanwhile is in one of ours alone.
    const double before = (fits != 0 ? before_ : after_).find(key)->second->value;
    const double after = (later != 0 ? after_ : before_).find(key)->second->value;
    ++diff_.compared;
    if (!Agrees(series.value, before, after, order_.tolerance))
      diff_.values.push_back({LabelsText(series.labels), series.value, before, after});
  }

  const DiffOrder& order_;
  const ExposedFamily& theirs_;
  Names names_;  // of labels that both have
  Index their_index_, before_, after_;
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

}  // namespace

bool ExpositionDiff::IsWorse() const {
  return std::any_of(families.begin(), families.end(), [](const FamilyDiff& diff) { return diff.IsWorse(); });
}

ExpositionDiff Compare(const DiffOrder& order) {
  ExpositionDiff result;
  for (const auto& [name, family] : order.theirs) {
    if (!IsOfContainers(name)) {
      ++result.their_own;
      continue;
    }
    // One of ours that came up between the two readings is there as well.
    const ExposedFamily* ours = FindFamily(order.ours_before, name);
    if (ours == nullptr) ours = FindFamily(order.ours_after, name);
    if (ours == nullptr) {
      result.families.push_back(OneSided(name, family, FamilyDiff::Kind::kMissing));
      if (const auto group = order.groups.find(name); group != order.groups.end())
        result.families.back().group = group->second;
    } else {
      result.families.push_back(FamilyComparison(order, name, family, *ours).Run());
    }
  }
  for (const auto& [name, family] : order.ours_before) {
    if (!IsOfContainers(name))
      ++result.our_own;
    else if (!order.theirs.contains(name))
      result.families.push_back(OneSided(name, family, FamilyDiff::Kind::kExtra));
  }
  std::sort(result.families.begin(), result.families.end(),
            [](const FamilyDiff& a, const FamilyDiff& b) { return a.name < b.name; });
  return result;
}

}  // namespace plimsoll::cli
