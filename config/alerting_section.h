#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/yaml_reader.h"

namespace plimsoll {

// Reads `alerting:`. What it is given must outlive it. `folder` is where files
// of secrets stand that are named without a leading slash: "", or ending in '/'.
class AlertingSection {
 public:
  AlertingSection(YamlReader& reader, AlertingConfig& config, std::string folder)
      : reader_(reader), config_(config), folder_(std::move(folder)) {}

  YamlKey Key();

  // After the file has been read: tells of receivers that are named but not there.
  void Finish();

 private:
  void ReadRules(const YamlNode& node);
  void ReadReceivers(const YamlNode& node);
  void ReadMaintenance(const YamlNode& node);
  YamlKey Defaults();
  YamlKey Heartbeat();
  YamlKey ScrapeWatch();
  void ReadExternalUrl(const YamlNode& node);
  void ReadDashboardUrl(const YamlNode& node);
  void ReadGroupBy(const YamlNode& node);

  YamlReader& reader_;
  AlertingConfig& config_;
  const std::string folder_;
  std::vector<std::pair<const YamlNode*, std::string>> named_;  // receivers, and where they are named
  bool receivers_are_read_ = true;                              // without a fault of form
};

// Names of one kind, each of which may be given once, whatever the case of its letters.
class UniqueNames {
 public:
  UniqueNames(YamlReader& reader, std::string kind) : reader_(reader), kind_(std::move(kind)) {}

  // Reads the name of an entry: 1 to 64 letters, digits, _ and -. "" after a fault.
  std::string Read(const YamlNode& node);

 private:
  YamlReader& reader_;
  const std::string kind_;
  std::map<std::string, const YamlNode*> seen_;
};

// A list of receivers, each remembered with its place in `named`.
std::optional<std::vector<std::string>> ReadReceiverNames(
    YamlReader& reader, const YamlNode& node, std::vector<std::pair<const YamlNode*, std::string>>& named);

// A severity: one word that can stand in a label.
std::optional<std::string> ReadSeverity(YamlReader& reader, const YamlNode& node);

// Whether an entry has the key; a mapping's own value null counts as not given.
bool HasKey(const YamlReader& reader, const YamlNode& node, std::string_view key);

}  // namespace plimsoll
