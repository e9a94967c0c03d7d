#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
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

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string FirstDifference(const std::string& golden, const std::string& body) {
  std::istringstream a(golden), b(body);
  std::string expected, actual;
  for (int line = 1; std::getline(a, expected) || std::getline(b, actual); ++line) {
    if (a) std::getline(b, actual);
    if (!a || !b || expected != actual) {
      return "line " + std::to_string(line) + "\nfile: " + (a ? expected : "(ends)") +
             "\nbody: " + (b ? actual : "(ends)") + "\n";
    }
  }
  return "";
}

class GoldenScrape : public ::testing::TestWithParam<Format> {
 protected:
  std::string Path() const {
    const char* name = GetParam() == Format::kOpenMetrics ? "metrics.openmetrics.txt" : "metrics.txt";
    return std::string(PLIMSOLL_SOURCE_DIR) + "/tests/golden/" + name;
  }
};

// PLIMSOLL_UPDATE_GOLDEN=1 writes the files anew: look at the difference before you commit it.
TEST_P(GoldenScrape, EqualsTheFile) {
  const std::string body = Settled(BodyOf(GetParam()));
  if (const char* update = std::getenv("PLIMSOLL_UPDATE_GOLDEN"); update != nullptr && *update == '1') {
    std::ofstream(Path(), std::ios::binary) << body;
  }
  const std::string golden = ReadFile(Path());
  EXPECT_TRUE(body == golden) << FirstDifference(golden, body) << "PLIMSOLL_UPDATE_GOLDEN=1 refreshes "
                              << Path();
}

TEST_P(GoldenScrape, IsValid) { EXPECT_THAT(Read(BodyOf(GetParam()), GetParam()).faults, IsEmpty()); }

INSTANTIATE_TEST_SUITE_P(BothFormats, GoldenScrape, ::testing::Values(Format::kText, Format::kOpenMetrics),
                         [](const auto& each) {
                           return each.param == Format::kText ? "Text" : "OpenMetrics";
                         });

}  // namespace
}  // namespace plimsoll::exposition::testing
