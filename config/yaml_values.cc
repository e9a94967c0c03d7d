// The kinds of values that YamlReader knows beside text, durations and lists.

#include <algorithm>
#include <charconv>
#include <cmath>

#include "config/yaml_bytes.h"
#include "config/yaml_reader.h"

namespace plimsoll {
namespace {

// The shortest decimal that is the number: "90", "0.5".
std::string Plain(double number) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number);
  return error == std::errc() ? std::string(text, end) : "?";
}

}  // namespace

void YamlReader::Mappings(std::string_view key, const YamlNode& node,
                          const std::function<void(const YamlNode&)>& read) {
  if (node.kind == YamlNode::Kind::kNull) return;
  if (node.kind != YamlNode::Kind::kList) {
    if (node.complete)
      Fault(node, std::string(key) + " must be a list, each entry begun with \"- name: ...\", not " +
                      KindName(node.kind));
    return;
  }
  for (const size_t index : node.items) {
    const YamlNode& item = At(index);
    if (item.kind == YamlNode::Kind::kMap) {
      read(item);
    } else if (item.complete) {
      Fault(item, "each entry of " + std::string(key) + " must be a mapping, not " + KindName(item.kind));
    }
  }
}

std::optional<double> YamlReader::Number(std::string_view key, const YamlNode& node, double least,
                                         double most) {
  const std::optional<std::string> text = Text(key, node);
  if (!text) return std::nullopt;
  double number = 0;
  const char* const last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, number, std::chars_format::general);
  if (error != std::errc() || end != last || !std::isfinite(number)) {
    Fault(node, std::string(key) + " must be a number, not " + Quoted(node.text));
    return std::nullopt;
  }
  if (number < least || number > most) {
    Fault(node, std::string(key) + " must be from " + Plain(least) + " to " + Plain(most) + ", not " +
                    Quoted(node.text));
    return std::nullopt;
  }
  return number;
}

std::optional<uint32_t> YamlReader::Whole(std::string_view key, const YamlNode& node, uint32_t least,
                                          uint32_t most) {
  const std::optional<std::string> text = Text(key, node);
  if (!text) return std::nullopt;
  uint32_t number = 0;
  const char* const last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, number);
  if (error == std::errc() && end == last && number >= least && number <= most) return number;
  Fault(node, std::string(key) + " must be a whole number from " + std::to_string(least) + " to " +
                  std::to_string(most) + ", not " + Quoted(node.text));
  return std::nullopt;
}

void YamlReader::Flag(std::string_view key, const YamlNode& node, bool& out) {
  const std::optional<std::string> text = Text(key, node);
  if (!text) return;
  if (*text == "true" || *text == "false") {
    out = *text == "true";
  } else {
    Fault(node, std::string(key) + " must be true or false, not " + Quoted(node.text));
  }
}

std::optional<size_t> YamlReader::Word(std::string_view key, const YamlNode& node,
                                       const std::vector<std::string_view>& words) {
  const std::optional<std::string> text = Text(key, node);
  if (!text) return std::nullopt;
  const auto found = std::find(words.begin(), words.end(), *text);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  const std::string_view nearest = Nearest(*text, words);
  std::string message = "unknown " + std::string(key) + " " + Quoted(node.text);
  message +=
      nearest.empty() ? "; accepted: " + Join(words) : "; did you mean \"" + std::string(nearest) + "\"?";
  Fault(node, std::move(message));
  return std::nullopt;
}

void YamlReader::Pairs(std::string_view key, const YamlNode& node, const PairCheck& check, bool secret,
                       std::vector<std::pair<std::string, std::string>>& out) {
  if (node.kind == YamlNode::Kind::kNull) return;
  if (node.kind != YamlNode::Kind::kMap) {
    if (node.complete)
      Fault(node, std::string(key) + " must be a mapping of names to values, not " + KindName(node.kind));
    return;
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const YamlNode::Entry& entry : node.entries) {
    const YamlNode& value = At(entry.value);
    const std::string where = "each value of " + std::string(key);
    if (value.kind == YamlNode::Kind::kNull) {
      faults_.push_back(
          {entry.line, entry.column,
           std::string(key) + ": " + Quoted(entry.key) + " has no value; write \"\" for an empty one"});
      continue;
    }
    const std::optional<std::string> text = Text(where, value, secret);
    if (!text) continue;
    const std::string wrong = check(entry.key, *text);
    if (!wrong.empty()) {
      faults_.push_back(
          {entry.line, entry.column, std::string(key) + ": " + Quoted(entry.key) + ": " + wrong});
      continue;
    }
    pairs.emplace_back(entry.key, *text);
  }
  out = std::move(pairs);
}

}  // namespace plimsoll
