#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "exporter/exposition/exposition.h"
#include "shell.h"
#include "temp_folder.h"
#include "text_file.h"
#include "unit/exposition/frames.h"
#include "unit/exposition/inherited.h"
#include "unit/exposition/random_frame.h"

// The real promtool reads what we write.
namespace plimsoll::exposition::testing {
namespace {

struct Verdict {
  int exit_code;
  std::vector<std::string> lines;
};

class PromtoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("promtool --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  }

  Verdict Check(const std::string& body) {
    const TempFolder folder;
    WriteText(folder / "body", body);
    const Finished said = Shell("promtool check metrics <" + folder / "body", 60);
    Verdict verdict{said.exit_code, {}};
    std::istringstream lines(said.output);
    for (std::string line; std::getline(lines, line);) verdict.lines.push_back(line);
    return verdict;
  }
};

TEST_F(PromtoolTest, HasNothingToSayButOnInheritedNames) {
  ManualClock clock;
  SelfMetrics self;
  self.CountHttp("/metrics", 200, 3ms);
  self.SetReload(true, At(1'700'000'000));
  self.SetWebReload(true, At(1'700'000'000));
  Exposition exposition(AllGroups(), Machine(), self, clock);
  exposition.Observe(GoldenFrame());
  const Verdict verdict = Check(*exposition.Body({}));
  std::set<std::string> remarked;
  for (const std::string& line : verdict.lines) {
    const std::string name = line.substr(0, line.find(' '));
    EXPECT_TRUE(kInherited.contains(name)) << line;
    remarked.insert(name);
  }
  EXPECT_EQ(remarked, kInherited) << "a name here that promtool does not mind";
}

TEST_F(PromtoolTest, ReadsHostileBodies) {
  ManualClock clock;
  SelfMetrics self;
  CollectorConfig config = AllGroups();
  config.container_labels = {"*"};
  Exposition exposition(config, Machine(), self, clock);
  for (uint64_t seed = 0; seed < 8; ++seed) {
    RandomFrames frames(seed, RandomFrames::Names::kWild);
    exposition.Observe(frames.Next());
    for (const std::string& line : Check(*exposition.Body({})).lines) {
      EXPECT_EQ(line.find("error"), std::string::npos) << "seed " << seed << ": " << line.substr(0, 300);
    }
  }
}

}  // namespace
}  // namespace plimsoll::exposition::testing
