#pragma once

#include <string>
#include <vector>

namespace plimsoll {

// What the command line says of `plimsoll export`.
struct ExportOptions {
  std::string storage_path = "data/plimsoll.db";
  std::string config_file;          // for collector.container_labels alone; empty: built-in defaults
  std::string from = "1h", to;      // RFC 3339, or a duration back from now; `to` empty: now
  std::vector<std::string> labels;  // "job=plimsoll": what Prometheus adds to what it scrapes
  bool only_gaps = false;
  std::string shortest_gap = "90s";  // answers of /metrics that are no further apart leave no gap
};

// Writes history to standard output (rollup/export.h) and says on standard error
// what came of it; shows how far it is where that is a terminal. Returns the exit code.
int ExportHistory(const ExportOptions& options);

}  // namespace plimsoll
