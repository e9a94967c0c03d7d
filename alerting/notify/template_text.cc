#include "alerting/notify/template_text.h"

#include <cctype>
#include <cstdio>
#include <kainjow/mustache.hpp>
#include <string_view>

#include "alerting/notify/drafts.h"
#include "alerting/notify/message_text.h"
#include "alerting/text/json_text.h"

namespace plimsoll::alerting {
namespace {

namespace mustache = kainjow::mustache;

mustache::data Convert(const Fields& fields) {
  if (fields.is_string()) {
    const std::string& text = fields.get_ref<const std::string&>();
    // So that {{#limit}}...{{/limit}} is left out where nothing is known.
    return text.empty() ? mustache::data(false) : mustache::data(text);
  }
  if (fields.is_boolean()) return mustache::data(fields.get<bool>());
  if (fields.is_array()) {
    mustache::list list;
    for (const Fields& item : fields) list.push_back(Convert(item));
    return mustache::data(list);
  }
  if (fields.is_object()) {
    mustache::object object;
    for (const auto& [name, item] : fields.items()) object.emplace(name, Convert(item));
    return mustache::data(object);
  }
  return mustache::data(JsonText(fields));  // a number
}

Fields ConsumersOf(const Transition& told) {
  Fields list = Fields::array();
  for (const Consumer& consumer : told.top_consumers)
    list.push_back({{"name", consumer.name}, {"value", consumer.value}, {"last", false}});
  if (!list.empty()) list.back()["last"] = true;
  return list;
}

// All but the unreserved characters of RFC 3986.
std::string UrlText(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) ||
        std::string_view("-._~").find(c) != std::string::npos) {
      escaped += c;
      continue;
    }
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(c));
    escaped += code;
  }
  return escaped;
}

std::string Escaped(const std::string& text, TemplateEscape escape) {
  if (escape == TemplateEscape::kNone) return text;
  if (escape == TemplateEscape::kUrl) return UrlText(text);
  const std::string quoted = JsonText(text);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

Fields FieldsOf(const AlertText& alert) {
  const Transition& told = *alert.told;
  const char* status = alert.is_firing ? "firing" : "resolved";
  return {
      {"status", status},
      {"firing", alert.is_firing},
      {"resolved", !alert.is_firing},
      {"kind", TransitionKindName(told.kind)},
      {"reason", ResolveReasonName(told.reason)},
      {"repeats", told.repeats},
      {"id", told.id},
      {"alert", told.alert},
      {"fingerprint", alert.fingerprint},
      {"title", alert.Title()},
      {"summary", alert.summary},
      {"description", alert.description},
      {"rule", told.rule},
      {"severity", told.severity},
      {"metric", std::string(AlertMetricName(told.metric))},
      {"op", CompareOpText(told.op)},
      {"value", alert.value},
      {"threshold", alert.threshold},
      {"value_number", told.value},
      {"threshold_number", told.threshold},
      {"since", alert.since},
      {"lasted", alert.lasted},
      {"limit", alert.limit},
      {"subject", alert.subject},
      {"name", told.name},
      {"image", told.image},
      {"container_id", told.container == 0 ? "" : std::to_string(told.container)},
      {"runtime_id", told.runtime_id},
      {"compose_project", told.compose_project},
      {"top_consumers", alert.consumers},
      {"consumers", ConsumersOf(told)},
      {"link", alert.link},
      {"dashboard", alert.dashboard},
      {"labels", JsonObject(told.labels)},
      {"annotations", JsonObject(alert.annotations)},
      {"startsAt", alert.starts_at},
      {"endsAt", alert.ends_at},
      {"generatorURL", alert.link},
  };
}

Fields FieldsOf(const MessageText& text, const std::string& receiver) {
  Fields alerts = Fields::array();
  for (const auto* list : {&text.alerts, &text.others})
    for (const AlertText& alert : *list) {
      alerts.push_back(FieldsOf(alert));
      alerts.back()["news"] = list == &text.alerts;
      alerts.back()["last"] = false;
    }
  alerts.back()["last"] = true;
  Fields fields = {
      {"receiver", receiver},         {"status", text.Status()},     {"firing", text.IsFiring()},
      {"resolved", !text.IsFiring()}, {"headline", text.Headline()}, {"severity", text.Severity()},
      {"link", text.Link()},          {"alerts", std::move(alerts)}, {"id", text.message.id},
  };
  fields.update(GroupFields(text));
  return fields;
}

Result<std::string> Render(const std::string& text, const Fields& fields, TemplateEscape escape) {
  if (text.find("{{") == std::string::npos) return text;
  try {
    mustache::mustache parsed(text);
    if (!parsed.is_valid()) return Fail(parsed.error_message());
    parsed.set_custom_escape([escape](const std::string& value) { return Escaped(value, escape); });
    return parsed.render(Convert(fields));
  } catch (const std::exception& error) {
    return Fail(error.what());
  }
}

}  // namespace plimsoll::alerting
