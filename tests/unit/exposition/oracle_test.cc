#include "unit/exposition/oracle.h"

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <cmath>
#include <sstream>

#include "exporter/exposition/renderer.h"
#include "exporter/exposition/self_metrics.h"
#include "unit/exposition/frames.h"
#include "unit/exposition/random_frame.h"
#include "unit/exposition/scrape.h"

namespace plimsoll::exposition::testing {
namespace {

std::vector<Peak> FirstPeaks(const Frame& frame) {
  std::vector<Peak> peaks;
  for (const auto& sample : frame.set->containers) {
    peaks.push_back({sample.derived.cpu_percent, sample.memory.WorkingSet()});
  }
  return peaks;
}

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// TextSerializer writes _count and _sum before the buckets; we write them
// after. Within a histogram the order is nobody's business.
void SortHistograms(std::vector<std::string>& lines) {
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].starts_with("# TYPE ") || !lines[i].ends_with(" histogram")) continue;
    size_t end = i + 1;
    while (end < lines.size() && lines[end][0] != '#') ++end;
    std::sort(lines.begin() + static_cast<ptrdiff_t>(i) + 1, lines.begin() + static_cast<ptrdiff_t>(end));
  }
}

double Parse(const std::string& value) {
  return value == "Nan" || value == "NaN" ? NAN : std::strtod(value.c_str(), nullptr);
}

// TextSerializer prints 16 digits of a double; we print all of an integer.
bool SameNumber(const std::string& ours, const std::string& theirs) {
  const double a = Parse(ours), b = Parse(theirs);
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}

::testing::AssertionResult SameLine(const std::string& ours, const std::string& theirs) {
  if (ours[0] == '#' || theirs[0] == '#') {
    return ours == theirs ? ::testing::AssertionSuccess()
                          : ::testing::AssertionFailure() << ours << "\n"
                                                          << theirs;
  }
  const size_t a = ours.rfind(' '), b = theirs.rfind(' ');
  if (ours.substr(0, a) == theirs.substr(0, b) && SameNumber(ours.substr(a + 1), theirs.substr(b + 1))) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << "ours:   " << ours << "\ntheirs: " << theirs;
}

void ExpectSameAsOracle(const Frame& frame, const CollectorConfig& config) {
  SelfMetrics self;
  self.ObserveFrame(frame);
  self.ObserveRender(3ms);
  self.CountHttp("/metrics", 200, 3ms);
  const auto own = self.Collect({});

  Renderer renderer(config, Machine());
  body::PageBuffer pages(1);
  renderer.Render(Format::kText, frame, FirstPeaks(frame), {}, own, pages);
  const std::string body(pages.text());
  std::ostringstream theirs;
  prometheus::TextSerializer().Serialize(theirs, OracleFamilies(frame, Machine(), config, own));

  // The last family counts all that came before.
  const size_t cut = body.find("# HELP plimsoll_metric_series ");
  ASSERT_NE(cut, std::string::npos);
  std::vector<std::string> a = Lines(body.substr(0, cut)), b = Lines(theirs.str());
  SortHistograms(a);
  SortHistograms(b);
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    ASSERT_TRUE(SameLine(a[i], b[i])) << "line " << i + 1;
  ASSERT_EQ(a.size(), b.size());

  const Scrape scrape = Read(body, Format::kText);
  std::map<std::string, size_t> series;
  for (const auto& s : scrape.series) ++series[scrape.families[s.family].name];
  ASSERT_EQ(scrape.Count("plimsoll_metric_series"), series.size());
  for (const auto& [family, count] : series) {
    EXPECT_EQ(scrape.Value("plimsoll_metric_series", {{"family", family}}), std::to_string(count)) << family;
  }
}

TEST(OracleTest, TheGoldenFrameIsThatOfTextSerializer) { ExpectSameAsOracle(*GoldenFrame(), AllGroups()); }

TEST(OracleTest, TheGoldenFrameWithoutGroups) { ExpectSameAsOracle(*GoldenFrame(), {}); }

TEST(OracleTest, RandomFramesAreThoseOfTextSerializer) {
  for (uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    RandomFrames frames(seed, RandomFrames::Names::kTame);
    ExpectSameAsOracle(*frames.Next(), AllGroups());
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

}  // namespace
}  // namespace plimsoll::exposition::testing
