#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "exporter/cli/diff_text.h"
#include "exporter/cli/exposition_diff.h"
#include "exporter/cli/exposition_text.h"

// Any bytes are what a cAdvisor answered: refused in one line, or families that
// can be written down and read back, and that do not differ from themselves.
namespace {

using plimsoll::cli::ExposedFamilies;
using plimsoll::cli::LabelsText;

void Demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

std::string Written(const ExposedFamilies& families) {
  std::string text;
  for (const auto& [name, family] : families) {
    text += "# TYPE " + name + " " + family.type + "\n";
    for (const auto& series : family.series) text += series.name + LabelsText(series.labels) + " 1\n";
  }
  return text;
}

size_t SeriesOf(const ExposedFamilies& families) {
  size_t count = 0;
  for (const auto& family : families) count += family.second.series.size();
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto families = plimsoll::cli::ParseExposition(text);
  if (!families) {
    Demand(families.error().message.starts_with("line "), "a fault names its line");
    return 0;
  }
  const auto again = plimsoll::cli::ParseExposition(Written(*families));
  Demand(again.has_value(), "what was read can be written down");
  Demand(SeriesOf(*again) == SeriesOf(*families), "and read back whole");
  const auto diff = plimsoll::cli::Compare({*families, *families, *families, 0.05});
  Demand(!diff.IsWorse(), "nothing differs from itself");
  Demand(!plimsoll::cli::DiffTable(diff, 3).empty() && !plimsoll::cli::DiffJson(diff).empty(),
         "it can be shown");
  return 0;
}
