#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/cli/top_reading.h"

namespace plimsoll::cli {

// Pressure: by the greatest of the three.
enum class TopOrder { kCpu, kMemory, kPressure, kNetwork, kBlock, kName };

// "cpu", "memory", "pressure", "net", "block", "name".
std::optional<TopOrder> ParseTopOrder(std::string_view name);
const char* TopOrderName(TopOrder order);

// Greatest first (names: a first), what is not known last, equal ones by name.
// Keeps those whose name holds `filter`, letter case aside.
std::vector<TopRow> Arrange(std::vector<TopRow> rows, TopOrder order, const std::string& filter);

// Lines of the table, the heading first. With a width (0: none) columns are left out until it fits, the
// state and disks first, and the name and the alerts are cut to what is left.
std::vector<std::string> TableLines(const std::vector<TopRow>& rows, size_t width);

// "host cpu 12.3% of 2 cores  memory 1.20GiB / 3.80GiB  containers 3"
std::string HostLine(const TopReading& reading);

}  // namespace plimsoll::cli
