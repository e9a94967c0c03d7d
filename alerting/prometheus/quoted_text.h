#pragma once

#include <string>
#include <string_view>

namespace plimsoll::alerting {

// Texts between quotes, for the formats of Prometheus' rule files. Any bytes may
// come in; what is no UTF-8 becomes U+FFFD.

// A string of PromQL: "a\\.b\"c". Printable characters alone.
std::string PromqlString(std::string_view text);

// A scalar of YAML: 'text' where every character may stand there, else "te\"xt".
std::string YamlScalar(std::string_view text);

// A piece of a Go template that yields the text: its {{ are taken for characters.
std::string TemplateLiteral(std::string_view text);

}  // namespace plimsoll::alerting
