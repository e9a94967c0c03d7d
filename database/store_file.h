#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "database/database.h"

namespace plimsoll {

// Why what lies at the store's path must be left as it is: kForeign for a folder, a device, and whatever is
// no history of ours, kNewer for one of a newer schema. nullopt where a history is, even a damaged one, and
// where nothing is yet. Told by its first bytes (sqlite.org/fileformat2.html, 1.3): nothing is opened as a
// database, made or changed.
std::optional<Fault> WhyNotAHistory(const std::string& path);

// The same of numbers that SQLite read, which may lie in its log still: PRAGMA application_id and
// user_version.
std::optional<Fault> WhyNotAHistory(const std::string& path, int64_t application, int64_t version);

}  // namespace plimsoll
