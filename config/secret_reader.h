#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/secret.h"
#include "config/yaml_reader.h"

namespace plimsoll {

// Readers of values that must not be shown: their faults never quote them.
// nullopt: null, or a fault was told.

// Text of one line.
std::optional<Secret> ReadSecret(YamlReader& reader, std::string_view key, const YamlNode& node);

// The text of a file, without the line feed at its end. `folder`: AlertingSection.
std::optional<Secret> ReadSecretFile(YamlReader& reader, std::string_view key, const YamlNode& node,
                                     const std::string& folder);

// An http or https URL. `may_be_empty`: "" is one too.
std::optional<Secret> ReadSecretUrl(YamlReader& reader, std::string_view key, const YamlNode& node,
                                    bool may_be_empty = false);
std::optional<Secret> ReadUrlFile(YamlReader& reader, std::string_view key, const YamlNode& node,
                                  const std::string& folder);

// `file` as it stands when it is absolute, else below `folder`.
std::string PathFrom(const std::string& folder, const std::string& file);

// What is wrong with text that becomes part of an HTTP header, or "".
std::string CheckOneLine(std::string_view text);

}  // namespace plimsoll
