#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "model/result.h"

namespace plimsoll {

// One fault of a configuration file.
struct ConfigFault {
  int line = 0, column = 0;  // from 1; 0 when the file itself could not be read
  std::string message;       // what, and what to do; the nearest known key for an unknown one
};

struct LoadedConfig {
  Config config;
  std::vector<ConfigFault> faults;  // all of the file's, in order; config is usable only when empty
};

// Reads and checks a YAML file, or `text` under the name `file`.
LoadedConfig LoadConfigFile(const std::string& file);
LoadedConfig LoadConfigText(const std::string& text, const std::string& file);

// "file:line:column: message", one per line.
std::string FormatFaults(const std::string& file, const std::vector<ConfigFault>& faults);

}  // namespace plimsoll
