#pragma once

#include <string>

namespace plimsoll {

// What the command line says of `plimsoll rules`.
struct RulesOptions {
  std::string config_file;  // empty: built-in defaults
  std::string interval;     // overrides the file's collector.interval; empty: does not
};

// Writes the configuration's rules to standard output as alerting rules of
// Prometheus (alerting/prometheus/rules.h), and on standard error how many have no equal. Returns the exit
// code.
int WriteRules(const RulesOptions& options);

}  // namespace plimsoll
