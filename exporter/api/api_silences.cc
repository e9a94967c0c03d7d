#include "exporter/api/alert_texts.h"
#include "exporter/api/answer.h"
#include "exporter/api/parameters.h"
#include "exporter/api/resources.h"
#include "exporter/api/silence_text.h"
#include "exporter/api/state_change.h"

namespace plimsoll::api {
namespace {

constexpr size_t kMostSilences = 1'000;

http::Response NoSuchSilence(std::string_view id) {
  return http::ErrorResponse(
      404, "UNKNOWN_SILENCE",
      "there is no silence " + Shown(id) + ": GET /api/v1/silences lists the ids that are known");
}

}  // namespace

http::Response GetSilences(const ApiSources& sources, const http::Request&) {
  const WallTime now = sources.clock->Wall();
  std::string json;
  ObjectText(json)
      .List("silences", sources.alerts->AllSilences(),
            [&](const alerting::Silence& silence) { AppendSilence(json, silence, now); })
      .Close();
  return JsonAnswer(std::move(json));
}

http::Response GetSilence(const ApiSources& sources, const http::Request& request) {
  const std::string_view text = request.Parameter("id");
  const auto id = ParseId(text);
  for (const alerting::Silence& silence : sources.alerts->AllSilences()) {
    if (!id || silence.id != *id) continue;
    std::string json;
    AppendSilence(json, silence, sources.clock->Wall());
    return JsonAnswer(std::move(json));
  }
  return NoSuchSilence(text);
}

http::Response PostSilence(const ApiSources& sources, const http::Request& request) {
  if (auto refusal = RefuseChange(sources, request)) return *refusal;
  const WallTime now = sources.clock->Wall();
  auto wanted = ReadSilence(request.body, now);
  if (!wanted) return http::ErrorResponse(400, "BAD_SILENCE", wanted.error().message);
  if (sources.alerts->AllSilences().size() >= kMostSilences)
    return http::ErrorResponse(409, "TOO_MANY_SILENCES",
                               "there are " + std::to_string(kMostSilences) + " silences: delete some first");
  const auto added = sources.alerts->AddSilence(std::move(*wanted));
  if (!added) return StoreUnavailable(added.error());
  std::string json;
  AppendSilence(json, *added, now);
  http::Response response = JsonAnswer(std::move(json));
  response.status = 201;
  return response;
}

http::Response DeleteSilence(const ApiSources& sources, const http::Request& request) {
  if (auto refusal = RefuseChange(sources, request)) return *refusal;
  const std::string_view text = request.Parameter("id");
  const auto id = ParseId(text);
  if (!id) return NoSuchSilence(text);
  const auto removed = sources.alerts->RemoveSilence(*id);
  if (!removed) return StoreUnavailable(removed.error());
  if (!*removed) return NoSuchSilence(text);
  std::string json;
  ObjectText(json).Count("id", *id).Flag("deleted", true).Close();
  return JsonAnswer(std::move(json));
}

}  // namespace plimsoll::api
