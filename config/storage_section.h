#pragma once

#include "config/config.h"
#include "config/yaml_reader.h"

namespace plimsoll {

// The keys of `storage:`, which read into `config`. Both must outlive them.
YamlKey StorageSection(YamlReader& reader, StorageConfig& config);

}  // namespace plimsoll
