#include "exporter/api/alert_setting_text.h"
#include "exporter/api/answer.h"
#include "exporter/api/figures.h"
#include "exporter/api/object_text.h"
#include "exporter/api/parameters.h"
#include "exporter/api/resources.h"
#include "exporter/api/state_change.h"

namespace plimsoll::api {
namespace {

// Of a container that does not live the labels are not known: only what the API was told is.
AlertSetting LinesOf(const ApiSources& sources, uint32_t id, const AlertSetting& setting) {
  const auto set = sources.store->newest();
  const ReadContainer* living = set ? FindLiving(*set, id) : nullptr;
  if (!living) return setting;
  const alerting::LoadLines lines = sources.alerts->LinesOf(*living);
  return {lines.cpu_threshold, lines.mem_threshold, lines.enabled, {}, {}};
}

http::Response SettingAnswer(const ApiSources& sources, uint32_t id, const AlertSetting& setting) {
  const auto standing = sources.alerts->Of(id);
  const auto breaches = [&](uint32_t alerting::ContainerAlerts::*count) {
    return standing ? Figure((*standing).*count) : std::nullopt;
  };
  const AlertSetting lines = LinesOf(sources, id, setting);
  const auto time = [&](WallTime at) { return setting.IsEmpty() ? std::nullopt : std::optional(at); };
  std::string json;
  ObjectText object(json);
  object.Count("container_id", id)
      .Number("cpu_threshold", lines.cpu_threshold)
      .Number("mem_threshold", lines.mem_threshold)
      .Flag("enabled", lines.enabled)
      .Key("overrides");
  ObjectText(json)
      .Number("cpu_threshold", setting.cpu_threshold)
      .Number("mem_threshold", setting.mem_threshold)
      .Flag("enabled", setting.enabled)
      .Close();
  object.TextOrNull("alert_state", standing ? CombinedStateName(standing->combined) : "")
      .Count("cpu_consecutive_breaches", breaches(&alerting::ContainerAlerts::cpu_breaches))
      .Count("mem_consecutive_breaches", breaches(&alerting::ContainerAlerts::memory_breaches))
      .Time("last_alerted_at", standing ? standing->last_alerted : std::nullopt)
      .Time("created_at", time(setting.created_at))
      .Time("updated_at", time(setting.updated_at))
      .Close();
  return JsonAnswer(std::move(json));
}

// The id of the request's container, or the refusal.
tl::expected<uint32_t, http::Response> KnownId(const ApiSources& sources, const http::Request& request) {
  const std::string_view text = request.Parameter("id");
  const auto id = ParseId(text);
  if (!id) return tl::unexpected(NoSuchContainer(text));
  const auto known = IsKnown(sources, *id);
  if (!known) return tl::unexpected(StoreUnavailable(known.error()));
  if (!*known) return tl::unexpected(NoSuchContainer(text));
  return *id;
}

}  // namespace

http::Response GetAlertSetting(const ApiSources& sources, const http::Request& request) {
  const auto id = KnownId(sources, request);
  if (!id) return id.error();
  return SettingAnswer(sources, *id, sources.alerts->ApiSettingOf(*id));
}

http::Response PutAlertSetting(const ApiSources& sources, const http::Request& request) {
  if (auto refusal = RefuseChange(sources, request)) return *refusal;
  const auto id = KnownId(sources, request);
  if (!id) return id.error();
  const auto before = sources.store->FindAlertSetting(*id);
  if (!before) return StoreUnavailable(before.error());
  // A file that was begun anew does not know what counts; one that could not be read at the start knows more.
  const auto wanted = ReadAlertSetting(request.body, before->value_or(sources.alerts->ApiSettingOf(*id)));
  if (!wanted) return http::ErrorResponse(400, "BAD_SETTING", wanted.error().message);
  const auto stored = sources.store->PutAlertSetting(*id, *wanted);
  if (!stored) return StoreUnavailable(stored.error());
  sources.alerts->SetApiSetting(*id, *stored);
  return SettingAnswer(sources, *id, *stored);
}

}  // namespace plimsoll::api
