#include "config/yaml_reader.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>

#include "config/duration.h"
#include "config/yaml_bytes.h"

namespace plimsoll {
namespace {

std::vector<std::string_view> Names(const std::vector<YamlKey>& keys) {
  std::vector<std::string_view> names;
  for (const YamlKey& key : keys) names.push_back(key.name);
  return names;
}

// The section that has `name`, as a path ("collector.docker"); "" when none has.
std::string SectionOf(std::string_view name, const std::vector<YamlKey>& keys) {
  for (const YamlKey& key : keys) {
    for (const YamlKey& below : key.keys)
      if (below.name == name) return std::string(key.name);
    const std::string deeper = SectionOf(name, key.keys);
    if (!deeper.empty()) return std::string(key.name) + "." + deeper;
  }
  return "";
}

// Lower case without - and _, so that only letters count.
std::string Letters(std::string_view word) {
  std::string letters;
  for (const char c : word)
    if (c != '-' && c != '_') letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return letters;
}

// Insertions, deletions, replacements and swaps of neighbours from a to b.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> two_up, up(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) up[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({up[j] + 1, row[j - 1] + 1, up[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], two_up[j - 2] + 1);
    }
    two_up = up;
    up = row;
  }
  return up[b.size()];
}

bool IsVariableName(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front()))) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

}  // namespace

const char* KindName(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "a single value";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a mapping";
  }
  return "";
}

void YamlReader::Read(const std::vector<YamlKey>& keys) {
  all_keys_ = &keys;
  Section("", tree_.Root(), keys);
  all_keys_ = nullptr;
}

void YamlReader::Fault(const YamlNode& node, std::string message) {
  faults_.push_back({node.line, node.column, std::move(message)});
}

void YamlReader::Section(std::string_view name, const YamlNode& node, const std::vector<YamlKey>& keys) {
  if (node.kind == YamlNode::Kind::kNull) return;
  if (node.kind != YamlNode::Kind::kMap) {
    if (!node.complete) return;
    std::string message = (name.empty() ? "the file" : std::string(name)) +
                          " must be a mapping with keys such as \"" + std::string(keys.front().name) +
                          ":\", not " + KindName(node.kind);
    if (node.kind == YamlNode::Kind::kScalar && node.text.find(':') != std::string::npos)
      message += " (a space must follow the colon)";
    return Fault(node, std::move(message));
  }
  for (const YamlNode::Entry& entry : node.entries) {
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&](const YamlKey& k) { return k.name == entry.key; });
    if (key == keys.end()) {
      UnknownKey(name, entry, keys);
    } else if (key->read) {
      key->read(tree_.At(entry.value));
    } else {
      Section(key->name, tree_.At(entry.value), key->keys);
    }
  }
}

void YamlReader::UnknownKey(std::string_view section, const YamlNode::Entry& entry,
                            const std::vector<YamlKey>& keys) {
  std::string message = section.empty() ? "unknown section " : "unknown key ";
  message += Quoted(entry.key);
  if (!section.empty()) message += " in " + std::string(section);
  const std::vector<std::string_view> names = Names(keys);
  const std::string_view nearest = Nearest(entry.key, names);
  const std::string elsewhere = SectionOf(entry.key, *all_keys_);
  if (!elsewhere.empty()) {
    message += "; it belongs in " + elsewhere;
  } else if (!nearest.empty()) {
    message += "; did you mean \"" + std::string(nearest) + "\"?";
  } else {
    message += "; known here: " + Join(names);
  }
  faults_.push_back({entry.line, entry.column, std::move(message)});
}

std::optional<std::string> YamlReader::Text(std::string_view key, const YamlNode& node, bool secret,
                                            std::vector<std::string>* from_environment) {
  if (node.kind == YamlNode::Kind::kNull) return std::nullopt;
  if (node.kind != YamlNode::Kind::kScalar) {
    if (!node.complete) return std::nullopt;
    Fault(node, std::string(key) + " must be a single value, not " + KindName(node.kind));
    return std::nullopt;
  }
  return node.complete ? Expand(node.text, node, secret, from_environment) : std::nullopt;
}

// The environment may hold secrets: messages quote the file, never a variable's value.
std::optional<std::string> YamlReader::Expand(std::string_view text, const YamlNode& node, bool secret,
                                              std::vector<std::string>* from_environment) {
  std::string expanded;
  bool good = true;
  while (!text.empty()) {
    const size_t dollar = std::min(text.find('$'), text.size());
    expanded += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.starts_with("$${")) {
      expanded += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const size_t end = text.find('}');
      const std::string name(text.substr(2, end == std::string_view::npos ? end : end - 2));
      if (end == std::string_view::npos || !IsVariableName(name)) {
        const std::string_view wrong = text.substr(0, end == std::string_view::npos ? end : end + 1);
        Fault(node, (secret ? "what follows ${" : Quoted(wrong)) +
                        " is not an environment variable such as ${NAME}; write $${ for the characters ${");
        return std::nullopt;
      }
      const char* value = std::getenv(name.c_str());
      if (value == nullptr) {
        Fault(node, "the environment variable " + name + " is not set");
        good = false;
      } else {
        expanded += value;
        if (from_environment != nullptr) from_environment->emplace_back(value);
      }
      text.remove_prefix(end + 1);
    } else if (!text.empty()) {
      expanded += '$';
      text.remove_prefix(1);
    }
  }
  return good ? std::optional(expanded) : std::nullopt;
}

void YamlReader::Duration(std::string_view key, const YamlNode& node, std::chrono::milliseconds least,
                          std::chrono::milliseconds most, std::chrono::milliseconds& out) {
  const std::optional<std::string> text = Text(key, node);
  if (!text) return;
  const Result<std::chrono::milliseconds> duration = ParseDuration(*text);
  if (!duration) {
    Fault(node, std::string(key) + ": bad duration " + Quoted(node.text) + ": " + duration.error().message);
  } else if (*duration < least || *duration > most) {
    Fault(node, std::string(key) + " must be from " + FormatDuration(least) + " to " + FormatDuration(most) +
                    ", not " + Quoted(node.text));
  } else {
    out = *duration;
  }
}

void YamlReader::List(std::string_view key, const YamlNode& node, const Check& check,
                      std::vector<std::string>& out) {
  if (node.kind == YamlNode::Kind::kNull) return;
  if (node.kind != YamlNode::Kind::kList) {
    if (!node.complete) return;
    const std::string example = node.kind == YamlNode::Kind::kScalar ? Quoted(node.text) : "\"a\", \"b\"";
    return Fault(node,
                 std::string(key) + " must be a list, such as [" + example + "], not " + KindName(node.kind));
  }
  std::vector<std::string> values;
  std::map<std::string, const YamlNode*> seen;
  for (const size_t index : node.items) {
    const YamlNode& item = tree_.At(index);
    const std::optional<std::string> text = Text("each entry of " + std::string(key), item);
    if (!text && item.kind != YamlNode::Kind::kNull) continue;
    if (!text || text->empty()) {
      Fault(item, "empty entry in " + std::string(key));
      continue;
    }
    const auto [first, is_new] = seen.emplace(*text, &item);
    if (!is_new) {
      Fault(item, Quoted(item.text) + " is already in " + std::string(key) + ", at " +
                      std::to_string(first->second->line) + ":" + std::to_string(first->second->column));
      continue;
    }
    const std::string wrong = check(*text);
    if (!wrong.empty()) Fault(item, std::string(key) + ": " + Quoted(item.text) + ": " + wrong);
    values.push_back(*text);
  }
  out = std::move(values);
}

std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& known) {
  if (word.size() > 64) return "";
  const std::string letters = Letters(word);
  std::string_view nearest;
  size_t least = SIZE_MAX;
  for (const std::string_view candidate : known) {
    const std::string other = Letters(candidate);
    const size_t distance = EditDistance(letters, other);
    const size_t allowed = std::max<size_t>(1, std::max(letters.size(), other.size()) / 3);
    if (distance <= allowed && distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string Join(const std::vector<std::string_view>& words) {
  std::string joined;
  for (const std::string_view word : words) {
    if (!joined.empty()) joined += ", ";
    joined += word;
  }
  return joined;
}

}  // namespace plimsoll
