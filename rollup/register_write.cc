// The half of the register that writes, within the tick's transaction.

#include "database/database.h"
#include "database/milliseconds.h"
#include "rollup/register.h"
#include "rollup/revision.h"

namespace plimsoll::rollup {

void Register::WriteEntry(Database& database, const Entry& entry, WallTime last_seen) {
  if (entry.row_due) {
    const auto put = database.Prepared(
        "INSERT OR IGNORE INTO container (id, key, first_seen_ms, last_seen_ms) VALUES (?, ?, ?, ?)");
    put->bind(1, entry.id);
    put->bind(2, entry.key);
    put->bind(3, ToMs(entry.first_seen));
    put->bind(4, ToMs(last_seen));
    put->exec();
  }
  if (entry.due) PutRevision(database, entry.id, *entry.due);
}

void Register::Write(Database& database, const ContainerSet& set) {
  const auto see = [&](uint32_t id, WallTime at) {
    const auto update = database.Prepared("UPDATE container SET last_seen_ms = ? WHERE id = ?");
    update->bind(1, ToMs(at));
    update->bind(2, id);
    update->exec();
  };
  for (const Departed& departed : departed_) {
    WriteEntry(database, departed.entry, departed.last_seen);
    see(departed.entry.id, departed.last_seen);
  }
  if (due_)
    for (const auto& [incarnation, entry] : living_) WriteEntry(database, entry, set.wall);
  writing_minute_ = BucketNumber(ToMs(set.wall), 60'000);
  if (writing_minute_ != seen_minute_)
    for (const auto& [incarnation, entry] : living_) see(entry.id, set.wall);
}

void Register::Written() {
  departed_.clear();
  seen_minute_ = writing_minute_;
  if (!due_) return;
  due_ = false;
  for (auto& [incarnation, entry] : living_) {
    entry.due.reset();
    entry.row_due = entry.unknown_to_file;
    due_ = due_ || entry.row_due;
  }
}

}  // namespace plimsoll::rollup
