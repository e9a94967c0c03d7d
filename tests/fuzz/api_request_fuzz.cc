// What a client of the API writes: the query of an address, the times, steps
// and limits in it, and the JSON body of a change. Split at the first line feed.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/api/alert_setting_text.h"
#include "exporter/api/history_span.h"
#include "exporter/api/parameters.h"
#include "exporter/api/silence_text.h"

namespace {

using namespace plimsoll;
using namespace plimsoll::api;

void Check(bool so) {
  if (!so) std::abort();
}

void TryQuery(std::string_view raw) {
  const auto query = http::Query::Parse(raw);
  if (!query) return Check(!query.error().message.empty());
  Check(query->size() <= 32);
  if (const auto limit = TakeLimit(*query, 5, 100)) Check(*limit >= 1 && *limit <= 100);
  const WallTime now(std::chrono::seconds(1'700'000'000));
  const auto span = TakeHistorySpan(*query, now, ApiSettings());
  if (!span) return Check(!span.error().message.empty());
  Check(span->from < span->to);
  const auto asked = span->Question(1);
  const auto apart = asked.step.count() > 0 ? asked.step : std::chrono::milliseconds(10'000);
  Check((asked.to - asked.from) / apart <= rollup::kMostPoints);
}

void TryBody(std::string_view body) {
  const auto setting = ReadAlertSetting(body, {});
  if (!setting) return Check(!setting.error().message.empty());
  const double cpu = setting->cpu_threshold.value_or(1), memory = setting->mem_threshold.value_or(1);
  Check(cpu >= 1 && cpu <= 1000);
  Check(memory >= 1 && memory <= 100);
}

void TrySilence(std::string_view body) {
  const WallTime now(std::chrono::seconds(1'700'000'000));
  const auto silence = ReadSilence(body, now);
  if (!silence) return Check(!silence.error().message.empty());
  Check(!silence->matchers.empty() && silence->ends_at > now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  TryQuery(text.substr(0, end));
  if (end != std::string_view::npos) {
    TryBody(text.substr(end + 1));
    TrySilence(text.substr(end + 1));
  }
  if (const auto id = ParseId(text)) Check(*id > 0 && !text.empty());
  return 0;
}
