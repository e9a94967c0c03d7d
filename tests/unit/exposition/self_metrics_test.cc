#include "exporter/exposition/self_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <unistd.h>

#include "exporter/exposition/body_writer.h"
#include "model/version.h"
#include "unit/exposition/frames.h"
#include "unit/exposition/scrape.h"

namespace plimsoll::exposition::testing {
namespace {

using ::testing::IsEmpty;

// What a scraper reads of these families.
Scrape Written(const std::vector<prometheus::MetricFamily>& families, Format format) {
  body::PageBuffer pages(1);
  BodyWriter body(format, pages);
  for (const auto& family : families) body.Write(family);
  body.Finish();
  Scrape scrape = Read(pages.text(), format);
  EXPECT_THAT(scrape.faults, IsEmpty());
  return scrape;
}

class SelfMetricsTest : public ::testing::Test {
 protected:
  Scrape Get(Format format = Format::kText) { return Written(self_.Collect({}), format); }

  SelfMetrics self_;
};

TEST_F(SelfMetricsTest, SaysWhichBuildThisIs) {
  EXPECT_EQ(Get().Value("plimsoll_build_info", {{"version", kVersion}, {"revision", kRevision}}), "1");
}

TEST_F(SelfMetricsTest, FollowsTheCollectorsTotals) {
  auto set = Set({}, 1);
  const CollectorStats first{.duration = 2ms,
                             .beats = 5,
                             .beats_skipped = 1,
                             .read_errors = 2,
                             .parse_errors = 3,
                             .descriptors = 40};
  set->stats = first;
  self_.ObserveFrame(*FrameOf(set));
  self_.ObserveFrame(*FrameOf(set));  // a host-only frame: nothing counts twice
  EXPECT_EQ(Get().Value("plimsoll_collector_beats_total"), "5");
  set = Set({}, 2);
  set->stats = first;
  set->stats.beats = 7;
  set->stats.parse_errors = 4;
  set->stats.descriptors = 38;
  self_.ObserveFrame(*FrameOf(set));
  const Scrape scrape = Get();
  EXPECT_EQ(scrape.Value("plimsoll_collector_beats_total"), "7");
  EXPECT_EQ(scrape.Value("plimsoll_collector_beats_skipped_total"), "1");
  EXPECT_EQ(scrape.Value("plimsoll_read_errors_total"), "2");
  EXPECT_EQ(scrape.Value("plimsoll_parse_errors_total"), "4");
  EXPECT_EQ(scrape.Value("plimsoll_descriptors"), "38");
  EXPECT_EQ(scrape.Value("plimsoll_collect_duration_seconds_count"), "2");
  EXPECT_EQ(scrape.Value("plimsoll_collect_duration_seconds_bucket", {{"le", "0.001"}}), "0");
  EXPECT_EQ(scrape.Value("plimsoll_collect_duration_seconds_bucket", {{"le", "0.0025"}}), "2");
}

TEST_F(SelfMetricsTest, ACollectorThatBeginsAnewIsCountedOn) {
  const auto observe = [&](const CollectorStats& stats) {
    auto set = Set({}, stats.beats);
    set->stats = stats;
    self_.ObserveFrame(*FrameOf(set));
  };
  observe({.beats = 50, .beats_skipped = 4, .read_errors = 2, .parse_errors = 3});
  observe({.beats = 1, .beats_skipped = 0, .read_errors = 2, .parse_errors = 0});
  observe({.beats = 2, .beats_skipped = 1, .read_errors = 2, .parse_errors = 1});
  const Scrape scrape = Get();
  EXPECT_EQ(scrape.Value("plimsoll_collector_beats_total"), "52");
  EXPECT_EQ(scrape.Value("plimsoll_collector_beats_skipped_total"), "5");
  EXPECT_EQ(scrape.Value("plimsoll_read_errors_total"), "4");
  EXPECT_EQ(scrape.Value("plimsoll_parse_errors_total"), "4");
}

TEST_F(SelfMetricsTest, CountsContainersAndEvents) {
  self_.ObserveFrame(*GoldenFrame());
  const Scrape scrape = Get();
  EXPECT_EQ(scrape.Value("plimsoll_cgroups"), "5");
  EXPECT_EQ(scrape.Value("plimsoll_containers", {{"state", "running"}}), "2");
  EXPECT_EQ(scrape.Value("plimsoll_containers", {{"state", "paused"}}), "1");
  EXPECT_EQ(scrape.Value("plimsoll_containers", {{"state", "ended"}}), "3");
  EXPECT_EQ(scrape.Value("plimsoll_discovery_events_total", {{"event", "start"}}), "1");
  EXPECT_EQ(scrape.Value("plimsoll_discovery_events_total", {{"event", "oom"}}), "0");
}

TEST_F(SelfMetricsTest, RuntimesComeAndGo) {
  const auto observe = [&](std::vector<RuntimeHealth> runtimes, uint64_t number) {
    auto set = Set({}, number);
    set->runtimes = std::make_shared<const std::vector<RuntimeHealth>>(std::move(runtimes));
    self_.ObserveFrame(*FrameOf(set));
  };
  const RuntimeHealth docker{RuntimeKind::kDocker, "unix:///d.sock", true, "", ""};
  const RuntimeHealth podman{RuntimeKind::kPodman, "unix:///p.sock", false, "", "refused"};
  observe({docker, podman, docker}, 1);
  EXPECT_EQ(Get().Value("plimsoll_runtime_up", {{"runtime", "docker"}, {"endpoint", "unix:///d.sock"}}), "1");
  EXPECT_EQ(Get().Value("plimsoll_runtime_up", {{"runtime", "podman"}}), "0");
  observe({podman}, 2);
  EXPECT_EQ(Get().Count("plimsoll_runtime_up"), 1u);
  observe({}, 3);
  EXPECT_EQ(Get().Count("plimsoll_runtime_up"), 0u);
  EXPECT_EQ(Get().Type("plimsoll_runtime_up"), "") << "no head without lines";
  observe({docker}, 4);
  EXPECT_EQ(Get().Value("plimsoll_runtime_up", {{"runtime", "docker"}}), "1");
}

TEST_F(SelfMetricsTest, CountsRequestsByRouteAndCode) {
  self_.CountHttp("/metrics", 200, 2ms);
  self_.CountHttp("/metrics", 200, 3s);
  self_.CountHttp("/metrics", 401, 1ms);
  self_.CountHttp("other", 404, 1ms);
  const Scrape scrape = Get();
  EXPECT_EQ(scrape.Value("plimsoll_http_requests_total", {{"route", "/metrics"}, {"code", "200"}}), "2");
  EXPECT_EQ(scrape.Value("plimsoll_http_requests_total", {{"route", "/metrics"}, {"code", "401"}}), "1");
  EXPECT_EQ(scrape.Value("plimsoll_http_request_duration_seconds_count", {{"route", "/metrics"}}), "3");
  EXPECT_EQ(
      scrape.Value("plimsoll_http_request_duration_seconds_bucket", {{"route", "/metrics"}, {"le", "2.5"}}),
      "2");
  EXPECT_EQ(scrape.Value("plimsoll_http_request_duration_seconds_count", {{"route", "other"}}), "1");
}

TEST_F(SelfMetricsTest, ReloadsAreToldOnceThereWasOne) {
  EXPECT_EQ(Get().Count("plimsoll_config_last_reload_successful"), 0u);
  self_.SetReload(true, At(1'700'000'000));
  self_.SetReload(false, At(1'700'000'060));
  EXPECT_EQ(Get().Value("plimsoll_config_last_reload_successful"), "0");
  EXPECT_EQ(Get().Value("plimsoll_config_last_reload_success_timestamp_seconds"), "1700000000");
}

TEST_F(SelfMetricsTest, TheWebConfigurationHasReloadsOfItsOwn) {
  self_.SetReload(true, At(1'700'000'000));
  EXPECT_EQ(Get().Count("plimsoll_web_config_last_reload_successful"), 0u) << "there is none";
  self_.SetWebReload(true, At(1'700'000'030));
  EXPECT_EQ(Get().Value("plimsoll_web_config_last_reload_successful"), "1");
  self_.SetWebReload(false, At(1'700'000'060));
  EXPECT_EQ(Get().Value("plimsoll_web_config_last_reload_successful"), "0");
  EXPECT_EQ(Get().Value("plimsoll_web_config_last_reload_success_timestamp_seconds"), "1700000030");
  EXPECT_EQ(Get().Value("plimsoll_config_last_reload_successful"), "1");
}

TEST_F(SelfMetricsTest, ProcessFiguresAreThoseOfTheKernel) {
  const Scrape before = Get();
  int descriptors[2];
  ASSERT_EQ(pipe(descriptors), 0);
  const Scrape after = Get();
  close(descriptors[0]);
  close(descriptors[1]);
  const auto value = [](const Scrape& scrape, const char* name) { return std::stod(scrape.Value(name)); };
  EXPECT_EQ(value(after, "process_open_fds"), value(before, "process_open_fds") + 2);
  EXPECT_GE(value(after, "process_max_fds"), value(after, "process_open_fds"));
  EXPECT_GT(value(after, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value(after, "process_virtual_memory_bytes"), value(after, "process_resident_memory_bytes"));
  EXPECT_GT(value(after, "process_cpu_seconds_total"), 0);
  EXPECT_GE(value(after, "process_threads"), 1);
  const double age = static_cast<double>(time(nullptr)) - value(after, "process_start_time_seconds");
  EXPECT_GT(age, -5);
  EXPECT_LT(age, 3600);
}

TEST_F(SelfMetricsTest, BothFormatsAgreeOnBuckets) {
  self_.ObserveRender(1ms);
  self_.CountHttp("/metrics", 200, 1ms);
  const auto bounds = [](const Scrape& scrape) {
    std::vector<std::string> all;
    for (const auto& s : scrape.series) {
      if (s.labels.contains("le")) all.push_back(s.labels.at("le"));
    }
    return all;
  };
  EXPECT_EQ(bounds(Get(Format::kText)), bounds(Get(Format::kOpenMetrics)))
      << "a server that changes the format must not see new series";
}

TEST_F(SelfMetricsTest, FamiliesAreSorted) {
  std::vector<std::string> names;
  for (const auto& family : self_.Collect({})) names.push_back(family.name);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST(BodyWriterTest, WholeBucketBoundsGetAPointInOpenMetrics) {
  prometheus::MetricFamily family{
      "f_seconds", "Help \"q\" \\ and\nlines", prometheus::MetricType::Histogram, {{}}};
  family.metric[0].histogram = {3, 4.5, {{1, 1}, {2, 2.5}, {3, INFINITY}}};
  for (const Format format : {Format::kText, Format::kOpenMetrics}) {
    const Scrape scrape = Written({family}, format);
    const bool open = format == Format::kOpenMetrics;
    EXPECT_EQ(scrape.Value("f_seconds_bucket", {{"le", open ? "1.0" : "1"}}), "1");
    EXPECT_EQ(scrape.Count("f_seconds_bucket"), 3u);
    EXPECT_EQ(scrape.families[0].help,
              open ? "Help \\\"q\\\" \\\\ and\\nlines" : "Help \"q\" \\\\ and\\nlines");
  }
}

TEST(BodyWriterTest, UntypedIsUnknownInOpenMetrics) {
  prometheus::MetricFamily family{"odd", "", prometheus::MetricType::Untyped, {{}}};
  for (const Format format : {Format::kText, Format::kOpenMetrics}) {
    const Scrape scrape = Written({family}, format);
    EXPECT_EQ(scrape.Type("odd"), format == Format::kText ? "untyped" : "unknown");
  }
}

}  // namespace
}  // namespace plimsoll::exposition::testing
