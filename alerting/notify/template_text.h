#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/alerting_config.h"
#include "model/result.h"

namespace plimsoll::alerting {

struct AlertText;
struct MessageText;

// What a template may name: objects, lists, texts and flags.
using Fields = nlohmann::ordered_json;
Fields FieldsOf(const AlertText& alert);
// Those of Alertmanager's webhook and of each alert under `alerts`. `last` is
// true for the last of a list, for commas; `news` for an alert that the message
// is about, false for one of the group that fires as it did.
Fields FieldsOf(const MessageText& text, const std::string& receiver);

enum class TemplateEscape {
  kNone,
  kUrl,   // {{x}} may stand in a URL's path or query; {{{x}}} is the text itself
  kJson,  // {{x}} may stand between the quotes of a JSON string; {{{x}}} is the text itself
};

// The Mustache template over the fields; a name that is none of them is empty.
// Fails when the template is faulty.
Result<std::string> Render(const std::string& text, const Fields& fields, TemplateEscape escape);

}  // namespace plimsoll::alerting
