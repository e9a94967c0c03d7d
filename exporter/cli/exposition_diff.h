#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "exporter/cli/exposition_text.h"

namespace plimsoll::cli {

// What is compared. Ours is read before and after theirs, so that what moved
// meanwhile is no difference; `ours_after` may equal `ours_before`.
struct DiffOrder {
  const ExposedFamilies& theirs;
  const ExposedFamilies& ours_before;
  const ExposedFamilies& ours_after;
  double tolerance = 0.05;  // of the greater of two values
  // Our families that a configuration switches on, and the name of their group
  // (collector.enable_groups).
  std::map<std::string, std::string> groups = {};
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
  std::string group;  // of a missing family that we would have with this group on; else empty
  size_t their_series = 0, our_series = 0;
  std::vector<std::string> missing_labels, extra_labels;  // label names that only theirs, only ours have
  std::vector<std::string> missing_series;                // theirs, as `{id="/x"}`, that have none of ours
  std::vector<std::string> extra_series;
  size_t compared = 0;   // series whose values could be held against each other
  size_t ambiguous = 0;  // series of theirs that several fit, apart from labels that one side lacks
  std::vector<ValueDifference> values;

  // Something that a dashboard made for theirs would not find, or find otherwise.
  bool IsWorse() const {
    return kind == Kind::kMissing ||
           (kind == Kind::kShared && (their_type != our_type || !missing_labels.empty() ||
                                      !missing_series.empty() || !values.empty()));
  }
};

struct ExpositionDiff {
  std::vector<FamilyDiff> families;  // by name; those about containers and the machine
  size_t their_own = 0;              // families of cAdvisor about itself (cadvisor_*, go_*, process_*, ...)
  size_t our_own = 0;                // families of plimsoll_* and the like

  bool IsWorse() const;
};

// Compares container_* and machine_* families. Series fit each other when the
// labels whose names both sides have are equal.
ExpositionDiff Compare(const DiffOrder& order);

}  // namespace plimsoll::cli
