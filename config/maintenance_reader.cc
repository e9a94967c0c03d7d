#include "config/maintenance_reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>

#include "config/matcher.h"
#include "config/yaml_bytes.h"

namespace plimsoll {
namespace {

const std::vector<std::string_view> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

// "02:30"; nullopt for anything else. "24:00" is the end of the day.
std::optional<std::chrono::minutes> ParseTimeOfDay(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const size_t at : {0, 1, 3, 4})
    if (!std::isdigit(static_cast<unsigned char>(text[at]))) return std::nullopt;
  const int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
  if (hour > 24 || minute > 59 || (hour == 24 && minute > 0)) return std::nullopt;
  return std::chrono::minutes(hour * 60 + minute);
}

// The host's time zones are files (tzfile(5)); UTC is known without them.
bool IsTimezone(const std::string& name) {
  if (name == "UTC") return true;
  if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos) return false;
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("/_+-").find(c) != std::string_view::npos;
  });
  struct stat status {};
  return plain && ::stat(("/usr/share/zoneinfo/" + name).c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

MaintenanceWindow MaintenanceReader::Read(const YamlNode& node) {
  window_ = MaintenanceWindow();
  reader_.Mapping("a maintenance window", node,
                  {{"name", [this](const YamlNode& n) { window_.name = names_.Read(n); }, {}},
                   {"weekdays", [this](const YamlNode& n) { ReadWeekdays(n); }, {}},
                   {"from", [this](const YamlNode& n) { ReadTime("from", n, false, window_.from); }, {}},
                   {"to", [this](const YamlNode& n) { ReadTime("to", n, true, window_.to); }, {}},
                   {"timezone", [this](const YamlNode& n) { ReadTimezone(n); }, {}},
                   {"matchers", [this](const YamlNode& n) { ReadMatchers(n); }, {}}});
  if (!node.complete) return std::move(window_);
  for (const char* key : {"name", "from", "to"})
    if (!HasKey(reader_, node, key)) reader_.Fault(node, std::string("a maintenance window needs ") + key);
  return std::move(window_);
}

void MaintenanceReader::ReadWeekdays(const YamlNode& node) {
  std::vector<std::string> days;
  const auto check = [](std::string_view day) -> std::string {
    if (std::find(kDays.begin(), kDays.end(), day) != kDays.end()) return "";
    return "unknown weekday; accepted: " + Join(kDays);
  };
  reader_.List("weekdays", node, check, days);
  if (node.kind != YamlNode::Kind::kList || !node.complete) return;
  if (node.items.empty()) return reader_.Fault(node, "weekdays is empty; leave it out for every day");
  window_.weekdays.reset();
  for (const std::string& day : days) {
    const auto found = std::find(kDays.begin(), kDays.end(), day);
    if (found != kDays.end()) window_.weekdays.set(static_cast<size_t>(found - kDays.begin()));
  }
}

void MaintenanceReader::ReadTime(std::string_view key, const YamlNode& node, bool may_be_midnight,
                                 std::chrono::minutes& out) {
  const std::optional<std::string> text = reader_.Text(key, node);
  if (!text) return;
  const auto time = ParseTimeOfDay(*text);
  if (!time || (*time == std::chrono::hours(24) && !may_be_midnight))
    return reader_.Fault(
        node, std::string(key) + " must be a time of day such as \"02:30\", not " + Quoted(node.text));
  out = *time;
}

void MaintenanceReader::ReadTimezone(const YamlNode& node) {
  const std::optional<std::string> name = reader_.Text("timezone", node);
  if (!name) return;
  if (!IsTimezone(*name))
    return reader_.Fault(node,
                         "timezone: " + Quoted(node.text) +
                             ": this host knows no such time zone; write one such as Europe/Berlin, or UTC");
  window_.timezone = *name;
}

void MaintenanceReader::ReadMatchers(const YamlNode& node) {
  std::vector<std::string> texts;
  const auto check = [](std::string_view text) -> std::string {
    const Result<LabelMatcher> matcher = ParseMatcher(text);
    return matcher ? "" : matcher.error().message;
  };
  reader_.List("matchers", node, check, texts);
  for (const std::string& text : texts)
    if (Result<LabelMatcher> matcher = ParseMatcher(text)) window_.matchers.push_back(std::move(*matcher));
}

}  // namespace plimsoll
