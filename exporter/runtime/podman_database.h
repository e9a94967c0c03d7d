#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/result.h"

namespace plimsoll::runtime {

// What Podman's database says about one container.
struct PodmanRow {
  uint64_t version = 0;                      // of the whole database: the same number, the same content
  std::optional<std::string> config, state;  // JSON texts; absent when the container is not (any more) in it
  std::optional<std::string> exit_code;      // kept for a while after a container was removed
};

// libpod/bolt_state.db, the default up to Podman 4. nullopt when the file is not
// there, or (a row without anything) still has version `seen`.
Result<std::optional<PodmanRow>> ReadPodmanBolt(const std::string& path, const std::string& id,
                                                uint64_t seen);

// db.sql, the default since Podman 5. Waits at most 50 ms for a writer.
Result<std::optional<PodmanRow>> ReadPodmanSqlite(const std::string& path, const std::string& id,
                                                  uint64_t seen);

}  // namespace plimsoll::runtime
