#include "config/secret_reader.h"

#include <algorithm>

#include "config/text_file.h"
#include "config/url.h"
#include "config/yaml_bytes.h"

namespace plimsoll {
namespace {

constexpr size_t kMaxSecretBytes = 64 << 10;

std::optional<std::string> FileText(YamlReader& reader, std::string_view key, const YamlNode& node,
                                    const std::string& folder) {
  const std::optional<std::string> file = reader.Text(key, node);
  if (!file) return std::nullopt;
  const std::string where = std::string(key) + ": " + Quoted(node.text) + " ";
  if (file->empty()) {
    reader.Fault(node, std::string(key) + " is empty; write the name of a file");
    return std::nullopt;
  }
  Result<std::string> text =
      ReadTextFile(PathFrom(folder, *file), kMaxSecretBytes, "is larger than 64KiB, which no secret needs");
  if (!text) {
    reader.Fault(node, where + text.error().message);
    return std::nullopt;
  }
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  const std::string wrong = text->empty() ? "is an empty file" : CheckOneLine(*text);
  if (wrong.empty()) return std::move(*text);
  reader.Fault(node, where + (text->empty() ? "" : "holds text that ") + wrong);
  return std::nullopt;
}

}  // namespace

std::string PathFrom(const std::string& folder, const std::string& file) {
  return file.starts_with('/') ? file : folder + file;
}

std::string CheckOneLine(std::string_view text) {
  const bool bad = std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
  return bad ? "must be one line without control characters" : "";
}

std::optional<Secret> ReadSecret(YamlReader& reader, std::string_view key, const YamlNode& node) {
  std::optional<std::string> text = reader.Text(key, node, true);
  if (!text) return std::nullopt;
  const std::string wrong = text->empty() ? "is empty" : CheckOneLine(*text);
  if (wrong.empty()) return Secret(std::move(*text));
  reader.Fault(node, std::string(key) + " " + wrong);
  return std::nullopt;
}

std::optional<Secret> ReadSecretFile(YamlReader& reader, std::string_view key, const YamlNode& node,
                                     const std::string& folder) {
  std::optional<std::string> text = FileText(reader, key, node, folder);
  if (!text) return std::nullopt;
  return Secret(std::move(*text));
}

std::optional<Secret> ReadSecretUrl(YamlReader& reader, std::string_view key, const YamlNode& node,
                                    bool may_be_empty) {
  std::optional<std::string> url = reader.Text(key, node, true);
  if (!url) return std::nullopt;
  if (url->empty() && may_be_empty) return Secret();
  const std::string wrong = url->empty() ? "is empty" : CheckUrl(*url);
  if (wrong.empty()) return Secret(std::move(*url));
  reader.Fault(node, std::string(key) + ": " + wrong);
  return std::nullopt;
}

std::optional<Secret> ReadUrlFile(YamlReader& reader, std::string_view key, const YamlNode& node,
                                  const std::string& folder) {
  std::optional<std::string> url = FileText(reader, key, node, folder);
  if (!url) return std::nullopt;
  const std::string wrong = CheckUrl(*url);
  if (wrong.empty()) return Secret(std::move(*url));
  reader.Fault(node, std::string(key) + ": " + Quoted(node.text) + ": the URL in it " + wrong);
  return std::nullopt;
}

}  // namespace plimsoll
