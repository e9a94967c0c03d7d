#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/alerting_section.h"

namespace plimsoll {

constexpr uint32_t kMostBreaches = 10000;

// A repeat_interval: "0s" for never, else at least 10s.
void ReadRepeatInterval(YamlReader& reader, const YamlNode& node, std::chrono::milliseconds& out);

// Reads one entry of `rules:`.
class RuleReader {
 public:
  RuleReader(YamlReader& reader, UniqueNames& names,
             std::vector<std::pair<const YamlNode*, std::string>>& named_receivers)
      : reader_(reader), names_(names), named_receivers_(named_receivers) {}

  RuleConfig Read(const YamlNode& node);

 private:
  std::vector<YamlKey> Keys();
  std::vector<YamlKey> NumberKeys();
  YamlKey Match();
  YamlKey Glob(std::string_view key, std::string& out);
  void ReadMetric(const YamlNode& node);
  void ReadLabels(const YamlNode& node);
  void ReadAnnotations(const YamlNode& node);
  void CheckWhole(const YamlNode& node);
  void CheckThresholds(const YamlNode& node);
  void CheckMatch(const YamlNode& node);

  YamlReader& reader_;
  UniqueNames& names_;
  std::vector<std::pair<const YamlNode*, std::string>>& named_receivers_;
  RuleConfig rule_;
  bool metric_is_read_ = false, threshold_is_read_ = false;
};

}  // namespace plimsoll
