#include "exporter/api/history_span.h"

#include <algorithm>
#include <array>

#include "config/duration.h"
#include "exporter/api/parameters.h"

namespace plimsoll::api {
namespace {

using rollup::Granularity;
using std::chrono::hours;
using std::chrono::milliseconds;

struct Range {
  std::string_view word;
  hours length;
  Granularity granularity;
};
constexpr std::array kRanges = {
    Range{"1h", hours(1), Granularity::kRaw},       Range{"6h", hours(6), Granularity::k1m},
    Range{"24h", hours(24), Granularity::k5m},      Range{"7d", hours(24 * 7), Granularity::k1h},
    Range{"30d", hours(24 * 30), Granularity::k1h}, Range{"90d", hours(24 * 90), Granularity::k1d},
    Range{"1y", hours(24 * 365), Granularity::k1d},
};
constexpr std::array kCoarsestFirst = {Granularity::k1d, Granularity::k1h, Granularity::k5m,
                                       Granularity::k1m};

constexpr std::string_view kAcceptedSteps = "step must be a duration from 1s to 365d, such as 10s 1m 1h 1d";

// How long readings of this granularity are there.
std::chrono::seconds KeptFor(Granularity granularity, const StorageConfig::Retention& retention) {
  switch (granularity) {
    case Granularity::kRaw:
      return retention.raw;
    case Granularity::k1m:
    case Granularity::k5m:
      return retention.minute;
    case Granularity::k1h:
      return retention.hour;
    case Granularity::k1d:
      break;
  }
  return retention.day;
}

// The one of the shortest range that is at least as long as this.
Granularity FitFor(WallTime::duration length) {
  for (const Range& range : kRanges)
    if (length <= range.length) return range.granularity;
  return Granularity::k1d;
}

Granularity Kept(Granularity granularity, WallTime::duration age, const StorageConfig::Retention& retention) {
  while (granularity != Granularity::k1d && age > KeptFor(granularity, retention))
    granularity = static_cast<Granularity>(static_cast<int>(granularity) + 1);
  return granularity;
}

Granularity CoarsestDividing(milliseconds step) {
  for (const Granularity granularity : kCoarsestFirst)
    if (step % rollup::StepOf(granularity) == milliseconds(0)) return granularity;
  return Granularity::kRaw;
}

Result<void> TakeTimes(const http::Query& query, WallTime now, HistorySpan& span) {
  const std::string *from = query.Find("from"), *to = query.Find("to");
  if (!from && !to) {
    const auto range = TakeWord(query, "range", kRanges);
    if (!range) return tl::unexpected(range.error());
    span.range = (*range)->word;
    span.from = now - (*range)->length;
    span.to = now;
    return {};
  }
  if (query.Find("range")) return Fail("give either range, or from and to: not both");
  if (!from) return Fail("to needs a from before it: give both, or a range");
  const auto begin = ParseTime("from", *from);
  if (!begin) return tl::unexpected(begin.error());
  const auto end = to ? ParseTime("to", *to) : Result<WallTime>(now);
  if (!end) return tl::unexpected(end.error());
  if (*begin >= *end)
    return Fail(to ? "from must be before to" : "from must be before now, or give a to after it");
  span.from = *begin;
  span.to = *end;
  return {};
}

Result<void> TakeStep(const std::string& text, HistorySpan& span) {
  const auto step = ParseDuration(text);
  if (!step || *step < std::chrono::seconds(1) || *step > hours(24 * 365))
    return Fail(std::string(kAcceptedSteps) + "; not " + Shown(text));
  span.step = *step;
  span.granularity = CoarsestDividing(*step);
  return {};
}

// Readings or buckets the store would have to give.
int64_t PointsIn(const HistorySpan& span, milliseconds interval) {
  const milliseconds apart = span.granularity == Granularity::kRaw ? interval : span.step;
  const auto length = span.to - span.from;
  return length / apart + (length % apart > WallTime::duration(0) ? 1 : 0);
}

}  // namespace

rollup::PointQuery HistorySpan::Question(uint32_t container) const {
  const bool raw = granularity == Granularity::kRaw;
  return {container, from, to, granularity, raw ? milliseconds(0) : step};
}

Result<HistorySpan> TakeHistorySpan(const http::Query& query, WallTime now, const ApiSettings& settings) {
  HistorySpan span;
  if (auto taken = TakeTimes(query, now, span); !taken) return tl::unexpected(taken.error());
  if (const std::string* step = query.Find("step")) {
    if (auto taken = TakeStep(*step, span); !taken) return tl::unexpected(taken.error());
  } else {
    span.granularity = Kept(FitFor(span.to - span.from), now - span.from, settings.retention);
    span.step = rollup::StepOf(span.granularity);
  }
  // A bucket that began before `from` belongs to the first point.
  if (span.step > milliseconds(0)) span.from -= span.from.time_since_epoch() % span.step;
  const int64_t points = PointsIn(span, std::max(settings.interval, milliseconds(1000)));
  if (points > rollup::kMostPoints)
    return Fail("that would be up to " + std::to_string(points) + " points of " +
                rollup::GranularityName(span.granularity) + ", and an answer holds at most " +
                std::to_string(rollup::kMostPoints) + ": give a shorter span or a longer step");
  return span;
}

}  // namespace plimsoll::api
