#pragma once

#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace plimsoll::exposition {

// Appends process_*: what /proc/self says of this process. A figure that
// cannot be read is left out.
void AppendProcessFigures(std::vector<prometheus::MetricFamily>& families);

}  // namespace plimsoll::exposition
