#include "model/log.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "model/utf8.h"

namespace plimsoll::log {
namespace {

std::atomic<Level> g_level{Level::kInfo};
std::atomic<Format> g_format{Format::kLogfmt};

const char* LevelName(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "";
}

std::string Timestamp() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const size_t n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + n, sizeof text - n, ".%03dZ", static_cast<int>(ms));
  return text;
}

// Writes what stands between quotes, in logfmt and in JSON alike: \" \\ \n and
// \u00XX; bytes that are not UTF-8 become U+FFFD, as JSON has no way to say them.
void AppendEscaped(std::string& out, std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = Utf8Length(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[at];
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      out += escape;
    } else {
      out += text.substr(at, length);
    }
    at += length == 0 ? 1 : length;
  }
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  AppendEscaped(out, text);
  out += '"';
}

bool NeedsQuotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '=' || c == '\\' || c == 0x7f) return true;
  return false;
}

void AppendField(std::string& line, Format format, std::string_view key, std::string_view value) {
  if (format == Format::kJson) {
    line += line.size() > 1 ? "," : "";
    AppendQuoted(line, key);
    line += ':';
    AppendQuoted(line, value);
    return;
  }
  if (!line.empty()) line += ' ';
  line += key;
  line += '=';
  if (NeedsQuotes(value)) {
    AppendQuoted(line, value);
  } else {
    AppendEscaped(line, value);
  }
}

}  // namespace

void Configure(Level level, Format format) {
  g_level = level;
  g_format = format;
}

bool Enabled(Level level) { return level >= g_level.load(std::memory_order_relaxed); }

void Write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!Enabled(level)) return;
  const Format format = g_format;
  std::string line;
  if (format == Format::kJson) line += '{';
  AppendField(line, format, "ts", Timestamp());
  AppendField(line, format, "level", LevelName(level));
  AppendField(line, format, "msg", message);
  for (const auto& [key, value] : fields) AppendField(line, format, key, value);
  if (format == Format::kJson) line += '}';
  line += '\n';
  // A log that cannot be written has nowhere to be reported.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace plimsoll::log
