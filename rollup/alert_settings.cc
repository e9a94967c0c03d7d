#include "rollup/alert_settings.h"

#include "database/database.h"
#include "database/milliseconds.h"
#include "database/read_connections.h"

namespace plimsoll::rollup {
namespace {

std::optional<double> NumberOf(const SQLite::Column& column) {
  return column.isNull() ? std::nullopt : std::optional(column.getDouble());
}

// The columns from `at` on: cpu_threshold, mem_threshold, enabled, created_ms, updated_ms.
AlertSetting SettingOf(SQLite::Statement& row, int at) {
  AlertSetting setting;
  setting.cpu_threshold = NumberOf(row.getColumn(at));
  setting.mem_threshold = NumberOf(row.getColumn(at + 1));
  if (!row.isColumnNull(at + 2)) setting.enabled = row.getColumn(at + 2).getInt() != 0;
  setting.created_at = FromMs(row.getColumn(at + 3).getInt64());
  setting.updated_at = FromMs(row.getColumn(at + 4).getInt64());
  return setting;
}

void Bind(SQLite::Statement& statement, int place, const std::optional<double>& number) {
  if (number) statement.bind(place, *number);  // else NULL
}

std::optional<AlertSetting> Find(Database& database, uint32_t container) {
  const auto find = database.Prepared(
      "SELECT cpu_threshold, mem_threshold, enabled, created_ms, updated_ms FROM alert_setting "
      "WHERE container = ?");
  find->bind(1, container);
  if (!find->executeStep()) return std::nullopt;
  return SettingOf(*find, 0);
}

void Delete(Database& database, uint32_t container) {
  const auto gone = database.Prepared("DELETE FROM alert_setting WHERE container = ?");
  gone->bind(1, container);
  gone->exec();
}

void Put(Database& database, uint32_t container, const AlertSetting& setting, WallTime now) {
  const auto put = database.Prepared(
      "INSERT INTO alert_setting (container, cpu_threshold, mem_threshold, enabled, created_ms, updated_ms) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT (container) DO UPDATE SET cpu_threshold = ?2, "
      "mem_threshold = ?3, enabled = ?4, updated_ms = ?5");
  put->bind(1, container);
  Bind(*put, 2, setting.cpu_threshold);
  Bind(*put, 3, setting.mem_threshold);
  if (setting.enabled) put->bind(4, *setting.enabled ? 1 : 0);
  put->bind(5, ToMs(now));
  put->exec();
}

template <typename T, typename Work>
Result<T> OnFile(WriteConnection& writer, Work work) {
  const std::lock_guard lock(writer.mutex);
  if (!writer.database) return Fail("alert setting: the store's file is not open");
  try {
    return work(*writer.database);
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected(FaultOf(exception).error.In("alert setting"));
  }
}

}  // namespace

Result<std::vector<std::pair<uint32_t, AlertSetting>>> AlertSettings(WriteConnection& writer) {
  using All = std::vector<std::pair<uint32_t, AlertSetting>>;
  return OnFile<All>(writer, [](Database& database) { return AlertSettings(database); });
}

std::vector<std::pair<uint32_t, AlertSetting>> AlertSettings(Database& database) {
  std::vector<std::pair<uint32_t, AlertSetting>> all;
  const auto rows = database.Prepared(
      "SELECT container, cpu_threshold, mem_threshold, enabled, created_ms, updated_ms FROM alert_setting");
  // A replay reads older files as they are: there `enabled` was always said, and 1 overrode nothing.
  const bool says_all = database.Number("PRAGMA user_version") < 4;
  while (rows->executeStep()) {
    AlertSetting& setting = all.emplace_back(rows->getColumn(0).getUInt(), SettingOf(*rows, 1)).second;
    if (says_all && setting.enabled == true) setting.enabled.reset();
  }
  return all;
}

Result<std::optional<AlertSetting>> FindAlertSetting(WriteConnection& writer, uint32_t container) {
  return OnFile<std::optional<AlertSetting>>(writer,
                                             [&](Database& database) { return Find(database, container); });
}

Result<AlertSetting> PutAlertSetting(WriteConnection& writer, uint32_t container, const AlertSetting& setting,
                                     WallTime now) {
  return OnFile<AlertSetting>(writer, [&](Database& database) {
    if (setting.IsEmpty())
      Delete(database, container);
    else
      Put(database, container, setting, now);
    return Find(database, container).value_or(AlertSetting());
  });
}

}  // namespace plimsoll::rollup
