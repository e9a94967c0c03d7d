#include "exporter/exposition/self_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <string>

#include "exporter/exposition/alert_metrics.h"
#include "exporter/exposition/label_text.h"
#include "exporter/exposition/open_descriptors.h"
#include "exporter/exposition/process_figures.h"
#include "exporter/exposition/store_metrics.h"
#include "model/version.h"

namespace plimsoll::exposition {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using Buckets = Histogram::BucketBoundaries;

// Seconds. No bound is a whole number: those read "1" in the text format and
// "1.0" in OpenMetrics, and Prometheus would take them for two series.
const Buckets kBeatBuckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5};
const Buckets kRequestBuckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5};

double Seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

constexpr std::array kEvents{ContainerEvent::Kind::kStart,  ContainerEvent::Kind::kStop,
                             ContainerEvent::Kind::kOom,    ContainerEvent::Kind::kRename,
                             ContainerEvent::Kind::kHealth, ContainerEvent::Kind::kPause,
                             ContainerEvent::Kind::kUnpause};

const char* CompilerName() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

}  // namespace

class SelfMetrics::Impl {
 public:
  Impl() {
    prometheus::BuildGauge()
        .Name("plimsoll_build_info")
        .Help("Always 1; the labels say which Plimsoll this is.")
        .Register(registry_)
        .Add({{"branch", kBranch},
              {"compiler", CompilerName()},
              {"revision", kRevision},
              {"version", kVersion}})
        .Set(1);
    for (const auto kind : kEvents)
      by_event_[static_cast<size_t>(kind)] = &events_.Add({{"event", EventName(kind)}});
  }

  void CountHttp(std::string_view route, int code, std::chrono::nanoseconds duration) {
    std::lock_guard lock(mutex_);
    auto at = routes_.find(route);
    if (at == routes_.end()) {
      const std::string name = ReadableLabelValue(route);
      at = routes_.emplace(name, Route{{}, &http_durations_.Add({{"route", name}}, kRequestBuckets)}).first;
    }
    at->second.durations->Observe(Seconds(duration));
    Counter*& counter = at->second.by_code[code];
    if (counter == nullptr)
      counter = &http_requests_.Add({{"route", at->first}, {"code", std::to_string(code)}});
    counter->Increment();
  }

  void ObserveRender(std::chrono::nanoseconds duration) { render_.Observe(Seconds(duration)); }

  void ObserveFrame(const Frame& frame) {
    std::lock_guard lock(mutex_);
    if (frame.set == nullptr || frame.set->number == last_set_) return;
    const ContainerSet& set = *frame.set;
    last_set_ = set.number;
    collect_.Observe(Seconds(set.stats.duration));
    FollowCollector(set.stats);
    descriptors_.Set(static_cast<double>(set.stats.descriptors));
    without_descriptors_.Set(static_cast<double>(set.stats.without_descriptors));
    cgroups_.Set(static_cast<double>(set.containers.size()));
    CountContainers(set);
    for (const ContainerEvent& event : set.events) EventCounter(event.kind).Increment();
    NoteRuntimes(set);
  }

  void ObserveStore(const StoreFigures& figures) {
    std::lock_guard lock(mutex_);
    if (!store_) store_.emplace(registry_);
    store_->Observe(figures);
  }

  void ObserveAlerts(const AlertFigures& figures) {
    const std::lock_guard lock(mutex_);
    if (!alerts_) alerts_.emplace(registry_);
    alerts_->Observe(figures);
  }

  void SetReload(bool successful, WallTime at) {
    std::lock_guard lock(mutex_);
    reload_.Set(successful, at);
  }

  void SetWebReload(bool successful, WallTime at) {
    std::lock_guard lock(mutex_);
    web_reload_.Set(successful, at);
  }

  std::vector<prometheus::MetricFamily> Collect(MonoTime now) {
    std::vector<prometheus::MetricFamily> families;
    {
      std::lock_guard lock(mutex_);
      families = registry_.Collect();
    }
    AppendProcessFigures(families, open_descriptors_.At(now));
    std::erase_if(families, [](const auto& family) { return family.metric.empty(); });
    std::sort(families.begin(), families.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    for (auto& family : families) {
      std::sort(family.metric.begin(), family.metric.end(),
                [](const auto& a, const auto& b) { return a.label < b.label; });
    }
    return families;
  }

 private:
  // Nothing is shown before the first.
  struct Reload {
    void Set(bool is_successful, WallTime at) {
      successful.Add({}).Set(is_successful ? 1 : 0);
      if (is_successful) time.Add({}).Set(Seconds(at.time_since_epoch()));
    }
    prometheus::Family<Gauge>&successful, &time;
  };
  struct Route {
    std::map<int, Counter*> by_code;
    Histogram* durations;
  };

  prometheus::Family<Gauge>& GaugeFamily(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
  }
  prometheus::Family<Counter>& CounterFamily(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
  }
  prometheus::Family<Histogram>& HistogramFamily(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
  }

  // A reload that names other runtimes begins the collector anew, and its totals at 0.
  void FollowCollector(const CollectorStats& now) {
    if (now.beats < last_stats_.beats) last_stats_ = {};
    const auto follow = [&](Counter& counter, uint64_t CollectorStats::*total) {
      const uint64_t before = now.*total >= last_stats_.*total ? last_stats_.*total : 0;
      counter.Increment(static_cast<double>(now.*total - before));
    };
    follow(beats_, &CollectorStats::beats);
    follow(beats_skipped_, &CollectorStats::beats_skipped);
    follow(read_errors_, &CollectorStats::read_errors);
    follow(parse_errors_, &CollectorStats::parse_errors);
    last_stats_ = now;
  }

  Counter& EventCounter(ContainerEvent::Kind kind) { return *by_event_[static_cast<size_t>(kind)]; }

  void CountContainers(const ContainerSet& set) {
    size_t running = 0, paused = 0, other = 0, ended = 0;
    for (const ContainerSample& sample : set.containers) {
      if (sample.who->runtime == RuntimeKind::kCgroup) continue;
      switch (sample.who->state) {
        case ContainerState::kRunning:
        case ContainerState::kUnknown:
          ++running;
          break;  // its cgroup lives, and nobody says otherwise
        case ContainerState::kPaused:
          ++paused;
          break;
        default:
          ++other;
      }
    }
    for (const auto& gone : set.ended) ended += gone->last.who->runtime != RuntimeKind::kCgroup;
    running_.Set(static_cast<double>(running));
    paused_.Set(static_cast<double>(paused));
    other_.Set(static_cast<double>(other));
    ended_.Set(static_cast<double>(ended));
  }

  // Engines come and go: a runtime nobody speaks of any more loses its series.
  void NoteRuntimes(const ContainerSet& set) {
    if (set.runtimes == nullptr || set.runtimes == last_runtimes_) return;
    last_runtimes_ = set.runtimes;
    std::map<std::pair<std::string, std::string>, Gauge*> now;
    for (const RuntimeHealth& health : *set.runtimes) {
      const std::pair<std::string, std::string> key{RuntimeName(health.runtime),
                                                    ReadableLabelValue(health.endpoint)};
      Gauge& gauge = runtimes_.Add({{"runtime", key.first}, {"endpoint", key.second}});
      gauge.Set(health.up ? 1 : 0);
      now[key] = &gauge;
    }
    for (const auto& [key, gauge] : shown_runtimes_) {
      if (!now.contains(key)) runtimes_.Remove(gauge);
    }
    shown_runtimes_ = std::move(now);
  }

  OpenDescriptors open_descriptors_;
  mutable std::mutex mutex_;
  prometheus::Registry registry_;

  Histogram& collect_ =
      HistogramFamily("plimsoll_collect_duration_seconds", "Time that measuring all cgroups took.")
          .Add({}, kBeatBuckets);
  Histogram& render_ = HistogramFamily("plimsoll_render_duration_seconds",
                                       "Time that making one body of /metrics took, compression included.")
                           .Add({}, kBeatBuckets);
  Counter& beats_ =
      CounterFamily("plimsoll_collector_beats_total", "Times that all cgroups were measured.").Add({});
  Counter& beats_skipped_ = CounterFamily("plimsoll_collector_beats_skipped_total",
                                          "Beats left out because the one before still ran.")
                                .Add({});
  Counter& read_errors_ =
      CounterFamily("plimsoll_read_errors_total",
                    "Kernel files that could not be read, other than those that were gone.")
          .Add({});
  Counter& parse_errors_ =
      CounterFamily("plimsoll_parse_errors_total", "Kernel files whose text was not understood.").Add({});
  Gauge& descriptors_ = GaugeFamily("plimsoll_descriptors", "Kernel files kept open.").Add({});
  Gauge& without_descriptors_ =
      GaugeFamily(
          "plimsoll_containers_without_descriptors",
          "Cgroups whose files are reopened at every beat because the limit of open files is used up.")
          .Add({});
  Gauge& cgroups_ = GaugeFamily("plimsoll_cgroups", "Cgroups measured, containers included.").Add({});
  prometheus::Family<Gauge>& containers_ =
      GaugeFamily("plimsoll_containers",
                  "Containers by state; the ended ones are those still remembered by their last figures.");
  Gauge& running_ = containers_.Add({{"state", "running"}});
  Gauge& paused_ = containers_.Add({{"state", "paused"}});
  Gauge& other_ = containers_.Add({{"state", "other"}});
  Gauge& ended_ = containers_.Add({{"state", "ended"}});
  prometheus::Family<Gauge>& runtimes_ =
      GaugeFamily("plimsoll_runtime_up", "1 while the runtime answers or its state directory can be read.");
  prometheus::Family<Counter>& events_ =
      CounterFamily("plimsoll_discovery_events_total", "Container lifecycle events seen, by event.");
  std::array<Counter*, kEvents.size()> by_event_{};
  prometheus::Family<Counter>& http_requests_ =
      CounterFamily("plimsoll_http_requests_total", "HTTP requests answered.");
  prometheus::Family<Histogram>& http_durations_ =
      HistogramFamily("plimsoll_http_request_duration_seconds", "Time that answering HTTP requests took.");
  Reload reload_{
      GaugeFamily(
          "plimsoll_config_last_reload_successful",
          "1 if the last reload succeeded, 0 if it was refused and the configuration before stays in force."),
      GaugeFamily("plimsoll_config_last_reload_success_timestamp_seconds",
                  "Unix time of the last successful load of the configuration.")};
  Reload web_reload_{GaugeFamily("plimsoll_web_config_last_reload_successful",
                                 "1 if the web configuration on disk, with the files it names, is in force; "
                                 "0 if it was refused and the one before stays."),
                     GaugeFamily("plimsoll_web_config_last_reload_success_timestamp_seconds",
                                 "Unix time of the last successful load of the web configuration.")};

  std::map<std::string, Route, std::less<>> routes_;
  std::map<std::pair<std::string, std::string>, Gauge*> shown_runtimes_;
  std::shared_ptr<const std::vector<RuntimeHealth>> last_runtimes_;
  std::optional<uint64_t> last_set_;
  CollectorStats last_stats_;
  std::optional<AlertMetrics> alerts_;
  std::optional<StoreMetrics> store_;  // without a store there are no such families
};

SelfMetrics::SelfMetrics() : impl_(std::make_unique<Impl>()) {}
SelfMetrics::~SelfMetrics() = default;
void SelfMetrics::CountHttp(std::string_view route, int code, std::chrono::nanoseconds duration) {
  impl_->CountHttp(route, code, duration);
}
void SelfMetrics::ObserveRender(std::chrono::nanoseconds duration) { impl_->ObserveRender(duration); }
void SelfMetrics::ObserveFrame(const Frame& frame) { impl_->ObserveFrame(frame); }
void SelfMetrics::ObserveAlerts(const AlertFigures& figures) { impl_->ObserveAlerts(figures); }
void SelfMetrics::ObserveStore(const StoreFigures& figures) { impl_->ObserveStore(figures); }
void SelfMetrics::SetReload(bool successful, WallTime at) { impl_->SetReload(successful, at); }
void SelfMetrics::SetWebReload(bool successful, WallTime at) { impl_->SetWebReload(successful, at); }
std::vector<prometheus::MetricFamily> SelfMetrics::Collect(MonoTime now) const { return impl_->Collect(now); }

}  // namespace plimsoll::exposition
