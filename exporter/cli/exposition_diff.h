#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "exporter/cli/exposition_text.h"

namespace plimsoll::cli {

// What is compared. Ours is read before and after theirs, so that what moved
// meanwhile is no difference; `ours_after` may equal `ours_before`. A second
// reading of theirs after that tells of figures that go up and down.
struct DiffOrder {
  const ExposedFamilies& theirs;
  const ExposedFamilies& ours_before;
  const ExposedFamilies& ours_after;
  double tolerance = 0.05;  // of the greater of two values
  // Our families that a configuration switches on, and the name of their group
  // (collector.enable_groups).
  std::map<std::string, std::string> groups = {};
  const ExposedFamilies* theirs_after = nullptr;
};

// Differences that have one reason, and are meant to be.
struct OnPurpose {
  std::string why;
  std::set<std::string> families;
  size_t series = 0;
};

// A cgroup that one side does not know at all: its series are not missing one by one.
struct OneSidedCgroup {
  std::string id, name;
  size_t series = 0;
};

struct ValueDifference {
  std::string labels;  // theirs
  double theirs = 0, ours_before = 0, ours_after = 0;
};

// How one family of containers or the machine would change for its readers.
struct FamilyDiff {
  std::string name;
  enum class Kind { kMissing, kExtra, kShared } kind = Kind::kShared;  // kMissing: theirs alone
  std::string their_type, our_type;
  std::string group;  // what is missing here would come with this group; else empty
  size_t their_series = 0, our_series = 0;
  // Label names that only theirs, only ours have, of series that both have.
  std::vector<std::string> missing_labels, extra_labels;
  std::map<std::string, std::string> differing_labels;  // name; an example of what is there and what here
  std::vector<std::string> missing_series;              // theirs, as `{id="/x"}`, that have none of ours
  std::vector<std::string> missing_of_group;            // the same, which `group` would bring
  std::vector<std::string> extra_series;
  size_t compared = 0;    // series whose values could be held against each other
  size_t on_purpose = 0;  // series of theirs that differ on purpose, and are in no list here
  size_t ambiguous = 0;   // series of theirs that several fit, apart from labels that one side lacks
  std::vector<ValueDifference> values;

  // Something that a dashboard made for theirs would not find, or find otherwise.
  bool IsWorse() const {
    return (kind == Kind::kMissing && on_purpose < their_series) ||
           (kind == Kind::kShared &&
            (their_type != our_type || !missing_labels.empty() || !differing_labels.empty() ||
             !missing_series.empty() || !missing_of_group.empty() || !values.empty()));
  }
};

struct ExpositionDiff {
  std::vector<FamilyDiff> families;  // by name; those about containers and the machine
  std::vector<OneSidedCgroup> missing_cgroups, extra_cgroups;
  std::vector<OnPurpose> on_purpose;
  size_t their_own = 0;  // families of cAdvisor about itself (cadvisor_*, go_*, process_*, ...)
  size_t our_own = 0;    // families of plimsoll_* and the like

  bool IsWorse() const;
};

// Whether cAdvisor says that it could not read its containers this time (container_scrape_error 1):
// 0.38.7 then gives none at all, as it does whenever one of them ends while it answers.
bool SaysItFailed(const ExposedFamilies& theirs);

// Fails where `place` shows what no cAdvisor does: no container_* family, or a Plimsoll's.
Result<void> CheckCadvisor(const std::string& place, const ExposedFamilies& theirs);

// Compares container_* and machine_* families. Series fit each other when the
// labels whose names both sides have are equal; where one of them is the id,
// it stands for the container's name, image and labels.
ExpositionDiff Compare(const DiffOrder& order);

}  // namespace plimsoll::cli
