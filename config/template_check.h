#pragma once

#include <string>

namespace plimsoll {

// What is wrong with `text` as a Mustache template, or "". mustache(5).
std::string CheckTemplate(const std::string& text);

}  // namespace plimsoll
