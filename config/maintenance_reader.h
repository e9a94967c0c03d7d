#pragma once

#include "config/alerting_section.h"

namespace plimsoll {

// Reads one entry of `maintenance:`.
class MaintenanceReader {
 public:
  MaintenanceReader(YamlReader& reader, UniqueNames& names) : reader_(reader), names_(names) {}

  MaintenanceWindow Read(const YamlNode& node);

 private:
  void ReadWeekdays(const YamlNode& node);
  void ReadTime(std::string_view key, const YamlNode& node, bool may_be_midnight, std::chrono::minutes& out);
  void ReadTimezone(const YamlNode& node);
  void ReadMatchers(const YamlNode& node);

  YamlReader& reader_;
  UniqueNames& names_;
  MaintenanceWindow window_;
};

}  // namespace plimsoll
