#include "config/alerting_section.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "config/maintenance_reader.h"
#include "config/receiver_reader.h"
#include "config/rule_reader.h"
#include "config/secret_reader.h"
#include "config/template_check.h"
#include "config/url.h"
#include "config/yaml_bytes.h"

namespace plimsoll {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

bool IsNameCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }

std::string CheckGroupLabel(std::string_view name) {
  const bool good =
      !std::isdigit(static_cast<unsigned char>(name.front())) &&
      std::all_of(name.begin(), name.end(), [](char c) { return IsNameCharacter(c) && c != '-'; });
  return good ? "" : "must be \"rule\" or the name of a label";
}

}  // namespace

std::string UniqueNames::Read(const YamlNode& node) {
  const std::optional<std::string> name = reader_.Text("name", node);
  if (!name) return "";
  if (name->empty() || name->size() > 64 || !std::all_of(name->begin(), name->end(), IsNameCharacter)) {
    reader_.Fault(node, "name: " + Quoted(node.text) + ": must be 1 to 64 letters, digits, _ and -");
    return "";
  }
  const auto [first, is_new] = seen_.emplace(LowerCase(*name), &node);
  if (is_new) return *name;
  reader_.Fault(node, "there is already a " + kind_ + " named " + Quoted(*name) + ", at " +
                          std::to_string(first->second->line) + ":" + std::to_string(first->second->column));
  return "";
}

std::optional<std::vector<std::string>> ReadReceiverNames(
    YamlReader& reader, const YamlNode& node, std::vector<std::pair<const YamlNode*, std::string>>& named) {
  if (node.kind == YamlNode::Kind::kNull) return std::nullopt;
  std::vector<std::string> names;
  reader.List(
      "receivers", node, [](std::string_view) { return std::string(); }, names);
  for (const size_t index : node.items)
    if (reader.At(index).kind == YamlNode::Kind::kScalar)
      named.emplace_back(&reader.At(index),
                         reader.Text("each entry of receivers", reader.At(index)).value_or(""));
  return names;
}

std::optional<std::string> ReadSeverity(YamlReader& reader, const YamlNode& node) {
  const std::optional<std::string> severity = reader.Text("severity", node);
  if (!severity) return std::nullopt;
  if (!severity->empty() && severity->size() <= 64 &&
      std::all_of(severity->begin(), severity->end(), IsNameCharacter))
    return severity;
  reader.Fault(node, "severity: " + Quoted(node.text) + ": must be a word such as info, warning or critical");
  return std::nullopt;
}

bool HasKey(const YamlReader& reader, const YamlNode& node, std::string_view key) {
  return std::any_of(node.entries.begin(), node.entries.end(), [&](const YamlNode::Entry& entry) {
    return entry.key == key && reader.At(entry.value).kind != YamlNode::Kind::kNull;
  });
}

YamlKey AlertingSection::Key() {
  return {"alerting",
          {},
          {
              {"external_url", [this](const YamlNode& n) { ReadExternalUrl(n); }, {}},
              {"dashboard_url", [this](const YamlNode& n) { ReadDashboardUrl(n); }, {}},
              Defaults(),
              {"group_by", [this](const YamlNode& n) { ReadGroupBy(n); }, {}},
              {"group_wait",
               [this](const YamlNode& n) { reader_.Duration("group_wait", n, 0s, 1h, config_.group_wait); },
               {}},
              {"recreate_grace",
               [this](const YamlNode& n) {
                 reader_.Duration("recreate_grace", n, 0s, 1h, config_.recreate_grace);
               },
               {}},
              {"rules", [this](const YamlNode& n) { ReadRules(n); }, {}},
              {"receivers", [this](const YamlNode& n) { ReadReceivers(n); }, {}},
              {"maintenance", [this](const YamlNode& n) { ReadMaintenance(n); }, {}},
              Heartbeat(),
              ScrapeWatch(),
          }};
}

YamlKey AlertingSection::Defaults() {
  AlertDefaults& defaults = config_.defaults;
  const auto count = [this](const char* name, uint32_t& out) {
    return YamlKey{name,
                   [this, name, &out](const YamlNode& n) {
                     out = reader_.Whole(name, n, 1, kMostBreaches).value_or(out);
                   },
                   {}};
  };
  return {
      "defaults",
      {},
      {count("breaches", defaults.breaches),
       count("recoveries", defaults.recoveries),
       {"repeat_interval",
        [&](const YamlNode& n) { ReadRepeatInterval(reader_, n, defaults.repeat_interval); },
        {}},
       {"severity",
        [&](const YamlNode& n) { defaults.severity = ReadSeverity(reader_, n).value_or(defaults.severity); },
        {}},
       {"receivers",
        [&](const YamlNode& n) {
          if (auto names = ReadReceiverNames(reader_, n, named_)) defaults.receivers = std::move(*names);
        },
        {}}}};
}

YamlKey AlertingSection::Heartbeat() {
  return {
      "heartbeat",
      {},
      {{"url",
        [this](const YamlNode& n) {
          if (auto url = ReadSecretUrl(reader_, "url", n, true)) config_.heartbeat.url = std::move(*url);
        },
        {}},
       {"url_file",
        [this](const YamlNode& n) {
          if (n.kind == YamlNode::Kind::kNull) return;
          if (!config_.heartbeat.url.empty())
            return reader_.Fault(n, "heartbeat has url and url_file; give one");
          if (auto url = ReadUrlFile(reader_, "url_file", n, folder_))
            config_.heartbeat.url = std::move(*url);
        },
        {}},
       {"interval",
        [this](const YamlNode& n) { reader_.Duration("interval", n, 5s, 24h, config_.heartbeat.interval); },
        {}}}};
}

YamlKey AlertingSection::ScrapeWatch() {
  ScrapeWatchConfig& watch = config_.scrape_watch;
  return {"scrape_watch",
          {},
          {{"after",
            [&, this](const YamlNode& n) {
              std::chrono::milliseconds after = watch.after;
              reader_.Duration("after", n, 0s, 24h * 7, after);
              if (after.count() > 0 && after < 1min)
                return reader_.Fault(
                    n, "after must be 0s (no such alert) or at least 1m, not " + Quoted(n.text));
              watch.after = after;
            },
            {}},
           {"severity",
            [&, this](const YamlNode& n) {
              if (auto severity = ReadSeverity(reader_, n)) watch.severity = std::move(severity);
            },
            {}},
           {"receivers",
            [&, this](const YamlNode& n) {
              if (auto names = ReadReceiverNames(reader_, n, named_)) watch.receivers = std::move(names);
            },
            {}}}};
}

void AlertingSection::ReadExternalUrl(const YamlNode& node) {
  std::optional<std::string> url = reader_.Text("external_url", node);
  if (!url) return;
  while (url->ends_with('/')) url->pop_back();
  const std::string wrong = url->empty() ? "" : CheckUrl(*url);
  if (!wrong.empty()) return reader_.Fault(node, "external_url: " + Quoted(node.text) + ": " + wrong);
  if (url->find_first_of("?#") != url->npos)
    return reader_.Fault(node, "external_url: " + Quoted(node.text) + ": must not hold ? or #");
  config_.external_url = std::move(*url);
}

void AlertingSection::ReadDashboardUrl(const YamlNode& node) {
  std::optional<std::string> url = reader_.Text("dashboard_url", node);
  if (!url) return;
  std::string wrong = CheckTemplate(*url);
  if (wrong.empty() && !url->empty()) wrong = CheckUrl(url->substr(0, url->find("{{")));
  if (!wrong.empty()) return reader_.Fault(node, "dashboard_url: " + Quoted(node.text) + ": " + wrong);
  config_.dashboard_url = std::move(*url);
}

void AlertingSection::ReadGroupBy(const YamlNode& node) {
  reader_.List("group_by", node, CheckGroupLabel, config_.group_by);
}

void AlertingSection::ReadRules(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kNull) return;
  config_.rules.clear();
  UniqueNames names(reader_, "rule");
  reader_.Mappings("rules", node, [&](const YamlNode& item) {
    config_.rules.push_back(RuleReader(reader_, names, named_).Read(item));
    if (LowerCase(config_.rules.back().name) == LowerCase(kScrapeWatchRule))
      reader_.Fault(item, std::string("a rule named ") + kScrapeWatchRule + " is what scrape_watch makes");
  });
}

void AlertingSection::ReadReceivers(const YamlNode& node) {
  UniqueNames names(reader_, "receiver");
  receivers_are_read_ = node.complete;
  reader_.Mappings("receivers", node, [&](const YamlNode& item) {
    config_.receivers.push_back(ReceiverReader(reader_, names, folder_).Read(item));
    receivers_are_read_ = receivers_are_read_ && !config_.receivers.back().name.empty();
  });
}

void AlertingSection::ReadMaintenance(const YamlNode& node) {
  UniqueNames names(reader_, "maintenance window");
  reader_.Mappings("maintenance", node, [&](const YamlNode& item) {
    config_.maintenance.push_back(MaintenanceReader(reader_, names).Read(item));
  });
}

void AlertingSection::Finish() {
  if (!receivers_are_read_) return;  // a receiver lost its name to a fault that is told
  std::vector<std::string_view> known;
  for (const ReceiverConfig& receiver : config_.receivers) known.push_back(receiver.name);
  for (const auto& [node, name] : named_) {
    if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string_view nearest = Nearest(name, known);
    std::string message = "unknown receiver " + Quoted(name);
    if (!nearest.empty()) {
      message += "; did you mean \"" + std::string(nearest) + "\"?";
    } else {
      message += known.empty() ? "; there is none under receivers" : "; known: " + Join(known);
    }
    reader_.Fault(*node, std::move(message));
  }
}

}  // namespace plimsoll
