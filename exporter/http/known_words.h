#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_reader.h"

namespace plimsoll::http {

// A table here is any list of pairs that begin with a word a person may write.

template <typename Table>
auto Lookup(const Table& table, std::string_view word) {
  return std::find_if(table.begin(), table.end(), [&](const auto& entry) { return entry.first == word; });
}

// "; did you mean "x"?", or all words when none is near.
template <typename Table>
std::string DidYouMean(std::string_view word, const Table& table) {
  std::vector<std::string_view> known;
  for (const auto& entry : table) known.push_back(entry.first);
  const std::string_view nearest = Nearest(word, known);
  return nearest.empty() ? "; accepted: " + Join(known) : "; did you mean \"" + std::string(nearest) + "\"?";
}

}  // namespace plimsoll::http
