#include "alerting/sidecar/alert_tables.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "alerting/engine/transition_text.h"
#include "database/milliseconds.h"

namespace plimsoll::alerting {
namespace {

using Json = nlohmann::json;
using Transitions = std::unordered_map<std::string, TransitionPtr>;

template <typename Enum>
Enum EnumOf(int64_t number, Enum last) {
  return static_cast<Enum>(std::clamp<int64_t>(number, 0, static_cast<int64_t>(last)));
}

StoredState StateOf(SQLite::Statement& row) {
  StoredState state;
  state.rule = row.getColumn(0).getString();
  state.container = row.getColumn(1).getUInt();
  state.subject = row.getColumn(2).getString();
  state.metric = row.getColumn(3).getString();
  state.phase = EnumOf(row.getColumn(4).getInt64(), Phase::kRecovering);
  state.count = row.getColumn(5).getUInt();
  state.repeats = row.getColumn(6).getUInt();
  state.value = row.getColumn(7).getDouble();
  state.since = plimsoll::FromMs(row.getColumn(8).getInt64());
  state.fired_at = plimsoll::FromMs(row.getColumn(9).getInt64());
  state.last_alerted = plimsoll::FromMs(row.getColumn(10).getInt64());
  state.name = row.getColumn(11).getString();
  state.alert = row.getColumn(12).getString();
  state.severity = row.getColumn(13).getString();
  state.labels = ParsePairs(row.getColumn(14).getString());
  state.receivers = ParseList(row.getColumn(15).getString());
  return state;
}

Parcel ParcelOf(SQLite::Statement& row) {
  Parcel parcel;
  parcel.number = row.getColumn(0).getInt64();
  parcel.receiver = row.getColumn(1).getString();
  parcel.group = row.getColumn(2).getString();
  parcel.made_at = FromMs(row.getColumn(3).getInt64());
  parcel.next_try_at = FromMs(row.getColumn(4).getInt64());
  parcel.tries = row.getColumn(5).getUInt();
  parcel.last_error = row.getColumn(6).getString();
  parcel.dropped = row.getColumn(7).getInt() != 0;
  return parcel;
}

// Those that the outbox refers to.
Transitions LoadTransitions(Database& database) {
  Transitions known;
  const auto rows = database.Prepared(
      "SELECT body FROM alert_history WHERE id IN (SELECT transition FROM outbox_part) "
      "OR id IN (SELECT newest FROM alert_told)");
  while (rows->executeStep())
    if (auto transition = ParseTransition(rows->getColumn(0).getString())) {
      const std::string id = transition->id;
      known[id] = std::make_shared<const Transition>(std::move(*transition));
    }
  return known;
}

OutboxRows LoadOutbox(Database& database) {
  OutboxRows outbox;
  const Transitions known = LoadTransitions(database);
  const auto find = [&](const std::string& id) {
    const auto found = known.find(id);
    return found == known.end() ? nullptr : found->second;
  };
  {
    const auto rows = database.Prepared(
        "SELECT number, receiver, grouped_by, made_ms, next_try_ms, tries, last_error, dropped FROM outbox "
        "ORDER BY number");
    while (rows->executeStep()) outbox.parcels.push_back(ParcelOf(*rows));
  }
  for (Parcel& parcel : outbox.parcels) {
    const auto parts =
        database.Prepared("SELECT place, transition FROM outbox_part WHERE parcel = ? ORDER BY place");
    parts->bind(1, parcel.number);
    int64_t others = 0;
    while (parts->executeStep()) {
      const int64_t place = parts->getColumn(0).getInt64();
      others = std::max(others, -place);
      if (auto transition = find(parts->getColumn(1).getString()))
        (place < 0 ? parcel.others : parcel.transitions).push_back(std::move(transition));
    }
    parcel.left_out = static_cast<size_t>(others) - parcel.others.size();
  }
  std::erase_if(outbox.parcels, [](const Parcel& parcel) { return parcel.transitions.empty(); });
  const auto told = database.Prepared("SELECT alert, receiver, state, newest, held_by FROM alert_told");
  while (told->executeStep()) {
    Standing standing;
    standing.state = EnumOf(told->getColumn(2).getInt64(), Standing::State::kLost);
    standing.newest = find(told->getColumn(3).getString());
    standing.held_by = told->getColumn(4).getString();
    if (standing.newest)
      outbox.standings.emplace_back(
          StandingKey(told->getColumn(0).getString(), told->getColumn(1).getString()), std::move(standing));
  }
  return outbox;
}

std::string MatchersText(const std::vector<LabelMatcher>& matchers) {
  Json list = Json::array();
  for (const LabelMatcher& matcher : matchers)
    list.push_back({matcher.label, static_cast<int>(matcher.op), matcher.value});
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<LabelMatcher> ParseMatchers(const std::string& text) {
  std::vector<LabelMatcher> matchers;
  for (const Json& one : Json::parse(text))
    matchers.push_back({one.at(0), EnumOf(one.at(1).get<int64_t>(), LabelMatcher::Op::kNotRegex), one.at(2)});
  return matchers;
}

std::vector<Silence> LoadSilences(Database& database) {
  std::vector<Silence> silences;
  const auto rows = database.Prepared(
      "SELECT id, matchers, starts_ms, ends_ms, comment, created_by, created_ms FROM silence ORDER BY id");
  while (rows->executeStep()) {
    Silence silence;
    silence.id = rows->getColumn(0).getInt64();
    silence.starts_at = FromMs(rows->getColumn(2).getInt64());
    silence.ends_at = FromMs(rows->getColumn(3).getInt64());
    silence.comment = rows->getColumn(4).getString();
    silence.created_by = rows->getColumn(5).getString();
    silence.created_at = FromMs(rows->getColumn(6).getInt64());
    try {
      silence.matchers = ParseMatchers(rows->getColumn(1).getString());
    } catch (const Json::exception&) {
      continue;  // without its matchers it would silence everything
    }
    silences.push_back(std::move(silence));
  }
  return silences;
}

void PutPast(Database& database, const PastTransition& past) {
  // What is there already may be of a tick that the file did not get whole, and of an earlier moment.
  const auto put = database.Prepared(
      "INSERT INTO alert_history (id, at_ms, silenced_by, body) VALUES (?, ?, ?, ?) "
      "ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms, silenced_by = excluded.silenced_by, "
      "body = excluded.body");
  put->bind(1, past.transition->id);
  put->bind(2, ToMs(past.transition->at));
  put->bind(3, past.silenced_by);
  put->bind(4, TransitionText(*past.transition));
  put->exec();
}

// A file that was begun anew, or a disk that failed, may not have it.
void PutWhereMissing(Database& database, const TransitionPtr& transition) {
  {
    const auto find = database.Prepared("SELECT 1 FROM alert_history WHERE id = ?");
    find->bind(1, transition->id);
    if (find->executeStep()) return;
  }
  PutPast(database, {transition, ""});
}

void DeleteParcel(Database& database, int64_t number) {
  for (const char* sql :
       {"DELETE FROM outbox WHERE number = ?", "DELETE FROM outbox_part WHERE parcel = ?"}) {
    const auto gone = database.Prepared(sql);
    gone->bind(1, number);
    gone->exec();
  }
}

// Without a transition: that it holds so many fewer than there are.
void PutPart(Database& database, int64_t parcel, int64_t place, const std::string& transition) {
  const auto put = database.Prepared("INSERT INTO outbox_part (parcel, place, transition) VALUES (?, ?, ?)");
  put->bind(1, parcel);
  put->bind(2, place);
  put->bind(3, transition);
  put->exec();
}

void PutParts(Database& database, int64_t parcel, const std::vector<TransitionPtr>& transitions,
              int64_t place) {
  for (const TransitionPtr& transition : transitions) {
    PutWhereMissing(database, transition);
    PutPart(database, parcel, place++, transition->id);
  }
}

void PutParcel(Database& database, const Parcel& parcel) {
  DeleteParcel(database, parcel.number);
  {
    const auto put = database.Prepared(
        "INSERT INTO outbox (number, receiver, grouped_by, made_ms, next_try_ms, tries, last_error, dropped) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    put->bind(1, parcel.number);
    put->bind(2, parcel.receiver);
    put->bind(3, parcel.group);
    put->bind(4, ToMs(parcel.made_at));
    put->bind(5, ToMs(parcel.next_try_at));
    put->bind(6, parcel.tries);
    put->bind(7, parcel.last_error);
    put->bind(8, parcel.dropped ? 1 : 0);
    put->exec();
  }
  PutParts(database, parcel.number, parcel.transitions, 0);
  const auto others = -static_cast<int64_t>(parcel.others.size() + parcel.left_out);
  PutParts(database, parcel.number, parcel.others, others);
  if (parcel.others.empty() && others < 0) PutPart(database, parcel.number, others, "");
}

void PutStanding(Database& database, const StandingKey& key, const Standing& standing) {
  PutWhereMissing(database, standing.newest);
  const auto put = database.Prepared(
      "INSERT OR REPLACE INTO alert_told (alert, receiver, state, newest, held_by) VALUES (?, ?, ?, ?, ?)");
  put->bind(1, key.first);
  put->bind(2, key.second);
  put->bind(3, static_cast<int>(standing.state));
  put->bind(4, standing.newest->id);
  put->bind(5, standing.held_by);
  put->exec();
}

void PutState(Database& database, const StoredState& state) {
  const auto put = database.Prepared(
      "INSERT OR REPLACE INTO alert_state (rule, container, subject, metric, phase, count, repeats, value, "
      "since_ms, fired_ms, alerted_ms, name, alert, severity, labels, receivers) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  put->bind(1, state.rule);
  put->bind(2, state.container);
  put->bind(3, state.subject);
  put->bind(4, state.metric);
  put->bind(5, static_cast<int>(state.phase));
  put->bind(6, state.count);
  put->bind(7, state.repeats);
  if (std::isfinite(state.value)) put->bind(8, state.value);
  put->bind(9, ToMs(state.since));
  put->bind(10, ToMs(state.fired_at));
  put->bind(11, ToMs(state.last_alerted));
  put->bind(12, state.name);
  put->bind(13, state.alert);
  put->bind(14, state.severity);
  put->bind(15, PairsText(state.labels));
  put->bind(16, ListText(state.receivers));
  put->exec();
}

}  // namespace

StoredAlerts LoadAlerts(Database& database) {
  StoredAlerts alerts;
  {
    const auto rows = database.Prepared(
        "SELECT rule, container, subject, metric, phase, count, repeats, value, since_ms, fired_ms, "
        "alerted_ms, name, alert, severity, labels, receivers FROM alert_state");
    while (rows->executeStep()) alerts.states.push_back(StateOf(*rows));
  }
  alerts.outbox = LoadOutbox(database);
  alerts.silences = LoadSilences(database);
  return alerts;
}

void WriteStates(Database& database, const std::vector<StoredState>& states) {
  for (const StoredState& state : states) {
    if (!state.gone) {
      PutState(database, state);
      continue;
    }
    const auto gone =
        database.Prepared("DELETE FROM alert_state WHERE rule = ? AND container = ? AND subject = ?");
    gone->bind(1, state.rule);
    gone->bind(2, state.container);
    gone->bind(3, state.subject);
    gone->exec();
  }
}

void WriteOutbox(Database& database, const OutboxRows& rows) {
  for (const PastTransition& past : rows.past) PutPast(database, past);
  for (const Parcel& parcel : rows.parcels) PutParcel(database, parcel);
  for (const int64_t number : rows.gone_parcels) DeleteParcel(database, number);
  for (const auto& [key, standing] : rows.standings) PutStanding(database, key, standing);
  for (const StandingKey& key : rows.gone_standings) {
    const auto gone = database.Prepared("DELETE FROM alert_told WHERE alert = ? AND receiver = ?");
    gone->bind(1, key.first);
    gone->bind(2, key.second);
    gone->exec();
  }
}

void ClearAlerts(Database& database) {
  database.Run(
      "DELETE FROM alert_state; DELETE FROM outbox; DELETE FROM outbox_part; DELETE FROM alert_told");
}

void WriteSilence(Database& database, Silence& silence) {
  const auto put = database.Prepared(
      "INSERT OR REPLACE INTO silence (id, matchers, starts_ms, ends_ms, comment, created_by, created_ms) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)");
  if (silence.id != 0) put->bind(1, silence.id);
  put->bind(2, MatchersText(silence.matchers));
  put->bind(3, ToMs(silence.starts_at));
  put->bind(4, ToMs(silence.ends_at));
  put->bind(5, silence.comment);
  put->bind(6, silence.created_by);
  put->bind(7, ToMs(silence.created_at));
  put->exec();
  if (silence.id == 0) silence.id = database.connection().getLastInsertRowid();
}

void DeleteSilence(Database& database, int64_t id) {
  const auto gone = database.Prepared("DELETE FROM silence WHERE id = ?");
  gone->bind(1, id);
  gone->exec();
}

std::vector<HistoryEntry> ReadAlertHistory(Database& database, const HistoryWish& wish) {
  std::vector<HistoryEntry> entries;
  const auto rows = database.Prepared(
      "SELECT number, silenced_by, body FROM alert_history WHERE number < ?1 AND "
      "(?2 IS NULL OR CASE WHEN json_valid(body) THEN json_extract(body, '$.container') END = ?2) "
      "ORDER BY number DESC");
  rows->bind(1, wish.before.value_or(INT64_MAX));
  if (wish.container) rows->bind(2, static_cast<int64_t>(*wish.container));
  while (std::ssize(entries) < wish.limit && rows->executeStep())
    if (auto transition = ParseTransition(rows->getColumn(2).getString()))
      entries.push_back(
          {rows->getColumn(0).getInt64(),
           {std::make_shared<const Transition>(std::move(*transition)), rows->getColumn(1).getString()}});
  return entries;
}

void PruneAlertHistory(Database& database, WallTime now) {
  // Old ones are the first by number: how many rows are looked at is bounded, too.
  const auto prune = database.Prepared(
      "DELETE FROM alert_history WHERE number IN (SELECT number FROM "
      "(SELECT number, id, at_ms FROM alert_history ORDER BY number LIMIT 1000) AS old "
      "WHERE (number <= (SELECT max(number) FROM alert_history) - ?1 OR at_ms < ?2) "
      "AND NOT EXISTS (SELECT 1 FROM outbox_part WHERE transition = old.id) "
      "AND NOT EXISTS (SELECT 1 FROM alert_told WHERE newest = old.id))");
  prune->bind(1, kKeptHistory);
  prune->bind(2, ToMs(now - kKeptHistoryFor));
  prune->exec();
}

}  // namespace plimsoll::alerting
