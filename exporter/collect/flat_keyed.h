#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/collect/text.h"

namespace plimsoll::collect {

// Parses the kernel's "flat keyed" files (cgroup-v2.rst, "Format"):
//
//     anon 1531904
//     file 49086464
//
// into members of Sample. A kernel prints the same keys in the same order every
// time, so the order is learned from the first text and then only verified: one
// memcmp a line, no lookup. A text in another order is learned anew. Not
// thread-safe: each reading thread owns one.
template <typename Sample>
class FlatKeyed {
 public:
  struct Key {
    std::string_view name;
    std::optional<uint64_t> Sample::*member;
    std::optional<uint64_t> Sample::*also = nullptr;  // a second member that takes the same figure
    uint64_t scale = 1;
  };

  explicit FlatKeyed(std::vector<Key> keys) : keys_(std::move(keys)) {}

  // False when a line is not "key number\n". Keys that are missing leave their members alone.
  bool Parse(std::string_view text, Sample& sample) {
    TextCursor cursor(text);
    for (size_t line = 0; !cursor.done(); ++line) {
      if (line == layout_.size() || !cursor.Literal(layout_[line].prefix)) {
        if (!Learn(line, cursor)) return false;
        if (!cursor.Literal(layout_[line].prefix)) return false;
      }
      const Key* key = layout_[line].key;
      if (!key) {
        cursor.Line();
        continue;
      }
      uint64_t value;
      if (!cursor.Uint(value)) return false;
      // A line without its end may be cut in the middle of the number.
      if (!cursor.Literal('\n')) return false;
      sample.*(key->member) = value * key->scale;
      if (key->also) sample.*(key->also) = value * key->scale;
    }
    return true;
  }

 private:
  struct Line {
    std::string prefix;  // "anon "
    const Key* key;      // null: nobody asked for it
  };

  bool Learn(size_t line, const TextCursor& at) {
    if (line >= kMostLines) return false;
    TextCursor copy = at;
    const std::string_view name = copy.Word();
    if (name.empty() || !copy.Literal(' ')) return false;
    const Key* found = nullptr;
    for (const Key& key : keys_)
      if (key.name == name) found = &key;
    layout_.resize(line);
    layout_.push_back({std::string(name) + ' ', found});
    return true;
  }

  static constexpr size_t kMostLines = 1000;  // a file with more is not one of ours
  std::vector<Key> keys_;
  std::vector<Line> layout_;
};

}  // namespace plimsoll::collect
