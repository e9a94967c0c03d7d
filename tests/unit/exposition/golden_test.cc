#include "golden.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "exporter/exposition/alert_metrics.h"
#include "exporter/exposition/exposition.h"
#include "unit/exposition/frames.h"
#include "unit/exposition/scrape.h"

namespace plimsoll::exposition::testing {
namespace {

using ::testing::IsEmpty;

std::string BodyOf(Format format) {
  ManualClock clock;
  SelfMetrics self;
  self.CountHttp("/metrics", 200, 3ms);
  self.SetReload(true, At(1'699'999'999));
  AlertFigures alerts;
  alerts.firing = 1;
  alerts.transitions = {{"fired", 3}, {"resolved", 2}};
  alerts.notifications = {{"ops", "delivered", 5}};
  alerts.outbox_oldest = 90s;
  self.ObserveAlerts(alerts);
  Exposition exposition(AllGroups(), Machine(), self, clock);
  const FramePtr frame = GoldenFrame();
  auto standings = std::make_shared<Standings>();
  for (const ContainerSample& sample : frame->set->containers)
    if (sample.who->name == "web-1") standings->push_back({sample.incarnation, true, false, 3, 0});
  exposition.Observe(std::move(standings));
  exposition.Observe(frame);
  return *exposition.Body({format, false});
}

// Drops the values that differ from run to run.
std::string Settled(const std::string& body) {
  std::istringstream lines(body);
  std::string settled, line;
  while (std::getline(lines, line)) {
    if (line.starts_with("process_")) line = line.substr(0, line.find(' ')) + " 0";
    if (line.starts_with("plimsoll_build_info{")) line = "plimsoll_build_info{version=\"varies\"} 1";
    settled += line + "\n";
  }
  return settled;
}

class GoldenScrape : public ::testing::TestWithParam<Format> {};

TEST_P(GoldenScrape, EqualsTheFile) {
  const char* name = GetParam() == Format::kOpenMetrics ? "metrics.openmetrics.txt" : "metrics.txt";
  ExpectGolden(std::string("tests/golden/") + name, Settled(BodyOf(GetParam())));
}

TEST_P(GoldenScrape, IsValid) { EXPECT_THAT(Read(BodyOf(GetParam()), GetParam()).faults, IsEmpty()); }

INSTANTIATE_TEST_SUITE_P(BothFormats, GoldenScrape, ::testing::Values(Format::kText, Format::kOpenMetrics),
                         [](const auto& each) {
                           return each.param == Format::kText ? "Text" : "OpenMetrics";
                         });

}  // namespace
}  // namespace plimsoll::exposition::testing
