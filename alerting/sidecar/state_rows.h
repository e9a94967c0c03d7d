#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "alerting/engine/stored_state.h"

namespace plimsoll::alerting {

// The rows of alert state as the table should have them, and which of them it
// has not. Not thread-safe.
class StateRows {
 public:
  // What the table holds.
  void Restore(std::vector<StoredState> states);
  // Newer rows.
  void Take(const std::vector<StoredState>& changed);

  // Rows to write; GiveBack() when the disk refused them.
  std::vector<StoredState> TakeRows();
  void GiveBack(const std::vector<StoredState>& rows);
  // The table is empty.
  void WriteAll();

 private:
  using Key = std::tuple<std::string, uint32_t, std::string>;
  static Key KeyOf(const StoredState& state) { return {state.rule, state.container, state.subject}; }

  std::map<Key, StoredState> rows_;
  std::set<Key> changed_;
};

}  // namespace plimsoll::alerting
