#pragma once

#include <cstddef>
#include <string>

#include "exporter/cli/exposition_diff.h"

namespace plimsoll::cli {

// The difference for a person: a row for each thing that changes, examples of
// series cut to `most_examples` each (0: all), then a summary.
std::string DiffTable(const ExpositionDiff& diff, size_t most_examples);

// All of it, with every series.
std::string DiffJson(const ExpositionDiff& diff);

}  // namespace plimsoll::cli
