#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plimsoll {

// What the command line says of `plimsoll backtest`.
struct BacktestOptions {
  std::string config_file;              // empty: built-in defaults
  std::string storage_path;             // empty: the configuration's
  std::string since = "7d";             // RFC 3339, or a duration back from now
  std::vector<std::string> rules;       // by name; empty: all that are not switched off
  std::vector<std::string> containers;  // globs; empty: all
  std::optional<uint32_t> at_most;  // alerts of a rule that a suggestion allows; absent: one for each 7 days
  std::string format = "table";     // or "json"
  uint32_t host_cores = 0;          // 0: as many as here
};

// Replays recorded history through the rules and writes to standard output what
// would have fired; shows on standard error how far it is where that is a
// terminal. Returns the exit code.
int BacktestRules(const BacktestOptions& options);

}  // namespace plimsoll
