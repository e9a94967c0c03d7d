#include "rollup/identity_rows.h"

#include "database/database.h"

namespace plimsoll::rollup {
namespace {

constexpr int64_t kLooks = 64;

// Of a row without rowid SQLite keeps at most so much in the tree; of a longer
// one about half of that, and the rest in pages of its own.
constexpr int64_t kInTree = 1002, kStaysInTree = 489, kPage = 4096;

int64_t RowBytes(int64_t content) {
  if (content <= kInTree) return content;
  return kStaysInTree + (content - kStaysInTree + kPage - 1) / kPage * kPage;
}

int64_t BytesOf(Database& database, int64_t id) {
  constexpr int64_t kContainerRow = 200, kRevisionRow = 100, kMeterRow = 80;
  int64_t bytes = kContainerRow;
  const auto revisions = database.Prepared(
      "SELECT length(CAST(labels AS BLOB)) + length(runtime_id) + length(name) + length(image) + "
      "length(cgroup) FROM revision WHERE container = ?");
  revisions->bind(1, id);
  while (revisions->executeStep()) bytes += RowBytes(kRevisionRow + revisions->getColumn(0).getInt64());
  const auto meters = database.Prepared("SELECT count(*) FROM meter WHERE container = ?");
  meters->bind(1, id);
  if (meters->executeStep()) bytes += kMeterRow * meters->getColumn(0).getInt64();
  return bytes + bytes / 4;  // pages are not full
}

}  // namespace

uint64_t IdentityBytes(Database& database) {
  const int64_t count = database.Number("SELECT count(*) FROM container");
  const int64_t first = database.Number("SELECT min(id) FROM container");
  const int64_t last = database.Number("SELECT max(id) FROM container");
  int64_t bytes = 0, looks = 0;
  for (int64_t look = 0; look < kLooks && count > 0; ++look) {
    const auto next = database.Prepared("SELECT id FROM container WHERE id >= ? ORDER BY id LIMIT 1");
    next->bind(1, first + (last - first) * look / kLooks);
    if (!next->executeStep()) break;
    bytes += BytesOf(database, next->getColumn(0).getInt64());
    ++looks;
  }
  return looks == 0 ? 0 : static_cast<uint64_t>(bytes / looks * count);
}

std::vector<KnownIdentity> IdentitiesAfter(Database& database, uint32_t after, uint32_t most) {
  const auto find = database.Prepared(
      "SELECT id, last_seen_ms, id IN (SELECT container FROM alert_setting UNION "
      "SELECT container FROM alert_state WHERE phase <> 0) FROM container WHERE id > ? ORDER BY id LIMIT ?");
  find->bind(1, after);
  find->bind(2, most);
  std::vector<KnownIdentity> some;
  while (find->executeStep())
    some.push_back(
        {find->getColumn(0).getUInt(), find->getColumn(1).getInt64(), find->getColumn(2).getInt() != 0});
  return some;
}

std::vector<uint32_t> LongestUnseen(Database& database, uint32_t most) {
  const auto find = database.Prepared(
      "SELECT id FROM container WHERE id NOT IN (SELECT container FROM alert_setting UNION "
      "SELECT container FROM alert_state WHERE phase <> 0) ORDER BY last_seen_ms, id LIMIT ?");
  find->bind(1, most);
  std::vector<uint32_t> ids;
  while (find->executeStep()) ids.push_back(find->getColumn(0).getUInt());
  return ids;
}

void DeleteIdentity(Database& database, uint32_t id) {
  for (const char* sql : {"DELETE FROM revision WHERE container = ?", "DELETE FROM meter WHERE container = ?",
                          "DELETE FROM container WHERE id = ?"}) {
    const auto remove = database.Prepared(sql);
    remove->bind(1, id);
    remove->exec();
  }
}

void DeleteOutlived(Database& database, uint32_t id, int64_t oldest_tick, int64_t oldest_ms) {
  const auto meters = database.Prepared("DELETE FROM meter WHERE container = ? AND tick < ?");
  meters->bind(1, id);
  meters->bind(2, oldest_tick);
  meters->exec();
  const auto revisions = database.Prepared(
      "DELETE FROM revision WHERE container = ?1 AND since_ms < "
      "(SELECT max(since_ms) FROM revision WHERE container = ?1 AND since_ms <= ?2)");
  revisions->bind(1, id);
  revisions->bind(2, oldest_ms);
  revisions->exec();
}

}  // namespace plimsoll::rollup
