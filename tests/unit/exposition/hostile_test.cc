#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/exposition/exposition.h"
#include "unit/exposition/frames.h"
#include "unit/exposition/random_frame.h"
#include "unit/exposition/scrape.h"

// What others name, write and list must never break a scrape.
namespace plimsoll::exposition::testing {
namespace {

using ::testing::IsEmpty;

CollectorConfig AllLabels() {
  CollectorConfig config = AllGroups();
  config.container_labels = {"*"};
  return config;
}

class HostileTest : public ::testing::Test {
 protected:
  Scrape TextOf(FramePtr frame) { return BodyOf(std::move(frame), Format::kText); }
  Scrape BodyOf(FramePtr frame, Format format) {
    exposition_.Observe(std::move(frame));
    body_ = exposition_.Body({format, false});
    return Read(*body_, format);
  }

  ManualClock clock_;
  SelfMetrics self_;
  Exposition exposition_{AllLabels(), Machine(), self_, clock_};
  std::shared_ptr<const std::string> body_;
};

TEST_F(HostileTest, NamesThatLookLikeTheFormat) {
  auto who = Docker("1", "x\"} 1\n# EOF\nfake_metric{a=\"");
  who->image = "\\";
  who->labels = {{"a\"b", "\n"}, {"id", "stolen"}, {"{}", "\\\"\\"}};
  const Scrape scrape = TextOf(FrameOf(Set({FullSample(who)})));
  EXPECT_THAT(scrape.faults, IsEmpty());
  EXPECT_EQ(scrape.Count("fake_metric"), 0u);
  EXPECT_EQ(scrape.Value("container_last_seen", {{"id", "/docker/1"},
                                                 {"name", "x\"} 1\n# EOF\nfake_metric{a=\""},
                                                 {"image", "\\"},
                                                 {"container_label_id", "stolen"},
                                                 {"container_label_a_b", "\n"},
                                                 {"container_label___", "\\\"\\"}}),
            "1700000000");
}

TEST_F(HostileTest, NoContainerLabelTakesTheNameOfAnotherLabel) {
  auto who = Docker("1", "one");
  for (const char* key : {"cpu", "device", "id", "image", "interface", "le", "name", "pod", "state"}) {
    who->labels.emplace_back(key, "mine");
  }
  const Scrape scrape = TextOf(FrameOf(Set({FullSample(who)})));
  EXPECT_THAT(scrape.faults, IsEmpty());
  EXPECT_EQ(scrape.Value("container_cpu_usage_seconds_total",
                         {{"id", "/docker/1"}, {"cpu", "total"}, {"container_label_cpu", "mine"}}),
            "1000.000007");
}

TEST_F(HostileTest, TheSameContainerTwiceIsShownOnce) {
  const auto first = Docker("1", "one"), again = Docker("1", "two");
  const Scrape scrape = TextOf(FrameOf(Set({FullSample(first), FullSample(again), FullSample(first)})));
  EXPECT_THAT(scrape.faults, IsEmpty());
  EXPECT_EQ(scrape.Count("container_last_seen"), 1u);
  EXPECT_EQ(scrape.Value("container_last_seen", {{"name", "one"}}), "1700000000");
}

TEST_F(HostileTest, PathsThatReadTheSameAreShownOnce) {
  auto a = Plain("/a\xFF"), b = Plain("/a\xFE");
  auto long_one = Plain("/" + std::string(3000, 'x') + "1"),
       long_two = Plain("/" + std::string(3000, 'x') + "2");
  auto set = Set({FullSample(a), FullSample(b), FullSample(long_one), FullSample(long_two)});
  set->ended = {Ended(Plain("/a\xFD"), 5)};
  const Scrape scrape = TextOf(FrameOf(set));
  EXPECT_THAT(scrape.faults, IsEmpty());
  EXPECT_EQ(scrape.Count("container_last_seen"), 2u);
}

TEST_F(HostileTest, DevicesAndInterfacesThatReadTheSameAreShownOnce) {
  ContainerSample sample = FullSample(Docker("1", "one"));
  sample.net = {Net("eth\xFF", 1), Net("eth\xFE", 2), Net("", 3), Net("", 4), Net("eth0", 5), Net("eth0", 6)};
  sample.block = {Block("", 8, 1, 10), Block("8:1", 9, 9, 20), Block("/dev/sda", 8, 0, 30),
                  Block("/dev/sda", 8, 3, 40)};
  sample.huge_pages.resize(2);
  sample.huge_pages[0].usage = sample.huge_pages[1].usage = 7;
  auto frame = FrameOf(Set({Sample(Plain("/")), sample}));
  frame->host = Host();
  frame->host.disks.push_back(frame->host.disks[0]);
  frame->host.file_systems.push_back(frame->host.file_systems[0]);
  const Scrape scrape = TextOf(frame);
  EXPECT_THAT(scrape.faults, IsEmpty());
  EXPECT_EQ(scrape.Count("container_network_receive_bytes_total"), 3u);
  EXPECT_EQ(scrape.Value("container_network_receive_bytes_total", {{"interface", "eth0"}}), "5");
  EXPECT_EQ(scrape.Value("container_network_receive_bytes_total", {{"interface", "eth\xEF\xBF\xBD"}}), "1");
  EXPECT_EQ(scrape.Value("container_fs_reads_bytes_total", {{"device", "8:1"}}), "10");
  EXPECT_EQ(scrape.Value("container_fs_reads_bytes_total", {{"device", "/dev/sda"}}), "30");
  EXPECT_EQ(scrape.Value("container_fs_reads_total", {{"device", "/dev/vda"}}), "101");
  EXPECT_EQ(scrape.Value("container_fs_limit_bytes", {{"device", "/dev/vda1"}}), "10737418240");
  EXPECT_EQ(scrape.Value("container_hugetlb_usage_bytes"), "7");
}

TEST_F(HostileTest, HugeLabelsStayBounded) {
  auto who = Docker("1", std::string(65'536, 'n'));
  for (int i = 0; i < 200; ++i)
    who->labels.emplace_back("k" + std::to_string(1000 + i), std::string(65'536, 'v'));
  const Scrape scrape = TextOf(FrameOf(Set({FullSample(who)})));
  EXPECT_THAT(scrape.faults, IsEmpty());
  EXPECT_LT(body_->size(), 3'000'000u);
}

TEST_F(HostileTest, RandomFramesAlwaysMakeValidBodies) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    RandomFrames frames(seed, RandomFrames::Names::kWild);
    for (const Format format : {Format::kText, Format::kOpenMetrics, Format::kText}) {
      const Scrape scrape = BodyOf(frames.Next(), format);
      ASSERT_THAT(scrape.faults, IsEmpty()) << "seed " << seed;
      ASSERT_FALSE(scrape.series.empty());
    }
  }
}

}  // namespace
}  // namespace plimsoll::exposition::testing
