#include "rollup/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig.h"

namespace plimsoll::rollup {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ExportTest : public RecorderTest {
 protected:
  // A tick ten seconds later, after which somebody asked for /metrics or not.
  void Tick(uint64_t scrapes = 0) {
    clock.Pass(10s);
    rig.Record(host.Beat(), scrapes);
  }
  Result<Exported> Write(bool only_gaps = false) { return Write(only_gaps, clock.Wall() + 1s); }
  Result<Exported> Write(bool only_gaps, WallTime to) {
    Export order;
    order.path = folder / "plimsoll.db";
    order.from = begin_;
    order.to = to;
    order.only_gaps = only_gaps;
    order.shortest_gap = 25s;
    order.labels = [](const Revision& who) { return "{name=\"" + who.name + "\""; };
    order.write = [this](std::string_view text) {
      text_ += text;
      if (on_write_) on_write_();
      return !is_gone_;
    };
    order.progress = [this](double part) { progress_.push_back(part); };
    text_.clear();
    return ExportOpenMetrics(order);
  }
  // The samples of one series, "value@seconds since the beginning".
  std::vector<std::string> Samples(const std::string& series) {
    std::vector<std::string> samples;
    for (size_t at = text_.find("\n" + series + " "); at != std::string::npos;
         at = text_.find("\n" + series + " ", at + 1)) {
      const size_t value = at + series.size() + 2, time = text_.find(' ', value) + 1;
      const int64_t ms = std::stoll(text_.substr(time, text_.find('.', time) - time)) * 1000;
      samples.push_back(text_.substr(value, time - value - 1) + "@" +
                        std::to_string((ms - ToMs(begin_)) / 1000));
    }
    return samples;
  }

  const WallTime begin_ = clock.Wall();
  std::string text_;
  std::vector<double> progress_;
  std::function<void()> on_write_;
  bool is_gone_ = false;
};

TEST_F(ExportTest, CountersAreCountedOnAndGaugesStandAtTheirOwnTimes) {
  ContainerSample& web = host.Run("web");
  web.memory.usage = 5000;
  web.memory.inactive_file = 1000;
  Tick();
  web.cpu.usage_ns = 2'500'000'000;
  web.memory.usage = 7000;
  Tick();
  const auto exported = Write();
  ASSERT_TRUE(exported) << exported.error().message;
  EXPECT_THAT(Samples("container_memory_working_set_bytes{name=\"web\"}"), ElementsAre("4000@10", "6000@20"));
  EXPECT_THAT(Samples("container_memory_usage_bytes{name=\"web\"}"), ElementsAre("5000@10", "7000@20"));
  EXPECT_THAT(Samples("container_cpu_usage_seconds_total{name=\"web\",cpu=\"total\"}"),
              testing::Contains("2.500000@20"));
  EXPECT_TRUE(
      text_.starts_with("# TYPE container_cpu_usage_seconds counter\n"
                        "# UNIT container_cpu_usage_seconds seconds\n# HELP "));
  EXPECT_TRUE(text_.ends_with("\n# EOF\n"));
  EXPECT_EQ(exported->oldest, begin_ + 10s);
  EXPECT_EQ(progress_.back(), 1.0);
  EXPECT_TRUE(std::is_sorted(progress_.begin(), progress_.end()));
}

TEST_F(ExportTest, BytesNameTheOneInterfaceTheyWentThrough) {
  ContainerSample& web = host.Run("web");
  web.net = {NetOf("eth0", 0, 0)};
  Tick();
  web.net = {NetOf("eth0", 700, 40)};
  Tick();
  ASSERT_TRUE(Write());
  EXPECT_THAT(Samples("container_network_receive_bytes_total{name=\"web\",interface=\"eth0\"}"),
              testing::Contains("700@20"));
  EXPECT_THAT(Samples("container_network_transmit_bytes_total{name=\"web\",interface=\"eth0\"}"),
              testing::Contains("40@20"));
}

TEST_F(ExportTest, WhatIsBeyondTheRangeIsNotTold) {
  host.Run("web");
  for (int i = 0; i < 6; ++i) Tick();
  ASSERT_TRUE(Write(false, begin_ + 35s));
  EXPECT_THAT(Samples("container_threads{name=\"web\"}"), ElementsAre("1@10", "1@20", "1@30"));
}

TEST_F(ExportTest, AContainerThatWasAwayHasNoSampleOfThatTime) {
  host.Run("web");
  Tick();
  host.Run("db");
  Tick();
  ASSERT_TRUE(Write());
  EXPECT_THAT(Samples("container_threads{name=\"web\"}"), ElementsAre("1@10", "1@20"));
  EXPECT_THAT(Samples("container_threads{name=\"db\"}"), ElementsAre("1@20"));
}

TEST_F(ExportTest, AFigureThatWasUnknownHasNoSample) {
  ContainerSample& web = host.Run("web");
  web.memory.usage.reset();
  Tick();
  web.memory.usage = 7000;
  web.memory.inactive_file.reset();
  Tick();
  ASSERT_TRUE(Write());
  EXPECT_THAT(Samples("container_memory_usage_bytes{name=\"web\"}"), IsEmpty());
  EXPECT_THAT(Samples("container_memory_working_set_bytes{name=\"web\"}"), IsEmpty());
  EXPECT_THAT(Samples("container_threads{name=\"web\"}"), ElementsAre("1@10", "1@20"));
}

TEST_F(ExportTest, OfGapsAloneOnlyWhatNobodyFetchedIsTold) {
  host.Run("web");
  for (const uint64_t scrapes : {1, 1, 0, 0, 0, 0, 1, 1}) Tick(scrapes);
  ASSERT_TRUE(Write(true));
  EXPECT_THAT(Samples("container_threads{name=\"web\"}"), ElementsAre("1@30", "1@40", "1@50", "1@60"));
  ASSERT_TRUE(Write(false));
  EXPECT_EQ(Samples("container_threads{name=\"web\"}").size(), 8u);
}

TEST_F(ExportTest, WhereNothingIsMissingNothingIsTold) {
  host.Run("web");
  for (int i = 0; i < 4; ++i) Tick(1);
  const auto exported = Write(true);
  ASSERT_TRUE(exported);
  EXPECT_EQ(exported->samples, 0u);
  EXPECT_TRUE(text_.ends_with("# EOF\n"));
}

TEST_F(ExportTest, AnEmptyFileIsAnEmptyTextWithoutAnOldestReading) {
  const auto exported = Write();
  ASSERT_TRUE(exported);
  EXPECT_EQ(exported->samples, 0u);
  EXPECT_FALSE(exported->oldest);
}

TEST_F(ExportTest, AReaderThatGoesAwayAndAFileThatIsNotThereAreErrors) {
  host.Run("web");
  Tick();
  is_gone_ = true;
  const auto exported = Write();
  ASSERT_FALSE(exported);
  EXPECT_THAT(exported.error().message, testing::HasSubstr("went away"));
  Export nowhere;
  nowhere.path = folder / "nowhere.db";
  EXPECT_FALSE(ExportOpenMetrics(nowhere));
}

TEST_F(ExportTest, ASlowReaderKeepsNobodyFromTidyingTheFile) {
  ContainerSample& web = host.Run("web");
  for (const char* name : {"a", "b"}) host.Run(name);
  for (int i = 0; i < 1300; ++i) {  // several pages of ticks
    *web.cpu.usage_ns += 1'000'000'000;
    Tick();
  }
  int pieces = 0, held = 0;
  on_write_ = [&] {
    ++pieces;
    rig.database().Run("UPDATE container SET last_seen_ms = last_seen_ms + 1");
    held += rig.database().Checkpoint(true) ? 0 : 1;
  };
  ASSERT_TRUE(Write());
  EXPECT_GT(pieces, 5);
  EXPECT_EQ(held, 0);
  EXPECT_EQ(Samples("container_threads{name=\"web\"}").size(), 1300u);
  EXPECT_EQ(Samples("container_cpu_usage_seconds_total{name=\"web\",cpu=\"total\"}").back(),
            "1300.000000@13000");
}

TEST_F(ExportTest, NamesOfDevicesAreEscaped) {
  ContainerSample& web = host.Run("web");
  web.block = {BlockOf("a\"b\\c\nd", 0, 0, 0)};
  Tick();
  Tick();
  ASSERT_TRUE(Write());
  EXPECT_THAT(text_, testing::HasSubstr("{name=\"web\",device=\"a\\\"b\\\\c\\nd\"}"));
}

}  // namespace
}  // namespace plimsoll::rollup
