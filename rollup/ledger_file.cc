// The half of the ledger that the file sees: meters, and what is known from before this run.

#include "database/database.h"
#include "database/milliseconds.h"
#include "rollup/chunk.h"
#include "rollup/ledger.h"

namespace plimsoll::rollup {
namespace {

template <typename Bind>
void BindFigure(Bind& statement, int at, const Figure& figure) {
  if (figure)
    statement.bind(at, static_cast<int64_t>(*figure));
  else
    statement.bind(at);
}

}  // namespace

void Ledger::Restore(Database& database) {
  before_us_.clear();
  if (is_restored_ && last_mono_) return;  // this run knows better what it has seen
  is_restored_ = true;
  begun_.reset();
  const int64_t newest_ms = database.Number("SELECT at_ms FROM tick ORDER BY id DESC LIMIT 1");
  if (database.Number("SELECT count(*) FROM (SELECT 1 FROM tick LIMIT 1)") == 0) return;
  if (!last_mono_) last_wall_ = FromMs(newest_ms);
  // The living have a meter of every full hour.
  const auto first = database.Prepared("SELECT min(id) FROM tick WHERE at_ms >= ?");
  first->bind(1, newest_ms - 7'200'000);
  const int64_t from = first->executeStep() ? first->getColumn(0).getInt64() : 0;

  std::unordered_map<uint32_t, int64_t> metered_at;
  const auto meters = database.Prepared(
      "SELECT container, max(tick), t.at_ms, born_ms, cpu_us, net_rx_bytes, net_tx_bytes, block_read_bytes, "
      "block_write_bytes, periods, throttled_periods, oom_kills FROM meter m JOIN tick t ON t.id = m.tick "
      "WHERE tick >= ? GROUP BY container");
  meters->bind(1, from);
  while (meters->executeStep()) {
    const uint32_t id = meters->getColumn(0).getUInt();
    Basis& basis = before_us_[id];
    metered_at[id] = meters->getColumn(1).getInt64();
    basis.at_ms = meters->getColumn(2).getInt64();
    if (!meters->isColumnNull(3)) basis.born_ms = meters->getColumn(3).getInt64();
    int column = 4;
    EachCounter(basis.meter, basis.meter, [&](Figure& figure, const Figure&) {
      if (!meters->isColumnNull(column)) figure = static_cast<uint64_t>(meters->getColumn(column).getInt64());
      ++column;
    });
  }

  const auto since = database.Prepared(
      "SELECT s.tick, s.chunk, s.readings, t.at_ms, t.elapsed_ms FROM sample s JOIN tick t ON t.id = s.tick "
      "WHERE s.tick > ? ORDER BY s.tick");
  since->bind(1, from);
  while (since->executeStep()) {
    const auto blob = since->getColumn(2);
    ChunkReader in(since->getColumn(1).getUInt(),
                   {static_cast<const char*>(blob.getBlob()), static_cast<size_t>(blob.getBytes())});
    Reading reading;
    while (in.Next()) {
      const auto found = before_us_.find(in.container());
      if (found == before_us_.end() || metered_at[in.container()] >= since->getColumn(0).getInt64()) continue;
      if (!in.Read(reading, static_cast<uint64_t>(since->getColumn(4).getInt64()))) break;
      found->second.meter.Add(reading);
      found->second.at_ms = since->getColumn(3).getInt64();
    }
  }
}

void Ledger::WriteMeters(Database& database, int64_t tick) {
  const bool all = hour_ != metered_hour_;
  if (!all && !meters_due_) return;
  for (const auto& [id, entry] : entries_) {
    if (!all && !entry.meter_due) continue;
    const Meter meter = Meter::Of(entry.counters);
    const auto put = database.Prepared(
        "INSERT OR REPLACE INTO meter (container, tick, born_ms, cpu_us, net_rx_bytes, net_tx_bytes, "
        "block_read_bytes, block_write_bytes, periods, throttled_periods, oom_kills) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    put->bind(1, id);
    put->bind(2, tick);
    if (entry.born != WallTime{}) put->bind(3, ToMs(entry.born));
    int at = 4;
    EachCounter(meter, meter, [&](const Figure& figure, const Figure&) { BindFigure(*put, at++, figure); });
    put->exec();
  }
}

}  // namespace plimsoll::rollup
