#pragma once

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/exposition/exposition.h"

// Reads a body as strictly as a scraper may, and says everything that is wrong with it.
namespace plimsoll::exposition::testing {

struct Scrape {
  struct Series {
    std::string name;
    std::map<std::string, std::string> labels;
    std::string value;
    size_t family;
  };
  struct FamilyHead {
    std::string name, type, help;
  };
  std::vector<FamilyHead> families;
  std::vector<Series> series;
  std::vector<std::string> faults;

  // The value of the one series with this name and at least these labels; "" when there is none, "many" when
  // several.
  std::string Value(std::string_view name, const std::map<std::string, std::string>& labels = {}) const {
    std::string found;
    for (const Series& s : series) {
      if (s.name != name) continue;
      bool fits = true;
      for (const auto& [k, v] : labels) {
        const auto at = s.labels.find(k);
        fits &= v.empty() ? at == s.labels.end() : at != s.labels.end() && at->second == v;
      }
      if (fits) found = found.empty() ? s.value : "many";
    }
    return found;
  }
  size_t Count(std::string_view name) const {
    size_t n = 0;
    for (const Series& s : series) n += s.name == name;
    return n;
  }
  std::string Type(std::string_view family) const {
    for (const FamilyHead& f : families) {
      if (f.name == family) return f.type;
    }
    return "";
  }
};

class ScrapeReader {
 public:
  ScrapeReader(std::string_view body, Format format) : body_(body), open_(format == Format::kOpenMetrics) {}

  Scrape Read() {
    if (body_.empty() || body_.back() != '\n') Fault("does not end with a newline", "");
    bool ended = false;
    for (size_t at = 0; at < body_.size();) {
      const size_t eol = std::min(body_.find('\n', at), body_.size());
      const std::string_view line = body_.substr(at, eol - at);
      at = eol + 1;
      if (ended) Fault("text after # EOF", line);
      if (line == "# EOF") {
        ended = true;
      } else if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) {
        Head(line);
      } else if (line.empty() || line[0] == '#') {
        Fault("not a line of the format", line);
      } else {
        Sample(line);
      }
    }
    if (open_ != ended) Fault("# EOF", ended ? "in text" : "missing");
    CheckHistograms();
    return std::move(scrape_);
  }

 private:
  static bool IsName(std::string_view name, bool colon) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    for (const char c : name) {
      if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && !(colon && c == ':')) return false;
    }
    return true;
  }

  // RFC 3629, written apart from the program's own.
  static bool IsUtf8(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
      const auto c = static_cast<unsigned char>(text[i]);
      const size_t n = c < 0x80 ? 1 : (c >> 5) == 6 ? 2 : (c >> 4) == 14 ? 3 : (c >> 3) == 30 ? 4 : 0;
      if (n == 0 || i + n > text.size()) return false;
      uint32_t point = n == 1 ? c : c & (0xFF >> (n + 1));
      for (size_t k = 1; k < n; ++k) {
        const auto trail = static_cast<unsigned char>(text[i + k]);
        if ((trail >> 6) != 2) return false;
        point = point << 6 | (trail & 0x3F);
      }
      static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
      if (point < kLeast[n] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
      i += n;
    }
    return true;
  }

  void Fault(std::string_view what, std::string_view where) {
    scrape_.faults.push_back(std::string(what) + ": " + std::string(where.substr(0, 300)));
  }

  void Head(std::string_view line) {
    const bool is_help = line.substr(2, 4) == "HELP";
    const std::string_view rest = line.substr(7);
    const size_t blank = rest.find(' ');
    if (blank == std::string_view::npos) return Fault("no text", line);
    const std::string name(rest.substr(0, blank));
    const std::string text(rest.substr(blank + 1));
    if (!IsName(name, true)) Fault("family name", line);
    if (is_help || scrape_.families.empty() || scrape_.families.back().name != name) {
      if (!seen_families_.insert(name).second) Fault("family begins twice", line);
      scrape_.families.push_back({name, "", is_help ? text : ""});
      if (is_help) return;
    }
    if (!scrape_.families.back().type.empty()) Fault("two types", line);
    static const std::set<std::string> kTypes{"counter", "gauge", "histogram", "summary"};
    if (!kTypes.contains(text) && text != (open_ ? "unknown" : "untyped")) Fault("type", line);
    scrape_.families.back().type = text;
  }

  void Sample(std::string_view line) {
    Scrape::Series s;
    size_t at = line.find_first_of("{ ");
    if (at == std::string_view::npos) return Fault("no value", line);
    s.name = line.substr(0, at);
    if (!IsName(s.name, true)) Fault("sample name", line);
    if (line[at] == '{') {
      if (!ReadLabels(line, at, s.labels)) return;
    }
    if (at >= line.size() || line[at] != ' ') return Fault("no blank before the value", line);
    s.value = line.substr(at + 1);
    CheckValue(s.value, line);
    if (scrape_.families.empty() || !Belongs(s.name)) return Fault("sample outside its family", line);
    s.family = scrape_.families.size() - 1;
    std::string key = s.name;
    for (const auto& [k, v] : s.labels) key += '\0' + k + '\0' + v;
    if (!seen_series_.insert(key).second) Fault("series twice", line);
    scrape_.series.push_back(std::move(s));
  }

  bool ReadLabels(std::string_view line, size_t& at, std::map<std::string, std::string>& labels) {
    ++at;
    while (true) {
      const size_t equals = line.find('=', at);
      if (equals == std::string_view::npos || equals + 1 >= line.size() || line[equals + 1] != '"') {
        Fault("label without value", line);
        return false;
      }
      const std::string name(line.substr(at, equals - at));
      if (!IsName(name, false)) Fault("label name", line);
      std::string value;
      at = equals + 2;
      for (; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] == '\0') Fault("NUL", line);
        if (line[at] != '\\') {
          value += line[at];
          continue;
        }
        const char escaped = ++at < line.size() ? line[at] : '\0';
        if (escaped != 'n' && escaped != '\\' && escaped != '"') Fault("escape", line);
        value += escaped == 'n' ? '\n' : escaped;
      }
      if (at >= line.size()) {
        Fault("open quote", line);
        return false;
      }
      ++at;
      if (value.empty()) Fault("empty label", line);
      if (value.size() > 1024) Fault("label too long", line);
      if (!IsUtf8(value)) Fault("label not UTF-8", line);
      if (!labels.emplace(name, value).second) Fault("label twice", line);
      if (at < line.size() && line[at] == '}') {
        ++at;
        return true;
      }
      if (at >= line.size() || line[at] != ',') {
        Fault("after a label", line);
        return false;
      }
      ++at;
    }
  }

  void CheckValue(const std::string& value, std::string_view line) {
    if (value == "NaN" || value == "+Inf" || value == "-Inf") return;
    if (value.empty() || value.find_first_not_of("0123456789.e+-") != std::string::npos)
      return Fault("value", line);
    char* end = nullptr;
    std::strtod(value.c_str(), &end);
    if (*end != '\0') Fault("value", line);
  }

  bool Belongs(const std::string& name) const {
    const auto& family = scrape_.families.back();
    if (family.type == "histogram") {
      return name == family.name + "_bucket" || name == family.name + "_sum" ||
             name == family.name + "_count";
    }
    if (open_ && family.type == "counter") return name == family.name + "_total";
    return name == family.name;
  }

  // Buckets count up to +Inf, which equals _count.
  void CheckHistograms() {
    for (size_t f = 0; f < scrape_.families.size(); ++f) {
      if (scrape_.families[f].type != "histogram") continue;
      std::map<std::map<std::string, std::string>, std::pair<double, std::string>>
          last;  // by labels without le
      for (const auto& s : scrape_.series) {
        if (s.family != f) continue;
        auto labels = s.labels;
        labels.erase("le");
        auto& [count, bound] = last[labels];
        if (s.name.ends_with("_bucket")) {
          if (std::stod(s.value) < count) Fault("buckets go down", s.name);
          if (open_ && s.labels.at("le").find_first_of(".eI") == std::string::npos)
            Fault("bound", s.labels.at("le"));
          count = std::stod(s.value);
          bound = s.labels.at("le");
        } else if (s.name.ends_with("_count") && (bound != "+Inf" || std::stod(s.value) != count)) {
          Fault("no +Inf bucket equal to the count", s.name);
        }
      }
    }
  }

  std::string_view body_;
  const bool open_;
  Scrape scrape_;
  std::set<std::string> seen_families_, seen_series_;
};

inline Scrape Read(std::string_view body, Format format) { return ScrapeReader(body, format).Read(); }

}  // namespace plimsoll::exposition::testing
