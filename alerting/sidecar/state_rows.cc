#include "alerting/sidecar/state_rows.h"

namespace plimsoll::alerting {

void StateRows::Restore(std::vector<StoredState> states) {
  for (StoredState& state : states) rows_[KeyOf(state)] = std::move(state);
}

void StateRows::Take(const std::vector<StoredState>& changed) {
  for (const StoredState& state : changed) {
    const Key key = KeyOf(state);
    changed_.insert(key);
    if (state.gone) {
      rows_.erase(key);
    } else {
      rows_[key] = state;
    }
  }
}

std::vector<StoredState> StateRows::TakeRows() {
  std::vector<StoredState> rows;
  for (const Key& key : changed_) {
    const auto found = rows_.find(key);
    if (found != rows_.end()) {
      rows.push_back(found->second);
      continue;
    }
    StoredState& gone = rows.emplace_back();
    std::tie(gone.rule, gone.container, gone.subject) = key;
    gone.gone = true;
  }
  changed_.clear();
  return rows;
}

void StateRows::GiveBack(const std::vector<StoredState>& rows) {
  for (const StoredState& row : rows) changed_.insert(KeyOf(row));
}

void StateRows::WriteAll() {
  for (const auto& [key, row] : rows_) changed_.insert(key);
}

}  // namespace plimsoll::alerting
