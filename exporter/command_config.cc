#include "exporter/command_config.h"

#include <iostream>
#include <utility>

#include "config/load.h"

namespace plimsoll {

std::optional<Config> CommandConfig(const std::string& file) {
  if (file.empty()) return Config();
  LoadedConfig loaded = LoadConfigFile(file);
  if (loaded.faults.empty()) return std::move(loaded.config);
  std::cerr << FormatFaults(file, loaded.faults);
  return std::nullopt;
}

}  // namespace plimsoll
