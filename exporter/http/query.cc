#include "exporter/http/query.h"

#include <algorithm>

#include "exporter/http/request.h"

namespace plimsoll::http {
namespace {

constexpr size_t kMostBytes = 4096;
constexpr size_t kMostNames = 32;

std::string_view TakeUntil(std::string_view& rest, char separator) {
  const std::string_view head = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(rest.size(), head.size() + 1));
  return head;
}

std::optional<std::string> Decode(std::string_view raw) {
  std::string spaced(raw);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return DecodePath(spaced);
}

}  // namespace

Result<Query> Query::Parse(std::string_view raw) {
  if (raw.size() > kMostBytes)
    return Fail("the query is longer than " + std::to_string(kMostBytes) + " bytes");
  Query query;
  while (!raw.empty()) {
    std::string_view pair = TakeUntil(raw, '&');
    if (pair.empty()) continue;
    auto name = Decode(TakeUntil(pair, '='));
    auto value = Decode(pair);
    if (!name || !value)
      return Fail("the query holds a bad percent escape: write two hex digits after each %, and not %00");
    if (query.Find(*name)) return Fail("\"" + *name + "\" is given twice in the query: give it once");
    if (query.pairs_.size() == kMostNames)
      return Fail("the query names more than " + std::to_string(kMostNames) + " parameters");
    query.pairs_.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

Result<Query> Query::Parse(std::string_view raw, std::initializer_list<std::string_view> known) {
  auto query = Parse(raw);
  if (!query) return query;
  for (const auto& [name, value] : query->pairs_) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string names;
    for (const std::string_view one : known) names += (names.empty() ? "" : " ") + std::string(one);
    return Fail("\"" + name.substr(0, 64) + "\" is no parameter here; " +
                (names.empty() ? "there is none" : "known: " + names));
  }
  return query;
}

const std::string* Query::Find(std::string_view name) const {
  const auto found =
      std::find_if(pairs_.begin(), pairs_.end(), [&](const auto& pair) { return pair.first == name; });
  return found == pairs_.end() ? nullptr : &found->second;
}

}  // namespace plimsoll::http
