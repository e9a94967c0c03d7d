#pragma once

#include <optional>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace plimsoll::exposition {

// Appends process_*: what /proc/self says of this process, and how many
// descriptors it has open. A figure that cannot be read is left out.
void AppendProcessFigures(std::vector<prometheus::MetricFamily>& families,
                          std::optional<double> open_descriptors);

}  // namespace plimsoll::exposition
