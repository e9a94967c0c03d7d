#include "exporter/exposition/exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <thread>

#include "gunzip.h"
#include "unit/exposition/frames.h"
#include "unit/exposition/scrape.h"

namespace plimsoll::exposition::testing {
namespace {

using ::testing::IsEmpty;

constexpr Encoding kText{Format::kText, false};
constexpr Encoding kTextGzip{Format::kText, true};
constexpr Encoding kOpen{Format::kOpenMetrics, false};
constexpr Encoding kOpenGzip{Format::kOpenMetrics, true};

class ExpositionTest : public ::testing::Test {
 protected:
  Scrape Get(Encoding encoding = kText) { return Read(*exposition_.Body(encoding), encoding.format); }
  // What the exporter says it rendered, up to before the body that tells.
  std::string Renders() {
    auto frame = std::make_shared<Frame>(*GoldenFrame());
    exposition_.Observe(frame);
    return Get().Value("plimsoll_render_duration_seconds_count");
  }

  ManualClock clock_;
  SelfMetrics self_;
  Exposition exposition_{CollectorConfig{}, Machine(), self_, clock_};
};

TEST_F(ExpositionTest, NothingBeforeTheFirstFrame) {
  EXPECT_FALSE(exposition_.HasFrame());
  EXPECT_EQ(exposition_.Body(kText), nullptr);
  exposition_.Observe(GoldenFrame());
  EXPECT_TRUE(exposition_.HasFrame());
  EXPECT_NE(exposition_.Body(kText), nullptr);
}

TEST_F(ExpositionTest, OneBodyPerFrameAndEncoding) {
  const FramePtr frame = GoldenFrame();
  exposition_.Observe(frame);
  for (const Encoding encoding : {kText, kTextGzip, kOpen, kOpenGzip}) {
    const auto body = exposition_.Body(encoding);
    EXPECT_EQ(exposition_.Body(encoding), body);
  }
  const auto old = exposition_.Body(kText);
  exposition_.Observe(GoldenFrame());
  EXPECT_NE(exposition_.Body(kText), old);
  EXPECT_FALSE(old->empty()) << "a body in flight outlives its frame";
}

TEST_F(ExpositionTest, GzipIsTheSameBodyCompressed) {
  exposition_.Observe(GoldenFrame());
  for (const Format format : {Format::kText, Format::kOpenMetrics}) {
    const auto plain = exposition_.Body({format, false});
    const auto packed = exposition_.Body({format, true});
    EXPECT_EQ(Gunzip(*packed), *plain);
    EXPECT_LT(packed->size(), plain->size() / 4);
  }
}

TEST_F(ExpositionTest, GzipAloneIsAWholeBody) {
  exposition_.Observe(GoldenFrame());
  EXPECT_THAT(Read(Gunzip(*exposition_.Body(kTextGzip)), Format::kText).faults, IsEmpty());
  EXPECT_THAT(Read(Gunzip(*exposition_.Body(kOpenGzip)), Format::kOpenMetrics).faults, IsEmpty());
}

TEST_F(ExpositionTest, BothFormatsHoldTheSameSeries) {
  exposition_.Observe(GoldenFrame());
  const Scrape text = Get(kText), open = Get(kOpen);
  const auto names = [](const Scrape& scrape) {
    std::multiset<std::string> keys;
    for (const auto& s : scrape.series) {
      std::string key = s.name;
      for (const auto& [k, v] : s.labels) key += "," + k + "=" + v;
      keys.insert(key);
    }
    return keys;
  };
  EXPECT_EQ(names(text), names(open));
  EXPECT_EQ(open.Type("container_cpu_usage_seconds"), "counter");
  EXPECT_EQ(open.Type("container_memory_failcnt"), "unknown") << "its samples cannot end in _total";
  EXPECT_EQ(text.Type("container_memory_failcnt"), "counter");
}

TEST_F(ExpositionTest, ManyWhoAskAtOnceShareOneRendering) {
  constexpr int kThreads = 16, kRounds = 50;
  std::atomic<int> differing = 0;
  std::vector<std::shared_ptr<const std::string>> bodies(kThreads);
  std::barrier ready(kThreads, [&]() noexcept { exposition_.Observe(GoldenFrame()); });
  std::barrier done(kThreads, [&]() noexcept {
    for (const auto& body : bodies) differing += body != bodies[0];
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        ready.arrive_and_wait();
        bodies[static_cast<size_t>(t)] = exposition_.Body(kTextGzip);
        done.arrive_and_wait();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(differing, 0);
  EXPECT_EQ(Renders(), std::to_string(kRounds));
}

TEST_F(ExpositionTest, FramesScrapesAndReloadsMayAllComeAtOnce) {
  exposition_.Observe(GoldenFrame());
  std::atomic<bool> stop = false;
  std::atomic<int> invalid = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const Encoding encodings[] = {kText, kOpen, kTextGzip, kOpenGzip};
      for (int i = 0; i < 25; ++i) {
        const Encoding encoding = encodings[(t + i) % 4];
        const auto body = exposition_.Body(encoding);
        const std::string text = encoding.gzip ? Gunzip(*body) : *body;
        invalid += !Read(text, encoding.format).faults.empty();
        self_.CountHttp("/metrics", 200 + t, 1ms);
      }
    });
  }
  threads.emplace_back([&] {
    CollectorConfig config;
    for (int i = 0; !stop; ++i) {
      config.container_labels = i % 2 ? std::vector<std::string>{"*"} : std::vector<std::string>{};
      exposition_.Reconfigure(config);
      self_.SetReload(i % 2, At(i));
      std::this_thread::yield();
    }
  });
  threads.emplace_back([&] {
    for (uint64_t i = 2; !stop; ++i) {
      auto set = std::make_shared<ContainerSet>(*GoldenFrame()->set);
      set->number = i;
      if (i % 3) set->containers.pop_back();
      exposition_.Observe(FrameOf(set, i));
      std::this_thread::yield();
    }
  });
  for (size_t t = 0; t < 4; ++t) threads[t].join();
  stop = true;
  threads[4].join();
  threads[5].join();
  EXPECT_EQ(invalid, 0);
}

TEST_F(ExpositionTest, EndedContainersKeepOnlyAFrozenLastSeen) {
  auto set = Set({Sample(Docker("live", "live"))});
  set->ended = {Ended(Docker("gone", "gone"), 1'699'999'000), Ended(Docker("live", "live"), 1'699'999'100)};
  auto frame = FrameOf(set);
  exposition_.Observe(frame);
  const Scrape scrape = Get();
  EXPECT_EQ(scrape.Value("container_last_seen",
                         {{"name", "gone"}, {"id", "/docker/gone"}, {"image", "nginx:1.25"}}),
            "1699999000");
  EXPECT_EQ(scrape.Value("container_last_seen", {{"name", "live"}}), "1700000000") << "it lives again";
  for (const auto& s : scrape.series) {
    EXPECT_TRUE(s.name == "container_last_seen" || !s.labels.contains("name") ||
                s.labels.at("name") == "live");
  }
}

TEST_F(ExpositionTest, TheNewestEndOfAPathStands) {
  auto set = Set({});
  set->ended = {Ended(Docker("gone", "first"), 100), Ended(Docker("gone", "second"), 200)};
  exposition_.Observe(FrameOf(set));
  const Scrape scrape = Get();
  EXPECT_EQ(scrape.Count("container_last_seen"), 1u);
  EXPECT_EQ(scrape.Value("container_last_seen", {{"name", "second"}}), "200");
}

TEST_F(ExpositionTest, AHostOnlyFrameIsRenderedAnewWithTheSameContainers) {
  auto set = GoldenFrame()->set;
  exposition_.Observe(FrameOf(set, 1));
  const std::string before = Get().Value("plimsoll_host_cpu_percent");
  auto host_only = FrameOf(set, 2);
  host_only->set_is_new = false;
  host_only->host.cpu_percent = 42;
  host_only->wall = At(1'700'000'003);
  exposition_.Observe(host_only);
  const Scrape scrape = Get();
  EXPECT_EQ(before, "");
  EXPECT_EQ(scrape.Value("plimsoll_host_cpu_percent"), "42");
  EXPECT_EQ(scrape.Value("container_last_seen", {{"name", "web-1"}}), "1700000003");
  EXPECT_EQ(scrape.Value("plimsoll_collector_beats_total"), "10") << "the same set counts once";
}

TEST_F(ExpositionTest, PeaksReachTheBody) {
  const auto who = Docker("1", "one");
  const auto beat = [&](double cpu, uint64_t number) {
    ContainerSample sample = Sample(who);
    sample.derived.cpu_percent = cpu;
    sample.memory.usage = static_cast<uint64_t>(cpu);
    sample.memory.inactive_file = 0;
    exposition_.Observe(FrameOf(Set({sample}, number), number));
  };
  beat(80, 1);
  beat(20, 2);
  EXPECT_EQ(Get().Value("plimsoll_container_cpu_percent"), "20");
  EXPECT_EQ(Get(kOpen).Value("plimsoll_container_cpu_percent_peak"), "80");
  EXPECT_EQ(Get().Value("plimsoll_container_memory_used_bytes_peak"), "80");
  beat(30, 3);
  EXPECT_EQ(Get().Value("plimsoll_container_cpu_percent_peak"), "80");
  beat(10, 4);
  EXPECT_EQ(Get().Value("plimsoll_container_cpu_percent_peak"), "30");
}

TEST_F(ExpositionTest, AProbeEndsNoWindowOfPeaks) {
  uint64_t number = 0;
  const auto beat = [&](double cpu) {
    ContainerSample sample = Sample(Docker("1", "one"));
    sample.derived.cpu_percent = cpu;
    ++number;
    exposition_.Observe(FrameOf(Set({sample}, number), number));
  };
  const auto peak = [this] { return Get().Value("plimsoll_container_cpu_percent_peak"); };
  beat(80);
  for (int probe = 0; probe < 3; ++probe) {
    EXPECT_NE(exposition_.Body(kText, Asker::kProbe), nullptr);
    EXPECT_NE(exposition_.Body(kTextGzip, Asker::kProbe), nullptr);
    beat(1);
  }
  const auto probed = exposition_.Body(kText, Asker::kProbe);
  EXPECT_EQ(peak(), "80");
  EXPECT_EQ(exposition_.Body(kText), probed) << "rendered for the probe, and shown to the scraper";
  beat(2);
  EXPECT_EQ(peak(), "80") << "of the window before";
  beat(3);
  EXPECT_EQ(peak(), "3");
}

TEST_F(ExpositionTest, LabelsFollowARename) {
  auto set = Set({Sample(Docker("1", "old"))}, 1);
  exposition_.Observe(FrameOf(set, 1));
  EXPECT_EQ(Get().Value("container_last_seen", {{"name", "old"}}), "1700000000");
  exposition_.Observe(FrameOf(Set({Sample(Docker("1", "new"))}, 2), 2));
  const Scrape scrape = Get();
  EXPECT_EQ(scrape.Value("container_last_seen", {{"name", "new"}}), "1700000000");
  EXPECT_EQ(scrape.Value("container_last_seen", {{"name", "old"}}), "");
}

TEST_F(ExpositionTest, ReconfigureTakesEffectOnTheSameFrame) {
  exposition_.Observe(GoldenFrame());
  EXPECT_EQ(Get().Value("container_last_seen", {{"container_label_com_example_hidden", "not on the list"}}),
            "");
  EXPECT_EQ(Get().Count("container_tasks_state"), 0u);
  CollectorConfig config = AllGroups();
  config.container_labels = {"*"};
  exposition_.Reconfigure(config);
  EXPECT_EQ(Get().Value("container_last_seen", {{"container_label_com_example_hidden", "not on the list"}}),
            "1700000000");
  EXPECT_EQ(Get().Count("container_tasks_state"), 4u);
}

TEST_F(ExpositionTest, FamiliesWithoutLinesLeaveNoTrace) {
  exposition_.Observe(FrameOf(Set({})));
  const Scrape scrape = Get();
  EXPECT_THAT(scrape.faults, IsEmpty());
  for (const auto& family : scrape.families) {
    EXPECT_FALSE(family.name.starts_with("container_") && family.name != "container_scrape_error")
        << family.name;
    EXPECT_FALSE(family.name.starts_with("plimsoll_container_")) << family.name;
  }
  EXPECT_EQ(scrape.Value("container_scrape_error"), "0");
  EXPECT_EQ(scrape.Value("machine_cpu_cores"), "8");
}

}  // namespace
}  // namespace plimsoll::exposition::testing
