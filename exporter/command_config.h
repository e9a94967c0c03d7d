#pragma once

#include <optional>
#include <string>

#include "config/config.h"

namespace plimsoll {

// What a command goes by: the file's configuration, or the defaults where
// `file` is empty. Nothing after telling every fault on standard error.
std::optional<Config> CommandConfig(const std::string& file);

}  // namespace plimsoll
