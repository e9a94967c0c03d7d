#pragma once

#include <string_view>

#include "exporter/cli/exposition_text.h"

namespace plimsoll::cli {

// What a series of cAdvisor's is held against. `ours` is null where we have none for it;
// `their_root` is the series of id="/" that is otherwise the same, or null.
struct SeriesPair {
  std::string_view family;
  const ExposedSeries& theirs;
  const ExposedSeries* ours = nullptr;
  const ExposedSeries* their_root = nullptr;
};

// Why a series differs on purpose, for a reader, or "" where it should not. Each reason stands in the
// README too ("Where it differs from cAdvisor, on purpose"). As narrow as can be: a figure of cAdvisor's
// that means something is never excused.
std::string_view WhyOnPurpose(const SeriesPair& pair);

// The group of collector.enable_groups that brings a missing series, or "".
std::string_view GroupOf(std::string_view family, const ExposedSeries& theirs);

// The value of a label, or "".
std::string_view LabelOf(const ExposedSeries& series, std::string_view name);

}  // namespace plimsoll::cli
