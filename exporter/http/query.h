#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.h"

namespace plimsoll::http {

// The part of an address behind "?", taken apart: "a=1&b=x%20y+z" holds a "1" and b "x y z".
class Query {
 public:
  // Fails saying what is wrong with the text: a bad percent escape or one for
  // the zero byte, a name given twice, more than 4 KiB or 32 names.
  static Result<Query> Parse(std::string_view raw);
  // And for a name that is not among the known: a misspelt one would be answered as if it were not there.
  static Result<Query> Parse(std::string_view raw, std::initializer_list<std::string_view> known);

  // The value of a name, "" for one without "="; null when it is not there.
  const std::string* Find(std::string_view name) const;
  size_t size() const { return pairs_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace plimsoll::http
