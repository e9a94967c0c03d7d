#include "exporter/cli/finding.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "exporter/cli/shown_text.h"

namespace plimsoll::cli {
namespace {

using Json = nlohmann::ordered_json;

size_t Count(const Findings& findings, Level level) {
  return static_cast<size_t>(std::count_if(findings.begin(), findings.end(),
                                           [&](const Finding& finding) { return finding.level == level; }));
}

}  // namespace

const char* LevelName(Level level) {
  constexpr std::array kNames = {"OK", "WARN", "FAIL"};
  return kNames[static_cast<size_t>(level)];
}

bool HasFailure(const Findings& findings) { return Count(findings, Level::kFail) != 0; }

std::string FindingsText(const Findings& findings) {
  std::vector<std::vector<std::string>> rows;
  for (const Finding& finding : findings) {
    rows.push_back({LevelName(finding.level), finding.subject, ShownText(finding.said)});
    if (!finding.advice.empty()) rows.push_back({"", "", "-> " + ShownText(finding.advice)});
  }
  return ColumnsText(rows) + "\n" + std::to_string(Count(findings, Level::kOk)) + " OK, " +
         std::to_string(Count(findings, Level::kWarn)) + " WARN, " +
         std::to_string(Count(findings, Level::kFail)) + " FAIL\n";
}

std::string FindingsJson(const Findings& findings) {
  Json json = {{"ok", !HasFailure(findings)}, {"findings", Json::array()}};
  for (const Finding& finding : findings)
    json["findings"].push_back({{"level", LevelName(finding.level)},
                                {"subject", finding.subject},
                                {"said", finding.said},
                                {"advice", finding.advice.empty() ? Json() : Json(finding.advice)}});
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace plimsoll::cli
