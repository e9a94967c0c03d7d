#pragma once

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace plimsoll::testing {

// What a shipped configuration file tells: its keys, their values, and the
// comments above them, those that are commented out included.

using Lines = std::vector<std::string>;

inline Lines LinesOf(const std::string& text) {
  std::istringstream in(text);
  Lines lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline std::string TextOf(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Entries that are commented out, "# - name: ..." and what follows, are put in
// force; the "[]" of their list goes.
inline Lines WithEntriesInForce(Lines lines) {
  const std::regex begin("( *)# - name: .*");
  for (size_t i = 0; i < lines.size(); ++i) {
    std::smatch found;
    const std::string line = lines[i];
    if (!std::regex_match(line, found, begin)) continue;
    const std::string mark = found[1].str() + "#";
    for (size_t j = i; j < lines.size() && lines[j].starts_with(mark); ++j)
      lines[j].erase(mark.size() - 1, 2);
    for (size_t j = i; j-- > 0;) {
      if (lines[j].ends_with(": []")) lines[j].resize(lines[j].size() - 3);
      if (lines[j].find('#') == std::string::npos) break;
    }
  }
  return lines;
}

// All that follows the first comment is put in force.
inline Lines WithAllInForce(Lines lines) {
  const auto head = std::find(lines.begin(), lines.end(), "");
  for (auto line = head; line != lines.end(); ++line)
    if (line->starts_with("#")) line->erase(0, 2);
  return lines;
}

struct ToldKey {
  std::string path;     // "collector.docker.socket"; of an entry of a list "alerting.rules[].name"
  std::string comment;  // lines are joined by a space, but for those that stand further in: by a line feed
  std::string value;    // "" for none; entries of a list have ", " between
  size_t line = 0, end = 0;  // its own, from 0, and the one behind its value
  size_t entries = 0;        // below it
};

class ToldKeys {
 public:
  explicit ToldKeys(Lines lines) : lines_(std::move(lines)) {
    for (size_t i = 0; i < lines_.size(); ++i) Read(i);
  }

  const std::vector<ToldKey>& keys() const { return keys_; }
  // The comment at the top of the file; a line feed between its paragraphs.
  const std::string& head() const { return head_; }
  std::string text() const { return TextOf(lines_); }

  // The file without that key.
  std::string TextWithout(const ToldKey& key) const {
    Lines lines = lines_;
    for (size_t i = key.line; i < key.end; ++i) lines[i].clear();
    return TextOf(lines);
  }

 private:
  struct Level {
    size_t column;
    std::string path;
    bool is_list = false;
  };

  void Read(size_t i) {
    static const std::regex comment(" *# ?(.*)"), key("( *)(- )?(\\w+):(?: (.*))?"), item(" *- (.*)");
    const std::string& line = lines_[i];
    std::smatch found;
    if (line.empty()) {
      if (keys_.empty() && head_.empty()) head_ = comment_;
      comment_.clear();
    } else if (std::regex_match(line, found, comment)) {
      AddComment(found[1]);
    } else if (std::regex_match(line, found, key)) {
      Add(i, found[1].length(), found[2].matched, found[3], found[4]);
    } else if (std::regex_match(line, found, item) && !keys_.empty()) {
      ToldKey& last = keys_.back();
      last.value += (last.value.empty() ? "" : ", ") + found[1].str();
      last.end = i + 1;
    }
  }

  void AddComment(const std::string& text) {
    const size_t first = text.find_first_not_of(' ');
    if (first == std::string::npos) {
      comment_ += "\n\n";
    } else if (first >= 2) {
      comment_ += "\n" + text.substr(first);
    } else {
      comment_ += (comment_.empty() || comment_.ends_with("\n") ? "" : " ") + text;
    }
  }

  void Add(size_t line, size_t indent, bool begins_entry, const std::string& name, const std::string& value) {
    const size_t column = indent + (begins_entry ? 2 : 0);
    while (!levels_.empty() && levels_.back().column >= column) levels_.pop_back();
    if (begins_entry && !levels_.empty()) {
      levels_.back().is_list = true;
      ++Find(levels_.back().path).entries;
    }
    const std::string above =
        levels_.empty() ? "" : levels_.back().path + (levels_.back().is_list ? "[]." : ".");
    levels_.push_back({column, above + name, false});
    // Of the entries of a list the first one is the one that tells.
    if (paths_.insert(above + name).second) keys_.push_back({above + name, comment_, value, line, line + 1});
    comment_.clear();
  }

  ToldKey& Find(const std::string& path) {
    return *std::find_if(keys_.begin(), keys_.end(), [&](const ToldKey& key) { return key.path == path; });
  }

  const Lines lines_;
  std::string head_, comment_;
  std::vector<Level> levels_;
  std::set<std::string> paths_;
  std::vector<ToldKey> keys_;
};

}  // namespace plimsoll::testing
