#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "exporter/cli/exposition_diff.h"
#include "exporter/cli/known_difference.h"

namespace plimsoll::cli {

// What a comparison tells once for all families: cgroups that one side does not know, and what differs on
// purpose.
class ToldOnce {
 public:
  explicit ToldOnce(const DiffOrder& order);

  // Whether the other side lacks the whole cgroup of the series, which is then counted here.
  bool TakeMissing(std::string_view family, const ExposedSeries& series);
  bool TakeExtra(const ExposedSeries& series);

  bool TakeOnPurpose(const SeriesPair& pair);

  void GiveTo(ExpositionDiff& diff) const;

 private:
  using Ids = std::set<std::string>;
  using Cgroups = std::map<std::string, OneSidedCgroup>;

  static bool Take(const ExposedSeries& series, const Ids& known, Cgroups& into);
  void Count(std::string_view why, std::string_view family);

  const Ids their_ids_, our_ids_;  // of what is measured
  const Ids ended_;                // ours that have nothing more but when they were seen last
  Cgroups missing_, extra_;
  std::map<std::string, OnPurpose> on_purpose_;
};

}  // namespace plimsoll::cli
