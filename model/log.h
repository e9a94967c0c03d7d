#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace plimsoll::log {

enum class Level { kDebug, kInfo, kWarn, kError };
enum class Format { kLogfmt, kJson };

using Field = std::pair<std::string_view, std::string>;

// Process-wide, set once by main before threads start.
void Configure(Level level, Format format);
bool Enabled(Level level);

// Writes one line to stderr with one write(2): time (RFC 3339, UTC, ms), level,
// msg and the fields, quoted as logfmt or JSON needs it. Thread-safe. Callers
// never pass secrets.
void Write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void Debug(std::string_view m, std::initializer_list<Field> f = {}) { Write(Level::kDebug, m, f); }
inline void Info(std::string_view m, std::initializer_list<Field> f = {}) { Write(Level::kInfo, m, f); }
inline void Warn(std::string_view m, std::initializer_list<Field> f = {}) { Write(Level::kWarn, m, f); }
inline void Error(std::string_view m, std::initializer_list<Field> f = {}) { Write(Level::kError, m, f); }

}  // namespace plimsoll::log
