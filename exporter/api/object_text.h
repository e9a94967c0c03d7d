#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "model/clock.h"
#include "model/sample.h"

namespace plimsoll::api {

// `text` as JSON writes it, in quotes; bytes that are no UTF-8 become U+FFFD.
std::string Quoted(std::string_view text);
// {"key":"value",...}
std::string LabelsText(const Labels& labels);

// A JSON object, appended to a text field by field. An answer may hold
// thousands (points, containers): a tree of them would take twenty times the
// bytes of the text. Keys are written as they are: no quotes, no backslashes.
class ObjectText {
 public:
  explicit ObjectText(std::string& out) : out_(out) { out_ += '{'; }

  // What is absent, or no finite number, is null. Three decimals are kept.
  ObjectText& Count(std::string_view key, const Figure& figure);
  ObjectText& Number(std::string_view key, const Ratio& ratio);
  ObjectText& Text(std::string_view key, std::string_view text);
  ObjectText& TextOrNull(std::string_view key, std::string_view text);  // null when empty
  ObjectText& Flag(std::string_view key, std::optional<bool> flag);
  ObjectText& Time(std::string_view key, const std::optional<WallTime>& time);
  ObjectText& Null(std::string_view key) { return Json(key, "null"); }
  ObjectText& Json(std::string_view key, std::string_view json);
  // The caller appends a value to the text itself.
  ObjectText& Key(std::string_view key);
  // Calls append(item) for each, which appends the item to the text itself.
  template <typename Items, typename Append>
  ObjectText& List(std::string_view key, const Items& items, Append append) {
    Key(key);
    out_ += '[';
    bool first = true;
    for (const auto& item : items) {
      if (!std::exchange(first, false)) out_ += ',';
      append(item);
    }
    out_ += ']';
    return *this;
  }
  void Close() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace plimsoll::api
