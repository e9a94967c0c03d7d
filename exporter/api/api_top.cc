#include <algorithm>
#include <array>

#include "exporter/api/answer.h"
#include "exporter/api/figures.h"
#include "exporter/api/parameters.h"
#include "exporter/api/resources.h"

namespace plimsoll::api {
namespace {

using rollup::Consumer;
using rollup::Metric;
using std::chrono::hours;

struct MetricWord {
  std::string_view word;
  Metric metric;
};
constexpr std::array kMetrics = {
    MetricWord{"cpu", Metric::kCpu},
    MetricWord{"memory", Metric::kMemory},
    MetricWord{"net_rx", Metric::kNetRx},
    MetricWord{"net_tx", Metric::kNetTx},
    MetricWord{"block_read", Metric::kBlockRead},
    MetricWord{"block_write", Metric::kBlockWrite},
};
struct Period {
  std::string_view word;
  hours length;  // 0: now
};
constexpr std::array kPeriods = {Period{"live", hours(0)},     Period{"1h", hours(1)},
                                 Period{"6h", hours(6)},       Period{"24h", hours(24)},
                                 Period{"7d", hours(24 * 7)},  Period{"30d", hours(24 * 30)},
                                 Period{"90d", hours(24 * 90)}};
constexpr size_t kUsualPeriod = 1;

Ratio ShareOf(double value, double whole) { return whole > 0 ? Ratio(value * 100 / whole) : std::nullopt; }

std::optional<Consumer> LiveConsumer(const ReadContainer& container, Metric metric) {
  const CurrentFigures figures = FiguresOf(container, {});
  const DerivedSample& derived = container.sample->derived;
  Ratio value;
  switch (metric) {
    case Metric::kCpu:
      value = figures.cpu_percent;
      break;
    case Metric::kMemory:
      if (figures.mem_used) value = static_cast<double>(*figures.mem_used);
      break;
    case Metric::kNetRx:
      value = figures.net_rx_bytes_per_second;
      break;
    case Metric::kNetTx:
      value = figures.net_tx_bytes_per_second;
      break;
    case Metric::kBlockRead:
      value = figures.block_read_bytes_per_second;
      break;
    case Metric::kBlockWrite:
      value = figures.block_write_bytes_per_second;
      break;
  }
  if (!value) return std::nullopt;
  Consumer consumer;
  consumer.container = figures.container;
  consumer.name = ShownName(container.sample->who->name, container.sample->who->id);
  consumer.value = *value;
  if (metric == Metric::kCpu) consumer.percent = ShareOf(*value, derived.cpu_limit_percent);
  if (metric == Metric::kMemory) consumer.percent = figures.mem_percent;
  return consumer;
}

std::vector<Consumer> LiveTop(const ReadingSet& set, Metric metric, int limit) {
  std::vector<Consumer> consumers;
  for (const ReadContainer& container : set.containers)
    if (auto consumer = LiveConsumer(container, metric)) consumers.push_back(std::move(*consumer));
  const size_t kept = std::min(consumers.size(), static_cast<size_t>(limit));
  std::partial_sort(consumers.begin(), consumers.begin() + static_cast<std::ptrdiff_t>(kept), consumers.end(),
                    [](const Consumer& a, const Consumer& b) {
                      return a.value != b.value ? a.value > b.value : a.container < b.container;
                    });
  consumers.resize(kept);
  return consumers;
}

http::Response TopAnswer(std::string_view metric, std::string_view period,
                         const std::vector<Consumer>& consumers) {
  std::string json;
  size_t rank = 0;
  const auto append = [&](const Consumer& consumer) {
    ObjectText(json)
        .Count("container_id", consumer.container)
        .Text("container_name", consumer.name)
        .Number("value", consumer.value)
        .Number("percent", consumer.percent)
        .Count("rank", ++rank)
        .Close();
  };
  ObjectText(json).Text("metric", metric).Text("period", period).List("consumers", consumers, append).Close();
  return JsonAnswer(std::move(json));
}

}  // namespace

http::Response GetTop(const ApiSources& sources, const http::Request& request) {
  const auto query = http::Query::Parse(request.query, {"metric", "period", "limit"});
  if (!query) return BadParameter(query.error());
  const auto metric = TakeWord(*query, "metric", kMetrics);
  if (!metric) return BadParameter(metric.error());
  const auto period = TakeWord(*query, "period", kPeriods, kUsualPeriod);
  if (!period) return BadParameter(period.error());
  const auto limit = TakeLimit(*query, 5, 100);
  if (!limit) return BadParameter(limit.error());

  if ((*period)->length == hours(0)) {
    const auto set = sources.store->newest();
    if (!set) return NotReady();
    return TopAnswer((*metric)->word, (*period)->word, LiveTop(*set, (*metric)->metric, *limit));
  }
  rollup::TopQuery question;
  question.metric = (*metric)->metric;
  question.to = sources.clock->Wall();
  question.from = question.to - (*period)->length;
  question.limit = *limit;
  question.host_memory_bytes = sources.memory_bytes;
  question.host_cores = sources.cores;
  const auto consumers = sources.store->history().Top(question);
  if (!consumers) return StoreUnavailable(consumers.error());
  return TopAnswer((*metric)->word, (*period)->word, *consumers);
}

}  // namespace plimsoll::api
