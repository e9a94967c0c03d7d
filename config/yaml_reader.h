#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/load.h"
#include "config/yaml_tree.h"

namespace plimsoll {

// A key that a configuration file may hold, and what becomes of its value.
struct YamlKey {
  std::string_view name;
  std::function<void(const YamlNode&)> read;  // empty for a section
  std::vector<YamlKey> keys;                  // of a section
};

// Walks a tree along the keys that are known and collects every fault on the
// way. A null value or section ("interval:" and nothing more) leaves the default.
class YamlReader {
 public:
  YamlReader(const YamlTree& tree, std::vector<ConfigFault>& faults) : tree_(tree), faults_(faults) {}

  // Reads the whole file. `keys` are the sections and keys of its top level.
  void Read(const std::vector<YamlKey>& keys);

  void Fault(const YamlNode& node, std::string message);

  // A single value with every ${NAME} replaced from the environment and $${
  // made ${. nullopt: null, or a fault was told. `key` is for the message.
  // The message for a malformed ${ quotes the value, but for a `secret`. What
  // came from the environment is put into `from_environment`, too.
  std::optional<std::string> Text(std::string_view key, const YamlNode& node, bool secret = false,
                                  std::vector<std::string>* from_environment = nullptr);

  // A duration within [least, most]; leaves `out` alone when it is not.
  void Duration(std::string_view key, const YamlNode& node, std::chrono::milliseconds least,
                std::chrono::milliseconds most, std::chrono::milliseconds& out);

  // A list of single values, none empty, none twice; those that `check` refuses
  // (it returns what is wrong, or "") are faults. Leaves `out` alone when null.
  using Check = std::function<std::string(std::string_view)>;
  void List(std::string_view key, const YamlNode& node, const Check& check, std::vector<std::string>& out);

  // A mapping that is not a section of its own but an entry of a list: its known
  // `keys` are read, others are faults.
  void Mapping(std::string_view name, const YamlNode& node, const std::vector<YamlKey>& keys) {
    Section(name, node, keys);
  }

  // Each entry of a list of mappings.
  void Mappings(std::string_view key, const YamlNode& node, const std::function<void(const YamlNode&)>& read);

  // A number within [least, most]. nullopt: null, or a fault was told.
  std::optional<double> Number(std::string_view key, const YamlNode& node, double least, double most);
  std::optional<uint32_t> Whole(std::string_view key, const YamlNode& node, uint32_t least, uint32_t most);

  // true or false; leaves `out` alone when it is neither.
  void Flag(std::string_view key, const YamlNode& node, bool& out);

  // The index of one of `words`. nullopt: null, or a fault was told.
  std::optional<size_t> Word(std::string_view key, const YamlNode& node,
                             const std::vector<std::string_view>& words);

  // A mapping of single values. `check` is given key and value and returns what
  // is wrong, or "". Keeps the file's order. Leaves `out` alone when null.
  using PairCheck = std::function<std::string(std::string_view, std::string_view)>;
  void Pairs(std::string_view key, const YamlNode& node, const PairCheck& check, bool secret,
             std::vector<std::pair<std::string, std::string>>& out);

  const YamlNode& At(size_t index) const { return tree_.At(index); }

 private:
  void Section(std::string_view name, const YamlNode& node, const std::vector<YamlKey>& keys);
  void UnknownKey(std::string_view section, const YamlNode::Entry& entry, const std::vector<YamlKey>& keys);
  std::optional<std::string> Expand(std::string_view text, const YamlNode& node, bool secret,
                                    std::vector<std::string>* from_environment = nullptr);

  const YamlTree& tree_;
  std::vector<ConfigFault>& faults_;
  const std::vector<YamlKey>* all_keys_ = nullptr;  // while Read runs
};

// The one of `known` that `word` was probably meant to be: few typing slips
// away, or spelt lastSeenFor or last-seen-for. Empty when none is near.
std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& known);

// "a list", as messages call it.
const char* KindName(YamlNode::Kind kind);

// `words` with ", " between.
std::string Join(const std::vector<std::string_view>& words);

}  // namespace plimsoll
