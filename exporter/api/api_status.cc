#include "exporter/api/answer.h"
#include "exporter/api/object_text.h"
#include "exporter/api/resources.h"

namespace plimsoll::api {
namespace {

void PutRuntimes(std::string& json, ObjectText& object, const std::vector<RuntimeHealth>& runtimes) {
  object.List("runtimes", runtimes, [&](const RuntimeHealth& runtime) {
    ObjectText(json)
        .Text("runtime", RuntimeName(runtime.runtime))
        .Text("endpoint", runtime.endpoint)
        .Flag("up", runtime.up)
        .TextOrNull("version", runtime.version)
        .TextOrNull("last_error", runtime.last_error)
        .Close();
  });
}

void PutStorage(std::string& json, ObjectText& object, const rollup::StoreStatus& status) {
  object.Key("storage");
  ObjectText storage(json);
  storage.Text("path", status.path)
      .Count("schema_version", static_cast<uint64_t>(status.schema_version))
      .Flag("writing", status.writing)
      .TextOrNull("last_error", status.last_error)
      .Count("file_bytes", status.file_bytes)
      .Count("wal_bytes", status.wal_bytes)
      .Count("free_bytes", status.free_bytes)
      .Count("ticks_written", status.ticks_written)
      .Count("rows_written", status.rows_written)
      .Count("rows_deleted", status.rows_deleted)
      .Count("frames_dropped", status.frames_dropped)
      .Count("damaged_files", status.damaged_files)
      .Count("size_bound_drops", status.size_bound_drops)
      .Key("write_errors");
  ObjectText errors(json);
  for (const auto& [reason, count] : status.write_errors) errors.Count(reason, count);
  errors.Close();
  storage.List("tiers", status.tiers, [&](const rollup::StoreStatus::TierStatus& tier) {
    ObjectText(json)
        .Text("tier", rollup::TierName(tier.tier))
        .Time("oldest", tier.oldest)
        .Time("newest", tier.newest)
        .Count("rows", tier.rows)
        .Close();
  });
  storage.Close();
}

void PutCollector(std::string& json, ObjectText& object, const ContainerSet* set,
                  std::chrono::milliseconds interval) {
  object.Key("collector");
  ObjectText collector(json);
  collector.Number("interval_seconds", std::chrono::duration<double>(interval).count())
      .Time("last_beat", set ? std::optional(set->wall) : std::nullopt)
      .Count("beats", set ? Figure(set->stats.beats) : std::nullopt)
      .Count("beats_skipped", set ? Figure(set->stats.beats_skipped) : std::nullopt)
      .Count("read_errors", set ? Figure(set->stats.read_errors) : std::nullopt)
      .Count("parse_errors", set ? Figure(set->stats.parse_errors) : std::nullopt)
      .Close();
}

std::vector<PartHealth> Parts(const ApiSources& sources, const rollup::StoreStatus& status,
                              const std::vector<RuntimeHealth>& runtimes) {
  std::vector<PartHealth> parts = {{"storage", status.last_error.empty(), status.last_error}};
  for (const RuntimeHealth& runtime : runtimes)
    parts.push_back({std::string("runtime ") + RuntimeName(runtime.runtime), runtime.up, runtime.last_error});
  if (sources.more_parts)
    for (PartHealth& part : sources.more_parts()) parts.push_back(std::move(part));
  return parts;
}

}  // namespace

http::Response GetStatus(const ApiSources& sources, MonoTime up_since, const http::Request&) {
  const auto uptime = sources.clock->Mono() - up_since;
  const FramePtr frame = sources.newest_frame();
  const rollup::StoreStatus status = sources.store->status();
  const std::vector<RuntimeHealth> runtimes = frame ? *frame->set->runtimes : std::vector<RuntimeHealth>();
  std::string json;
  ObjectText object(json);
  const WallTime started = sources.clock->Wall() - std::chrono::duration_cast<WallTime::duration>(uptime);
  object.Text("version", sources.version)
      .Text("host_name", sources.host_name)
      .Number("uptime_seconds", std::chrono::duration<double>(uptime).count())
      .Time("started_at", started)
      .Flag("ready", frame != nullptr)
      .Flag("admin_api", sources.enable_admin_api);
  PutRuntimes(json, object, runtimes);
  PutCollector(json, object, frame ? frame->set.get() : nullptr, sources.settings().interval);
  PutStorage(json, object, status);
  object.List("parts", Parts(sources, status, runtimes), [&](const PartHealth& part) {
    ObjectText(json)
        .Text("part", part.part)
        .Flag("healthy", part.healthy)
        .TextOrNull("last_error", part.last_error)
        .Close();
  });
  object.Close();
  return JsonAnswer(std::move(json));
}

}  // namespace plimsoll::api
