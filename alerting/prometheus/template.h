#pragma once

#include <functional>
#include <map>
#include <string>

#include "model/result.h"

namespace plimsoll::alerting {

// What stands for one Mustache field in a template of Prometheus.
struct PrometheusField {
  enum class Kind {
    kLiteral,   // a text known beforehand
    kLabel,     // a label of the series, which may be empty
    kTemplate,  // a Go template that never yields nothing
    kFlag,      // for sections alone; on where text is not empty
    kMissing,   // Prometheus does not have it
  };
  Kind kind = Kind::kMissing;
  std::string text;

  static PrometheusField Literal(std::string text) { return {Kind::kLiteral, std::move(text)}; }
  static PrometheusField Label(std::string name) { return {Kind::kLabel, std::move(name)}; }
  static PrometheusField Template(std::string text) { return {Kind::kTemplate, std::move(text)}; }
  static PrometheusField Flag(bool on) { return {Kind::kFlag, on ? "true" : ""}; }
  static PrometheusField Missing() { return {}; }
};
using PrometheusFields = std::map<std::string, PrometheusField>;
using FieldLookup = std::function<PrometheusField(const std::string& name)>;

// The Mustache template as a Go template of Prometheus: variables, comments and
// sections over single fields. Fails with the reason where that cannot be.
Result<std::string> ToPrometheusTemplate(const std::string& mustache, const FieldLookup& find);

}  // namespace plimsoll::alerting
