#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "unit/configuration/shipped_file.h"

namespace plimsoll::testing {

// Whether `word` stands in the text, and not as a part of another one.
inline bool HasWord(const std::string& text, const std::string& word) {
  const auto is_part = [&](size_t i) {
    return i < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_' || text[i] == '-');
  };
  for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; ++at)
    if (!is_part(at - 1) && !is_part(at + word.size())) return true;
  return false;
}

inline std::string Joined(const std::vector<std::string>& words, const std::string& between) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : between) + word;
  return joined;
}

// Draws docs/configuration.md.
class ReferencePage {
 public:
  // "slack, discord: " of a key that is for some receivers only.
  static std::string OnlyFor(const ShippedFile& file, const std::string& path) {
    const TakenKey& taken = file.taken.at(path);
    const bool is_for_all = taken.settings.size() == file.probe.SettingsOf(path).size();
    return is_for_all ? "" : Joined(taken.settings, ", ") + ": ";
  }

  // "needed", and what would do as well, and where it is not; "" where the key may be left out.
  static std::string Needed(const ShippedFile& file, const std::string& path) {
    const size_t dot = path.rfind('.');
    if (dot == std::string::npos) return "";
    const std::string above = path.substr(0, dot), key = path.substr(dot + 1);
    const auto say = [](const std::string& other) {
      return other.empty() ? "needed" : "needed, or `" + other + "`";
    };
    const auto of_all = file.probe.Needed(above, {"", {}});
    if (const auto found = of_all.find(key); found != of_all.end()) return say(found->second);
    std::string needed;
    std::vector<std::string> not_by;
    const std::vector<std::string>& takers = file.taken.at(path).settings;
    for (const KeyProbe::Setting& setting : file.probe.SettingsOf(path)) {
      if (std::find(takers.begin(), takers.end(), setting.name) == takers.end()) continue;
      const auto all = file.probe.Needed(above, setting);
      if (const auto found = all.find(key); found != all.end()) {
        needed = say(found->second);
      } else {
        not_by.push_back(setting.name);
      }
    }
    return needed.empty() || not_by.empty() ? needed : needed + "; not by " + Joined(not_by, ", ");
  }

  static bool TellsAllWords(const ShippedFile& file, const ToldKey& key) {
    const std::vector<std::string>& words = file.taken.at(key.path).words;
    return std::all_of(words.begin(), words.end(),
                       [&](const std::string& word) { return HasWord(key.comment, word); });
  }

  std::string Draw(const ShippedFile& main, const ShippedFile& web) {
    text_ =
        "# Configuration\n\n"
        "Every key of the file that `--config.file` names, and of the one that `--web.config.file` names. "
        "The "
        "page is drawn from\n"
        "the comments of `config/plimsoll.yaml` and `deploy/debian/web.yml` and from what their readers "
        "take; a "
        "unit test keeps\n"
        "page, files and program equal. The default is what holds while a key is left out, or stands there "
        "without a value. What a\n"
        "reload does is said of each section, and of a key where that is another.\n\n"
        "## The file\n\n" +
        Prose(main.told.head()) + "\n";
    for (const ToldKey& key : main.told.keys())
      if (key.path.find('.') == std::string::npos) Section(main, key);
    text_ += "\n## The web configuration\n\n" + Prose(web.told.head()) + "\n";
    Table(web, "");
    return text_;
  }

 private:
  void Section(const ShippedFile& file, const ToldKey& section) {
    text_ += "\n## `" + section.path + "`\n\n" + Prose(section.comment) + "\n";
    Table(file, section.path + ".");
    for (const ToldKey& key : file.told.keys()) {
      if (!key.path.starts_with(section.path + ".") || file.taken.at(key.path).kind != "entries") continue;
      text_ += "\n### An entry of `" + key.path + "`\n";
      Table(file, key.path + "[].");
    }
  }

  // The keys below `prefix`, but for those of entries.
  void Table(const ShippedFile& file, const std::string& prefix) {
    text_ += "\n| key | takes | default | |\n|---|---|---|---|\n";
    for (const ToldKey& key : file.told.keys()) {
      if (!key.path.starts_with(prefix)) continue;
      const std::string name = key.path.substr(prefix.size());
      if (name.find("[]") == std::string::npos)
        text_ += "| `" + name + "` | " + Takes(file, key) + " | " + Default(file, key) + " | " +
                 Meaning(file, key) + " |\n";
    }
  }

  static std::string Takes(const ShippedFile& file, const ToldKey& key) {
    const TakenKey& taken = file.taken.at(key.path);
    std::string takes = taken.kind;
    if (takes == "entries") takes = "list of entries, below";
    if (!taken.words.empty()) {
      const bool are_told = TellsAllWords(file, key);
      const std::string words = are_told ? "these words" : "`" + Joined(taken.words, "` `") + "`";
      takes = takes == "word"            ? "one of " + words
              : takes == "list of words" ? "list of " + words
                                         : "values of these names";
    }
    if (!taken.bounds.empty()) takes += ", " + Bounds(taken.bounds);
    return takes;
  }

  // "From 1s to 5m." as part of a sentence.
  static std::string Bounds(std::string bounds) {
    bounds.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(bounds.front())));
    bounds.pop_back();
    return bounds;
  }

  static std::string Default(const ShippedFile& file, const ToldKey& key) {
    const std::string& kind = file.taken.at(key.path).kind;
    if (const std::string needed = Needed(file, key.path); !needed.empty()) return needed;
    if (kind == "section") return "";
    if (kind == "entries") return key.entries > 1 ? "those shipped" : "none";  // one is the example
    return key.value.empty() ? "empty" : "`" + key.value + "`";
  }

  // The comment without what the other columns say.
  static std::string Meaning(const ShippedFile& file, const ToldKey& key) {
    std::string text = key.comment;
    const std::string& bounds = file.taken.at(key.path).bounds;
    if (!bounds.empty())
      if (const size_t at = text.find(bounds); at != std::string::npos) {
        text.erase(at, bounds.size());
        while (!text.empty() && text.back() == ' ') text.pop_back();
      }
    return Items(text, "<br>");
  }

  static std::string Prose(const std::string& text) { return Items(text, "\n* "); }

  // Each line but the first begins with `mark`; what two spaces set apart in it is a name.
  static std::string Items(const std::string& text, const std::string& mark) {
    std::string drawn;
    bool is_first = true;
    for (const std::string& line : LinesOf(text)) {
      const size_t gap = line.find("  ");
      const bool is_item = !is_first && gap != std::string::npos;
      if (is_item) {
        drawn +=
            mark + "`" + line.substr(0, gap) + "` " + Escaped(line.substr(line.find_first_not_of(' ', gap)));
      } else {
        drawn += (is_first ? "" : "\n") + Escaped(line);
      }
      is_first = false;
    }
    return drawn;
  }

  static std::string Escaped(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
      if (c == '|' || c == '*') escaped += '\\';
      escaped += c == '<' ? "&lt;" : std::string(1, c);
    }
    return escaped;
  }

  std::string text_;
};

}  // namespace plimsoll::testing
