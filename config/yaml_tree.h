#pragma once

#include <string>
#include <vector>

#include "config/load.h"

namespace plimsoll {

// One value of a YAML file and where it stands.
struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  // "interval: 10s" in a map. Keys are unique within their map.
  struct Entry {
    std::string key;
    int line = 0, column = 0;  // of the key
    size_t value = 0;          // YamlTree::At
  };

  Kind kind = Kind::kNull;
  int line = 0, column = 0;    // from 1; columns count characters, not bytes
  std::string text;            // kScalar: without quotes, ${...} as written
  std::vector<size_t> items;   // kList
  std::vector<Entry> entries;  // kMap, in the file's order
  bool complete = true;        // false: a fault of form, already told, spoilt the value or cut it short
};

// A YAML file as plain values; an alias is the node of its anchor, so nothing
// is ever copied or expanded.
class YamlTree {
 public:
  // Reads `text`, one YAML 1.2 document in UTF-8. Adds to `faults` what is wrong
  // with its form: encoding, syntax, a second document, duplicate or empty keys,
  // tags, nesting deeper than 32. What stands before a syntax fault is kept, so
  // that its own faults can be told too.
  YamlTree(const std::string& text, std::vector<ConfigFault>& faults);

  // Never null: an empty file is one kNull node.
  const YamlNode& Root() const { return nodes_[root_]; }
  const YamlNode& At(size_t index) const { return nodes_[index]; }

 private:
  std::vector<YamlNode> nodes_;
  size_t root_ = 0;
};

}  // namespace plimsoll
