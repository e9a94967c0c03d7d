#include "rollup/revision.h"

#include <nlohmann/json.hpp>

#include "database/database.h"
#include "database/milliseconds.h"

namespace plimsoll::rollup {
namespace {

constexpr size_t kMostLabelBytes = 16 * 1024;

Labels Bounded(const Labels& labels) {
  Labels kept;
  size_t bytes = 0;
  for (const auto& label : labels) {
    const size_t size = label.first.size() + label.second.size();
    if (bytes + size > kMostLabelBytes) continue;
    bytes += size;
    kept.push_back(label);
  }
  return kept;
}

template <typename T>
void BindOrNull(SQLite::Statement& statement, int at, const std::optional<T>& value) {
  if (value)
    statement.bind(at, *value);
  else
    statement.bind(at);
}

void BindTextOrNull(SQLite::Statement& statement, int at, const std::string& text) {
  if (text.empty())
    statement.bind(at);
  else
    statement.bind(at, text);
}

// Those of one container, oldest first, in columns as FromRow reads them.
constexpr const char* kRevisionsSql =
    "SELECT since_ms, runtime, runtime_id, name, image, cgroup, kube_namespace, kube_pod, kube_container, "
    "labels, started_ms, memory_limit_bytes, cpu_limit_percent, interface, block_device FROM revision "
    "WHERE container = ? ORDER BY since_ms";

Revision FromRow(SQLite::Statement& row) {
  const auto text = [&](int column) { return row.getColumn(column).getString(); };
  Revision r;
  r.since = FromMs(row.getColumn(0).getInt64());
  r.runtime = text(1);
  r.runtime_id = text(2);
  r.name = text(3);
  r.image = text(4);
  r.cgroup = text(5);
  r.kube_namespace = text(6);
  r.kube_pod = text(7);
  r.kube_container = text(8);
  r.labels = LabelsOf(text(9));
  if (!row.isColumnNull(10)) r.started_at = FromMs(row.getColumn(10).getInt64());
  if (!row.isColumnNull(11)) r.memory_limit_bytes = static_cast<uint64_t>(row.getColumn(11).getInt64());
  if (!row.isColumnNull(12)) r.cpu_limit_percent = row.getColumn(12).getDouble();
  r.interface = text(13);
  r.block_device = text(14);
  return r;
}

}  // namespace

std::string LabelsText(const Labels& labels) {
  nlohmann::json object = nlohmann::json::object();
  for (const auto& [key, value] : Bounded(labels)) object[key] = value;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Labels LabelsOf(const std::string& text) {
  Labels labels;
  const nlohmann::json object = nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object()) return labels;
  for (const auto& [key, value] : object.items())
    if (value.is_string()) labels.emplace_back(key, value.get<std::string>());
  return labels;
}

void PutRevision(Database& database, uint32_t container, const Revision& r) {
  const auto put = database.Prepared(
      "INSERT OR REPLACE INTO revision (container, since_ms, runtime, runtime_id, name, image, cgroup, "
      "kube_namespace, kube_pod, kube_container, labels, started_ms, memory_limit_bytes, cpu_limit_percent, "
      "interface, block_device) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  put->bind(1, container);
  put->bind(2, ToMs(r.since));
  put->bind(3, r.runtime);
  put->bind(4, r.runtime_id);
  put->bind(5, r.name);
  put->bind(6, r.image);
  put->bind(7, r.cgroup);
  BindTextOrNull(*put, 8, r.kube_namespace);
  BindTextOrNull(*put, 9, r.kube_pod);
  BindTextOrNull(*put, 10, r.kube_container);
  put->bind(11, LabelsText(r.labels));
  BindOrNull(*put, 12, r.started_at ? std::optional(ToMs(*r.started_at)) : std::nullopt);
  BindOrNull(
      *put, 13,
      r.memory_limit_bytes ? std::optional(static_cast<int64_t>(*r.memory_limit_bytes)) : std::nullopt);
  BindOrNull(*put, 14, r.cpu_limit_percent);
  BindTextOrNull(*put, 15, r.interface);
  BindTextOrNull(*put, 16, r.block_device);
  put->exec();
}

std::optional<Revision> NewestRevision(Database& database, uint32_t container) {
  static const std::string kNewestSql = std::string(kRevisionsSql) + " DESC LIMIT 1";
  const auto newest = database.Prepared(kNewestSql);
  newest->bind(1, container);
  if (!newest->executeStep()) return std::nullopt;
  return FromRow(*newest);
}

std::vector<Revision> Revisions(Database& database, uint32_t container) {
  const auto rows = database.Prepared(kRevisionsSql);
  rows->bind(1, container);
  std::vector<Revision> all;
  while (rows->executeStep()) all.push_back(FromRow(*rows));
  return all;
}

Revision RevisionOf(const ContainerSample& sample, WallTime since, const Revision* before) {
  const Container& who = *sample.who;
  Revision r;
  r.since = since;
  r.runtime = RuntimeName(who.runtime);
  r.runtime_id = who.id;
  r.name = who.name;
  r.image = who.image;
  r.cgroup = who.cgroup;
  r.kube_namespace = who.kube_namespace;
  r.kube_pod = who.kube_pod;
  r.kube_container = who.kube_container;
  // As they come back from the file, so that the two compare equal.
  r.labels = LabelsOf(LabelsText(who.labels));
  if (who.started_at) r.started_at = FromMs(ToMs(*who.started_at));
  if (sample.derived.memory_limited) r.memory_limit_bytes = sample.derived.memory_limit;
  if (sample.derived.cpu_limited) r.cpu_limit_percent = sample.derived.cpu_limit_percent;
  if (sample.net_known)
    r.interface = sample.net.size() == 1 ? sample.net.front().name.c_str() : "";
  else if (before)
    r.interface = before->interface;
  if (sample.block_known)
    r.block_device = sample.block.size() == 1 ? sample.block.front().device.c_str() : "";
  else if (before)
    r.block_device = before->block_device;
  return r;
}

bool TellsTheSame(const Container& a, const Container& b) {
  if (&a == &b) return true;
  return a.runtime == b.runtime && a.cgroup == b.cgroup && a.id == b.id && a.name == b.name &&
         a.image == b.image && a.kube_namespace == b.kube_namespace && a.kube_pod == b.kube_pod &&
         a.kube_container == b.kube_container && a.started_at == b.started_at && a.labels == b.labels;
}

}  // namespace plimsoll::rollup
