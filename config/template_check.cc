#include "config/template_check.h"

#include <kainjow/mustache.hpp>

namespace plimsoll {

std::string CheckTemplate(const std::string& text) {
  try {
    const kainjow::mustache::mustache parsed(text);
    if (!parsed.is_valid()) return "is no Mustache template: " + parsed.error_message();
  } catch (const std::exception& error) {
    return "is no Mustache template: " + std::string(error.what());
  }
  return "";
}

}  // namespace plimsoll
