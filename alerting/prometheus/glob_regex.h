#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::alerting {

// The text that a glob (fnmatch(3)) stands for when it has no * ? or [...] in
// it, with its backslashes taken off; else nothing.
std::optional<std::string> LiteralOfGlob(std::string_view glob);

// The RE2 expression that matches what the glob matches, without anchors:
// Prometheus anchors by itself. fnmatch goes by bytes and RE2 by characters, so
// one ? or [!a] takes a whole character here where it is not ASCII.
std::string RegexOfGlob(std::string_view glob);

// Whether it matches the empty text: stars alone.
bool MatchesEmpty(std::string_view glob);

}  // namespace plimsoll::alerting
