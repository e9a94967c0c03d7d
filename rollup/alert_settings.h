#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "model/alert_setting.h"
#include "model/clock.h"
#include "model/result.h"

namespace plimsoll {
class Database;
struct WriteConnection;
}  // namespace plimsoll

namespace plimsoll::rollup {

// The table `alert_setting`, through the writing connection; all wait for its
// mutex, which a tick holds for some milliseconds.
Result<std::vector<std::pair<uint32_t, AlertSetting>>> AlertSettings(WriteConnection& writer);
Result<std::optional<AlertSetting>> FindAlertSetting(WriteConnection& writer, uint32_t container);
// Inserts or changes; created_at stays what it was first. One that says nothing
// is deleted. Answers with what is stored.
Result<AlertSetting> PutAlertSetting(WriteConnection& writer, uint32_t container, const AlertSetting& setting,
                                     WallTime now);

// All, on any connection, of a file of any version. Throws SQLite::Exception.
std::vector<std::pair<uint32_t, AlertSetting>> AlertSettings(Database& database);

}  // namespace plimsoll::rollup
