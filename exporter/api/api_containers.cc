#include <algorithm>
#include <array>
#include <vector>

#include "exporter/api/answer.h"
#include "exporter/api/figures.h"
#include "exporter/api/parameters.h"
#include "exporter/api/resources.h"
#include "rollup/identity_key.h"

namespace plimsoll::api {
namespace {

constexpr int kMostContainers = 10'000;
constexpr int kUsualContainers = 1'000;

struct StateChoice {
  std::string_view word;
  bool ended;
};
constexpr std::array kStates = {StateChoice{"all", true}, StateChoice{"running", false}};

using Living = std::vector<const ReadContainer*>;

Living SortedLiving(const ReadingSet& set) {
  Living living;
  for (const ReadContainer& container : set.containers) living.push_back(&container);
  std::sort(living.begin(), living.end(), [](const ReadContainer* a, const ReadContainer* b) {
    return std::tie(a->sample->who->name, a->reading.container) <
           std::tie(b->sample->who->name, b->reading.container);
  });
  return living;
}

// Those of the file that do not live, as many as there is room for.
Result<rollup::EndedContainers> NewestEnded(rollup::History& history, const ReadingSet& set, size_t room) {
  std::vector<uint32_t> living;
  for (const ReadContainer& container : set.containers) living.push_back(container.reading.container);
  return history.Ended(living, room);
}

void PutAlertState(ObjectText& object, const alerting::Sidecar& alerts, uint32_t id) {
  const auto standing = alerts.Of(id);
  object.TextOrNull("alert_state", standing ? CombinedStateName(standing->combined) : "");
}

// What a container is called, whether it lives or not.
struct Face {
  uint32_t id;
  std::string_view name, key, runtime, runtime_id, image, cgroup, kube_namespace, kube_pod, kube_container;
  const Labels* labels;
  std::string_view state, health;
  std::optional<WallTime> started_at;
  WallTime last_seen;
};

void PutFace(ObjectText& object, const Face& face) {
  object.Count("id", face.id)
      .Text("name", ShownName(std::string(face.name), std::string(face.runtime_id)))
      .TextOrNull("key", face.key)
      .TextOrNull("runtime", face.runtime)
      .TextOrNull("runtime_id", face.runtime_id)
      .TextOrNull("image", face.image)
      .Json("labels", LabelsText(*face.labels))
      .TextOrNull("cgroup", face.cgroup)
      .TextOrNull("namespace", face.kube_namespace)
      .TextOrNull("pod", face.kube_pod)
      .TextOrNull("container", face.kube_container)
      .Text("state", face.state)
      .TextOrNull("health", face.health)
      .Time("started_at", face.started_at)
      .Time("last_seen", face.last_seen);
}

void AppendLiving(std::string& out, const ReadContainer& container, WallTime at,
                  const alerting::Sidecar& alerts) {
  const Container& who = *container.sample->who;
  const std::string key = container.key ? *container.key : rollup::IdentityKey(who);
  const bool silent = who.state == ContainerState::kUnknown;  // a runtime that tells no state; it does live
  ObjectText object(out);
  PutFace(object, {container.reading.container, who.name, key, RuntimeName(who.runtime), who.id, who.image,
                   who.cgroup, who.kube_namespace, who.kube_pod, who.kube_container, &who.labels,
                   silent ? "running" : StateName(who.state), HealthName(who.health),
                   container.sample->StartedAt(), at});
  PutAlertState(object, alerts, container.reading.container);
  object.Key("current");
  ObjectText current(out);
  PutFigures(current, FiguresOf(container, at));
  current.Close();
  object.Close();
}

void AppendEnded(std::string& out, const rollup::KnownContainer& known, const alerting::Sidecar& alerts) {
  const rollup::Revision& was = known.revision;
  ObjectText object(out);
  PutFace(object, {known.id, was.name, known.key, was.runtime, was.runtime_id, was.image, was.cgroup,
                   was.kube_namespace, was.kube_pod, was.kube_container, &was.labels, "exited", "",
                   was.started_at, known.last_seen});
  PutAlertState(object, alerts, known.id);
  object.Null("current");
  object.Close();
}

void TakeRecorded(CurrentFigures& figures, const rollup::Point& point) {
  const rollup::Bucket& bucket = point.bucket;
  figures.at = point.at;
  figures.cpu_percent = bucket.CpuPercent();
  figures.throttled_percent = PercentOf(bucket.throttled_periods, bucket.periods);
  figures.mem_used = bucket.memory_last;
  if (point.memory_limit_bytes) figures.mem_limit = point.memory_limit_bytes;
  figures.net_rx_bytes_per_second = bucket.PerSecond(bucket.net_rx_bytes);
  figures.net_tx_bytes_per_second = bucket.PerSecond(bucket.net_tx_bytes);
  figures.block_read_bytes_per_second = bucket.PerSecond(bucket.block_read_bytes);
  figures.block_write_bytes_per_second = bucket.PerSecond(bucket.block_write_bytes);
}

// Of a container that does not live: its newest recorded reading, as far as single ones are kept.
http::Response RecordedFigures(const ApiSources& sources, uint32_t id) {
  rollup::History& history = sources.store->history();
  const auto known = history.Find(id);
  if (!known) return StoreUnavailable(known.error());
  if (!*known) return NoSuchContainer(std::to_string(id));
  const auto latest = history.Latest(id);
  if (!latest) return StoreUnavailable(latest.error());
  CurrentFigures figures;
  figures.container = id;
  figures.at = (*known)->last_seen;
  figures.cpu_limit_percent = (*known)->revision.cpu_limit_percent;
  figures.mem_limit = (*known)->revision.memory_limit_bytes;
  if (!figures.mem_limit && sources.memory_bytes > 0) figures.mem_limit = sources.memory_bytes;
  if (*latest) TakeRecorded(figures, **latest);
  figures.mem_percent = PercentOf(figures.mem_used, figures.mem_limit);
  std::string json;
  ObjectText object(json);
  PutFigures(object, figures);
  object.Flag("running", false).Close();
  return JsonAnswer(std::move(json));
}

}  // namespace

http::Response GetContainers(const ApiSources& sources, const http::Request& request) {
  const auto query = http::Query::Parse(request.query, {"state", "limit"});
  if (!query) return BadParameter(query.error());
  const auto state = TakeWord(*query, "state", kStates);
  if (!state) return BadParameter(state.error());
  const auto limit = TakeLimit(*query, kUsualContainers, kMostContainers);
  if (!limit) return BadParameter(limit.error());
  const auto set = sources.store->newest();
  if (!set) return NotReady();

  const Living living = SortedLiving(*set);
  const size_t room = static_cast<size_t>(*limit), left = room - std::min(room, living.size());
  Result<rollup::EndedContainers> ended;
  if ((*state)->ended) ended = NewestEnded(sources.store->history(), *set, left);
  std::string json;
  ObjectText object(json);
  object.Count("total", living.size() + (ended ? ended->total : 0)).Count("running", living.size());
  object.Flag("complete", ended.has_value());
  object.TextOrNull("incomplete_reason",
                    ended ? "" : "containers that ended are left out: " + ended.error().message);
  object.Key("containers");
  json += '[';
  size_t shown = 0;
  for (; shown < std::min(room, living.size()); ++shown) {
    if (shown > 0) json += ',';
    AppendLiving(json, *living[shown], set->frame->set->wall, *sources.alerts);
  }
  for (size_t i = 0; ended && i < ended->newest.size(); ++i, ++shown) {
    if (shown > 0) json += ',';
    AppendEnded(json, ended->newest[i], *sources.alerts);
  }
  json += ']';
  object.Close();
  return JsonAnswer(std::move(json));
}

http::Response GetCurrent(const ApiSources& sources, const http::Request& request) {
  const std::string_view text = request.Parameter("id");
  const auto id = ParseId(text);
  if (!id) return NoSuchContainer(text);
  const auto set = sources.store->newest();
  if (!set) return NotReady();
  const ReadContainer* living = FindLiving(*set, *id);
  if (!living) return RecordedFigures(sources, *id);
  std::string json;
  ObjectText object(json);
  PutFigures(object, FiguresOf(*living, set->frame->set->wall));
  object.Flag("running", true).Close();
  return JsonAnswer(std::move(json));
}

Result<bool> IsKnown(const ApiSources& sources, uint32_t id) {
  const auto set = sources.store->newest();
  if (set && FindLiving(*set, id)) return true;
  auto found = sources.store->history().Find(id);
  if (!found) return tl::unexpected(found.error());
  return found->has_value();
}

}  // namespace plimsoll::api
