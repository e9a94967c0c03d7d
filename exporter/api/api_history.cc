#include <algorithm>

#include "exporter/api/answer.h"
#include "exporter/api/figures.h"
#include "exporter/api/history_span.h"
#include "exporter/api/parameters.h"
#include "exporter/api/resources.h"

namespace plimsoll::api {
namespace {

using std::chrono::milliseconds;

Ratio Hundredths(const Figure& figure) {
  if (!figure) return std::nullopt;
  return static_cast<double>(*figure) / 100;
}

// Readings of so long are asked for at once. They are never closer than a second,
// so that the store gives them all, but where the clock was set back.
constexpr std::chrono::hours kPiece{3};
constexpr std::chrono::seconds kShortestPiece{1};

// Adds readings, oldest first, condensed into points that begin at whole steps; as they are when step is 0.
void Gather(std::vector<rollup::Point>& points, const std::vector<rollup::Point>& readings,
            milliseconds step) {
  for (const rollup::Point& reading : readings) {
    WallTime begin = reading.at;
    if (step > milliseconds(0)) begin -= begin.time_since_epoch() % step;
    if (step == milliseconds(0) || points.empty() || points.back().at != begin) {
      points.push_back({begin, reading.bucket, reading.memory_limit_bytes});
    } else {
      points.back().bucket.Append(reading.bucket);
      points.back().memory_limit_bytes = reading.memory_limit_bytes;
    }
  }
}

using Points = tl::expected<std::vector<rollup::Point>, http::Response>;

Points ReadReadings(rollup::History& history, const HistorySpan& span, uint32_t id) {
  const auto too_many = [](const std::vector<rollup::Point>& some) {
    return some.size() > static_cast<size_t>(rollup::kMostPoints);
  };
  std::vector<rollup::Point> points;
  rollup::PointQuery piece = span.Question(id);
  for (WallTime::duration length = kPiece; piece.from < span.to;) {
    piece.to = std::min<WallTime>(piece.from + length, span.to);
    const auto readings = history.Points(piece);
    if (!readings) return tl::unexpected(StoreUnavailable(readings.error()));
    if (too_many(*readings) && span.step > milliseconds(0) && length > kShortestPiece) {
      length /= 2;
      continue;
    }
    Gather(points, *readings, span.step);
    if (too_many(points) || too_many(*readings))
      return tl::unexpected(BadParameter(
          Error{"there were readings so close that the answer would hold more than " +
                std::to_string(rollup::kMostPoints) + " points: give a shorter span or a longer step"}));
    piece.from = piece.to;
  }
  return points;
}

Points ReadPoints(rollup::History& history, const HistorySpan& span, uint32_t id) {
  if (span.granularity == rollup::Granularity::kRaw) return ReadReadings(history, span, id);
  auto points = history.Points(span.Question(id));
  if (!points) return tl::unexpected(StoreUnavailable(points.error()));
  return std::move(*points);
}

void PutCounter(ObjectText& object, const std::string& key, const Figure& increase,
                const rollup::Bucket& bucket) {
  object.Count(key, increase).Number(key + "_per_second", bucket.PerSecond(increase));
}

void AppendPoint(std::string& out, const rollup::Point& point, bool single, uint64_t host_memory) {
  const rollup::Bucket& bucket = point.bucket;
  ObjectText object(out);
  object.Time("timestamp", point.at).Count("samples", bucket.samples);
  object.Number("cpu_percent", bucket.CpuPercent());
  if (!single)
    object.Number("cpu_percent_min", Hundredths(bucket.cpu_min))
        .Number("cpu_percent_max", Hundredths(bucket.cpu_max))
        .Number("cpu_percent_last", Hundredths(bucket.cpu_last));
  object.Count("mem_used", bucket.memory_average);
  if (!single)
    object.Count("mem_used_min", bucket.memory_min)
        .Count("mem_used_max", bucket.memory_max)
        .Count("mem_used_last", bucket.memory_last);
  Figure limit = point.memory_limit_bytes;
  if (!limit && host_memory > 0) limit = host_memory;
  object.Count("mem_limit", limit).Number("mem_percent", PercentOf(bucket.memory_average, limit));
  PutCounter(object, "net_rx_bytes", bucket.net_rx_bytes, bucket);
  PutCounter(object, "net_tx_bytes", bucket.net_tx_bytes, bucket);
  PutCounter(object, "block_read_bytes", bucket.block_read_bytes, bucket);
  PutCounter(object, "block_write_bytes", bucket.block_write_bytes, bucket);
  object.Close();
}

std::string HistoryText(uint32_t id, const HistorySpan& span, const std::vector<rollup::Point>& points,
                        uint64_t host_memory) {
  std::string json;
  json.reserve(512 + points.size() * 640);
  ObjectText object(json);
  object.Count("container_id", id)
      .TextOrNull("range", span.range)
      .Text("granularity", rollup::GranularityName(span.granularity))
      .Time("from", span.from)
      .Time("to", span.to);
  const auto step = std::chrono::duration<double>(span.step).count();
  object.Number("step_seconds", step > 0 ? Ratio(step) : std::nullopt);
  object
      .List("points", points,
            [&](const rollup::Point& point) {
              AppendPoint(json, point, span.step == milliseconds(0), host_memory);
            })
      .Close();
  return json;
}

}  // namespace

http::Response GetHistory(const ApiSources& sources, const http::Request& request) {
  const std::string_view text = request.Parameter("id");
  const auto id = ParseId(text);
  if (!id) return NoSuchContainer(text);
  const auto query = http::Query::Parse(request.query, {"range", "from", "to", "step"});
  if (!query) return BadParameter(query.error());
  const auto span = TakeHistorySpan(*query, sources.clock->Wall(), sources.settings());
  if (!span) return BadParameter(span.error());
  const auto known = IsKnown(sources, *id);
  if (!known) return StoreUnavailable(known.error());
  if (!*known) return NoSuchContainer(text);

  const Points points = ReadPoints(sources.store->history(), *span, *id);
  if (!points) return points.error();
  return JsonAnswer(HistoryText(*id, *span, *points, sources.memory_bytes));
}

}  // namespace plimsoll::api
