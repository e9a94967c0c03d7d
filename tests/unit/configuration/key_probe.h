#pragma once

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "config/load.h"

namespace plimsoll::testing {

// What one key takes, as the reader's own faults tell it.
struct TakenKey {
  std::string kind;                   // "duration", "list of paths", "section", "entries", ...
  std::string bounds;                 // "From 1s to 5m."; "" for none
  std::vector<std::string> words;     // all that are accepted, where these are counted
  std::vector<std::string> keys;      // of a section or of each entry
  std::vector<std::string> settings;  // where it is taken, by name
};

// Asks a reader of configuration files which keys it knows and what these take,
// by giving each of them what it cannot take.
class KeyProbe {
 public:
  using Load = std::function<std::vector<ConfigFault>(const std::string& text)>;
  // What an entry of a list holds beside the key that is asked for.
  struct Setting {
    std::string name;
    std::vector<std::string> lines;
  };

  // `settings`: by the path of the entries, "alerting.rules[]".
  KeyProbe(Load load, std::map<std::string, std::vector<Setting>> settings)
      : load_(std::move(load)), settings_(std::move(settings)) {}

  std::vector<ConfigFault> Faults(const std::string& text) const { return load_(text); }

  // Every key by its path.
  std::map<std::string, TakenKey> AllKeys() const {
    std::map<std::string, TakenKey> all;
    for (const std::string& key : KnownKeys(load_(kWord + ": 1\n"))) Walk(key, all);
    return all;
  }

  // {key: other key that would do as well, or ""} of what a section or an entry
  // misses that holds no more than `setting` says.
  std::map<std::string, std::string> Needed(const std::string& path, const Setting& setting) const {
    static const std::regex needs("(?:needs|give) (?:an? )?(\\w+)(?: or (\\w+))?");
    std::map<std::string, std::string> needed;
    const Placed placed = Place(path + "." + kWord, setting);
    const int begin = placed.line - (path.ends_with("[]") ? static_cast<int>(setting.lines.size()) : 0);
    for (const ConfigFault& fault : load_(placed.text + " 1\n")) {
      std::smatch found;
      if (fault.line != begin || !std::regex_search(fault.message, found, needs)) continue;
      needed[found[1]] = found[2];
      if (found[2].matched) needed[found[2]] = found[1];
    }
    return needed;
  }

  const std::vector<Setting>& SettingsOf(const std::string& path) const {
    static const std::vector<Setting> none = {{"", {}}};
    for (const auto& [entries, settings] : settings_)
      if (path.starts_with(entries)) return settings;
    return none;
  }

 private:
  struct Placed {
    std::string text;
    int line;  // of the key
  };
  inline static const std::string kWord = "0123456789abcdef";  // what no key takes for one of its words

  void Walk(const std::string& path, std::map<std::string, TakenKey>& all) const {
    TakenKey key = Ask(path);
    const std::string below = path + (key.kind == "entries" ? "[]." : ".");
    const std::vector<std::string> keys = key.keys;
    all.emplace(path, std::move(key));
    for (const std::string& name : keys) Walk(below + name, all);
  }

  // The beginning of a file as far as the key, whose value is still to come.
  static Placed Place(const std::string& path, const Setting& setting) {
    std::string text, dash;
    size_t indent = 0;
    int line = 0;
    const auto add = [&](const std::string& what) {
      text += (line == 0 ? "" : "\n") + std::string(indent - dash.size(), ' ') + dash + what;
      dash.clear();
      ++line;
    };
    const std::string key = path.substr(path.rfind('.') + 1);
    std::istringstream parts(path);
    for (std::string part; std::getline(parts, part, '.');) {
      const bool is_list = part.ends_with("[]");
      if (is_list) part.resize(part.size() - 2);
      add(part + ":");
      indent += is_list ? 4 : 2;
      if (!is_list) continue;
      dash = "- ";
      for (const std::string& one : setting.lines)
        if (!one.starts_with(key + ":")) add(one);
    }
    return {std::move(text), line};
  }

  // What is told of the key itself.
  std::string Told(const std::string& path, const Setting& setting, const std::string& value) const {
    const Placed placed = Place(path, setting);
    std::string told;
    for (const ConfigFault& fault : load_(placed.text + " " + value + "\n"))
      if (fault.line == placed.line) told += fault.message + "\n";
    return told;
  }

  static std::vector<std::string> Listed(const std::string& told, const std::string& mark) {
    std::vector<std::string> words;
    const size_t at = told.find(mark);
    if (at == std::string::npos) return words;
    std::string list = told.substr(at + mark.size(), told.find('\n', at) - at - mark.size());
    for (size_t comma; (comma = list.find(", ")) != std::string::npos; list.erase(0, comma + 2))
      words.push_back(list.substr(0, comma));
    words.push_back(list);
    return words;
  }

  static std::vector<std::string> KnownKeys(const std::vector<ConfigFault>& faults) {
    std::string told;
    for (const ConfigFault& fault : faults) told += fault.message + "\n";
    return Listed(told, "; known here: ");
  }

  TakenKey Ask(const std::string& path) const {
    TakenKey key;
    std::vector<Setting> settings;
    for (const Setting& setting : SettingsOf(path))
      if (Told(path, setting, kWord).find(" is for a receiver of type ") == std::string::npos) {
        settings.push_back(setting);
        key.settings.push_back(setting.name);
      }
    const Setting& first = settings.front();
    const std::string map = Told(path, first, "{" + kWord + ": 1}");
    const bool is_scalar = map.find("must be a single value") != std::string::npos;
    const bool is_list = map.find("must be a list") != std::string::npos;
    if (map.find("unknown key") != std::string::npos) {
      key.kind = "section";
      key.keys = Listed(map, "; known here: ");
    } else if (map.find("must be a list, each entry begun") != std::string::npos) {
      key.kind = "entries";
      key.keys = Listed(Told(path, first, "[{" + kWord + ": 1}]"), "; known here: ");
    } else if (is_list) {
      const std::string told = Told(path, first, "[" + kWord + "]");
      key.words = Listed(told, "accepted: ");
      const std::string kind = KindOf(told);
      key.kind = "list of " + (kind == "URL" ? "URLs" : kind == "text" ? "texts" : kind + "s");
    } else if (is_scalar) {
      const std::string told = Told(path, first, kWord);
      key.words = Listed(told, "accepted: ");
      key.kind = KindOf(told);
      key.bounds = Bounds(path, settings, key.kind);
    } else {
      key.kind = "names and values";
      key.words = Listed(map, "accepted: ");
    }
    return key;
  }

  static std::string KindOf(const std::string& told) {
    static const std::vector<std::pair<const char*, const char*>> kinds = {
        {"bad duration", "duration"},
        {"bad size", "size"},
        {"must be a whole number", "whole number"},
        {"must be a number", "number"},
        {"must be true or false", "true or false"},
        {"accepted: ", "word"},
        {"http://", "URL"},
        {"must be an absolute path", "absolute path"},
        {"time of day", "time of day"},
        {"time zone", "time zone"},
        {"No such file", "file"},
    };
    for (const auto& [sign, kind] : kinds)
      if (told.find(sign) != std::string::npos) return kind;
    return "text";
  }

  // "ntfy: from 1 to 5; gotify: from 1 to 10." where settings differ.
  std::string Bounds(const std::string& path, const std::vector<Setting>& settings,
                     const std::string& kind) const {
    std::vector<std::string> each;
    for (const Setting& setting : settings) each.push_back(BoundsIn(path, setting, kind));
    if (std::equal(each.begin() + 1, each.end(), each.begin())) return each.front();
    std::string all;
    for (size_t i = 0; i < each.size(); ++i) {
      each[i].front() = static_cast<char>(std::tolower(each[i].front()));
      all += (i == 0 ? "" : "; ") + settings[i].name + ": " + each[i].substr(0, each[i].size() - 1);
    }
    return all + ".";
  }

  std::string BoundsIn(const std::string& path, const Setting& setting, const std::string& kind) const {
    static const std::map<std::string, std::vector<std::string>> kBeyond = {
        {"duration", {"1ms", "200y"}}, {"size", {"1B"}}, {"whole number", {"-1"}}, {"number", {"1e300"}}};
    static const std::regex range(" from (\\S+) to (\\S+), not"),
        zero("must be 0s \\((.*)\\) or at least (\\S+), not");
    const auto beyond = kBeyond.find(kind);
    if (beyond == kBeyond.end()) return "";
    std::string told;
    for (const std::string& value : beyond->second) told += Told(path, setting, value);
    std::smatch found, of_zero;
    if (!std::regex_search(told, found, range)) return "";
    if (std::regex_search(told, of_zero, zero))
      return "From " + of_zero[2].str() + " to " + found[2].str() + "; 0s: " + of_zero[1].str() + ".";
    if (found[1] == "0" || found[1] == "0s") return "Up to " + found[2].str() + ".";
    return "From " + found[1].str() + " to " + found[2].str() + ".";
  }

  const Load load_;
  const std::map<std::string, std::vector<Setting>> settings_;
};

}  // namespace plimsoll::testing
