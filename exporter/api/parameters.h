#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/http/query.h"
#include "model/clock.h"
#include "model/result.h"

namespace plimsoll::api {

// Each fails with what is accepted. Nothing here touches more than the text.

// "17": digits alone, 1 and up; nothing for anything else.
std::optional<uint32_t> ParseId(std::string_view text);

// A whole number from 1 to `most`; `fallback` when the query does not name it.
Result<int> TakeLimit(const http::Query& query, int fallback, int most);

// RFC 3339, or seconds since 1970 with or without decimals.
Result<WallTime> ParseTime(std::string_view name, std::string_view text);

// In quotes, cut to a readable length.
std::string Shown(std::string_view text);

// The entry of `table` (its first member is the word) that the query names;
// the one at `fallback` when it names none.
template <typename Entry, size_t kCount>
Result<const Entry*> TakeWord(const http::Query& query, std::string_view name,
                              const std::array<Entry, kCount>& table, size_t fallback = 0) {
  const std::string* word = query.Find(name);
  if (!word) return &table[fallback];
  std::string accepted;
  for (const Entry& entry : table) {
    if (entry.word == *word) return &entry;
    accepted += (accepted.empty() ? "" : " ") + std::string(entry.word);
  }
  return Fail(std::string(name) + " must be one of: " + accepted + "; not " + Shown(*word));
}

}  // namespace plimsoll::api
