#include "exporter/exposition/peaks.h"

#include <gtest/gtest.h>

#include "unit/exposition/frames.h"

namespace plimsoll::exposition {
namespace {

using testing::Docker;
using testing::Sample;

class PeaksTest : public ::testing::Test {
 protected:
  // One beat with one container that uses so much.
  void Beat(Ratio cpu, uint64_t memory = 0, uint64_t incarnation = 0) {
    ContainerSample sample = Sample(who_);
    sample.incarnation = incarnation;
    sample.derived.cpu_percent = cpu;
    sample.memory.usage = memory;
    sample.memory.inactive_file = 0;
    peaks_.Note(*testing::Set({sample}));
  }
  double Scrape() {
    const Peak peak = peaks_.Of(who_->cgroup);
    peaks_.Shown();
    return peak.cpu_percent.value_or(-1);
  }

  std::shared_ptr<Container> who_ = Docker("1", "one");
  Peaks peaks_;
};

TEST_F(PeaksTest, ShowsTheHighestSampleSinceTheScrapeBefore) {
  Beat(10);
  Beat(90, 5000);
  Beat(20, 100);
  EXPECT_EQ(peaks_.Of(who_->cgroup).memory_used, 5000u);
  EXPECT_EQ(Scrape(), 90);
}

TEST_F(PeaksTest, AScrapeSeesTheWindowBeforeToo) {
  Beat(90);
  EXPECT_EQ(Scrape(), 90);
  Beat(20);
  EXPECT_EQ(Scrape(), 90);
  Beat(30);
  EXPECT_EQ(Scrape(), 30);
  Beat(5);
  EXPECT_EQ(Scrape(), 30);
}

TEST_F(PeaksTest, TwoServersThatTakeTurnsBothSeeEveryPeak) {
  std::vector<double> first, second;
  for (int beat = 0; beat < 40; ++beat) {
    Beat(beat == 13 ? 99 : 1);
    if (beat % 10 == 4) first.push_back(Scrape());
    if (beat % 10 == 9) second.push_back(Scrape());
  }
  EXPECT_EQ(first[1], 99) << "scraped at 14";
  EXPECT_EQ(second[1], 99) << "scraped at 19";
  EXPECT_EQ(first[3], 1);
  EXPECT_EQ(second[3], 1);
}

TEST_F(PeaksTest, ScrapesOfTheSameSetShowTheSame) {
  Beat(90);
  Scrape();
  Beat(20);
  EXPECT_EQ(Scrape(), 90);
  EXPECT_EQ(Scrape(), 90);
  EXPECT_EQ(Scrape(), 90);
  Beat(10);
  EXPECT_EQ(Scrape(), 20) << "the window of the 90 ended with the first of the three";
}

TEST_F(PeaksTest, WithoutScrapesThePeakStays) {
  Beat(90);
  for (int i = 0; i < 100; ++i) Beat(1);
  EXPECT_EQ(Scrape(), 90);
}

TEST_F(PeaksTest, UnknownFiguresRaiseNothing) {
  Beat({});
  EXPECT_EQ(Scrape(), -1);
  Beat(3);
  Beat({});
  EXPECT_EQ(Scrape(), 3);
}

TEST_F(PeaksTest, ARestartBeginsAnew) {
  Beat(90, 5000, 1);
  Beat(10, 1000, 2);
  EXPECT_EQ(peaks_.Of(who_->cgroup).memory_used, 1000u);
  EXPECT_EQ(Scrape(), 10);
}

TEST_F(PeaksTest, GoneContainersAreForgotten) {
  Beat(90);
  peaks_.Note(*testing::Set({}));
  EXPECT_EQ(Scrape(), -1);
  Beat(1);
  EXPECT_EQ(Scrape(), 1);
}

TEST_F(PeaksTest, TheSamePathTwiceInOneSetIsOneContainer) {
  ContainerSample low = Sample(who_), high = Sample(who_);
  low.derived.cpu_percent = 1;
  high.derived.cpu_percent = 2;
  for (int i = 0; i < 3; ++i) {
    peaks_.Note(*testing::Set({low, high}));
    EXPECT_EQ(Scrape(), 2);
  }
}

TEST_F(PeaksTest, PlainCgroupsHaveNone) {
  ContainerSample sample = Sample(testing::Plain("/system.slice"));
  sample.derived.cpu_percent = 50;
  peaks_.Note(*testing::Set({sample}));
  EXPECT_FALSE(peaks_.Of("/system.slice").cpu_percent);
}

}  // namespace
}  // namespace plimsoll::exposition
