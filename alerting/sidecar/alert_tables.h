#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "alerting/engine/stored_state.h"
#include "alerting/sidecar/outbox.h"
#include "alerting/sidecar/silence.h"
#include "database/database.h"

// All SQL of this room. Everything throws SQLite::Exception; what is written
// belongs into a transaction of the caller's.
namespace plimsoll::alerting {

struct StoredAlerts {
  std::vector<StoredState> states;
  OutboxRows outbox;  // its `past` is empty
  std::vector<Silence> silences;
};
// What cannot be read of it (a body that is no JSON) is left out.
StoredAlerts LoadAlerts(Database& database);

void WriteStates(Database& database, const std::vector<StoredState>& states);
void WriteOutbox(Database& database, const OutboxRows& rows);
// Forgets all but history and silences.
void ClearAlerts(Database& database);

// Gives the silence its number when it has none.
void WriteSilence(Database& database, Silence& silence);
void DeleteSilence(Database& database, int64_t id);

// Past transitions.
struct HistoryEntry {
  int64_t number = 0;
  PastTransition past;
};
constexpr int64_t kKeptHistory = 10'000;
constexpr auto kKeptHistoryFor = std::chrono::hours(24 * 90);
struct HistoryWish {
  std::optional<int64_t> before;      // only those with a smaller number
  std::optional<uint32_t> container;  // only those of this one
  int limit = 0;
};
// Newest first.
std::vector<HistoryEntry> ReadAlertHistory(Database& database, const HistoryWish& wish);
// Deletes some of what is too much or too old, but for what the outbox refers to.
void PruneAlertHistory(Database& database, WallTime now);

}  // namespace plimsoll::alerting
