// What writing and compressing a body costs, beside prometheus-cpp's own
// serializer on the same samples: render_bench --benchmark_counters_tabular=true
#include <benchmark/benchmark.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <sstream>

#include "exporter/body/gzip.h"
#include "exporter/body/page_buffer.h"
#include "exporter/exposition/exposition.h"
#include "exporter/exposition/renderer.h"
#include "unit/exposition/frames.h"
#include "unit/exposition/oracle.h"

namespace plimsoll::exposition::testing {
namespace {

// Containers as Docker Compose leaves them; each makes about 70 lines.
FramePtr Host(int64_t containers) {
  std::vector<ContainerSample> samples{Sample(Plain("/"))};
  for (int64_t i = 0; i < containers; ++i) {
    std::string id = std::to_string(100'000 + i);
    while (id.size() < 64) id += "0123456789abcdef"[(i + static_cast<int64_t>(id.size()) * 7) % 16];
    auto who = Docker(id, "shop-web-" + std::to_string(i));
    who->labels = {{"com.docker.compose.container-number", std::to_string(i)},
                   {"com.docker.compose.project", "shop"},
                   {"com.docker.compose.service", "web"}};
    who->restart_count = 0;
    ContainerSample sample = FullSample(who, 100'000 + static_cast<uint64_t>(i) * 977);
    sample.block.resize(1);
    sample.net.resize(1);
    // What a cgroup v1 or v2 host has, not both at once.
    sample.memory.events_high = sample.memory.events_max = sample.memory.pgscan = sample.memory.pgsteal = {};
    sample.memory.refault_file = sample.memory.refault_anon = {};
    sample.cpu.burst_ns = sample.cpu.burst_periods = {};
    samples.push_back(std::move(sample));
  }
  auto frame = FrameOf(Set(std::move(samples)));
  frame->host = testing::Host();
  return frame;
}

void CountSamples(benchmark::State& state, std::string_view body) {
  size_t samples = 0;
  for (size_t at = 0; at < body.size(); at = body.find('\n', at) + 1) samples += body[at] != '#';
  state.counters["samples"] = static_cast<double>(samples);
  state.counters["bytes"] = static_cast<double>(body.size());
  state.counters["cpu_per_7000"] =
      benchmark::Counter(static_cast<double>(samples) / 7000 * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// The renderer alone, pages taken from and given back to the kernel each time.
void BM_Render(benchmark::State& state) {
  const FramePtr frame = Host(state.range(0));
  Renderer renderer({}, Machine());
  const std::vector<Peak> peaks(frame->set->containers.size(), Peak{12.5, 4096});
  std::string body;
  size_t expected = 0;
  for (auto _ : state) {
    body::PageBuffer pages(expected + expected / 8, expected);
    renderer.Render(Format::kText, *frame, peaks, {}, {}, pages);
    expected = pages.size();
    if (body.empty()) body = pages.text();
  }
  CountSamples(state, body);
}

// A whole scrape: own metrics, rendering, the string that is handed out.
void BM_Body(benchmark::State& state, Encoding encoding) {
  const FramePtr frame = Host(state.range(0));
  SystemClock clock;
  SelfMetrics self;
  Exposition exposition({}, Machine(), self, clock);
  exposition.Observe(frame);
  const std::string plain = *exposition.Body({encoding.format, false});
  for (auto _ : state) {
    exposition.Observe(frame);  // a new frame: nothing is cached
    benchmark::DoNotOptimize(exposition.Body(encoding));
  }
  CountSamples(state, plain);
}

// What a new set costs the collector's thread.
void BM_Observe(benchmark::State& state) {
  SystemClock clock;
  SelfMetrics self;
  Exposition exposition({}, Machine(), self, clock);
  const FramePtr first = Host(state.range(0));
  auto other_set = std::make_shared<ContainerSet>(*first->set);
  other_set->number = 2;
  const FramePtr second = FrameOf(other_set);
  for (auto _ : state) {
    exposition.Observe(first);
    exposition.Observe(second);
  }
  state.SetItemsProcessed(2 * static_cast<int64_t>(state.iterations()) * state.range(0));
}

void BM_Gzip(benchmark::State& state) {
  const FramePtr frame = Host(state.range(0));
  SystemClock clock;
  SelfMetrics self;
  Exposition exposition({}, Machine(), self, clock);
  exposition.Observe(frame);
  const std::string plain = *exposition.Body({});
  size_t compressed = 0;
  for (auto _ : state) compressed = body::Gzip(plain).size();
  CountSamples(state, plain);
  state.counters["gzip_bytes"] = static_cast<double>(compressed);
}

// The same families through prometheus-cpp, from ready-made MetricFamily values.
void BM_TextSerializer(benchmark::State& state) {
  const FramePtr frame = Host(state.range(0));
  const auto families = OracleFamilies(*frame, Machine(), {}, {});
  const prometheus::TextSerializer serializer;
  std::string body;
  for (auto _ : state) {
    std::ostringstream out;
    serializer.Serialize(out, families);
    body = out.str();
  }
  CountSamples(state, body);
}

BENCHMARK(BM_Render)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(BM_Body, plain, Encoding{})->Arg(100)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(BM_Body, gzip, Encoding{Format::kText, true})
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_Observe)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_Gzip)->Arg(100)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_TextSerializer)->Arg(100)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace plimsoll::exposition::testing

BENCHMARK_MAIN();
