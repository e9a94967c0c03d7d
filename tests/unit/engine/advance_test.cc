#include "alerting/engine/advance.h"

#include <gtest/gtest.h>

#include <sstream>

namespace plimsoll::alerting {
namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 10s;

// Ticks a rule through a script: samples in, one word per tick out.
//   samples: "50 95 - 91"     ("-" is a missing one)
//   answers: "normal 1/2 - firing!"   k/n pending, k\m recovering, ! fired, + repeated, . resolved
class Script {
 public:
  explicit Script(Rule rule) : rule_(std::move(rule)) {}

  std::string Run(const std::string& samples) {
    std::istringstream in(samples);
    std::string word, answers;
    while (in >> word) {
      std::optional<double> value;
      if (word != "-") value = std::stod(word);
      if (!answers.empty()) answers += ' ';
      answers += Tick(value);
    }
    return answers;
  }

  std::string Tick(std::optional<double> value) {
    now_.wall += kInterval;
    now_.mono += kInterval;
    const Advanced next = Advance(rule_, state_, value, now_);
    state_ = next.state;
    return Word(next.happened);
  }

  Rule& rule() { return rule_; }
  AlertState& state() { return state_; }
  TimePoint& now() { return now_; }

 private:
  std::string Word(Happened happened) const {
    const std::string k = std::to_string(state_.count);
    std::string word = PhaseName(state_.phase);
    if (state_.phase == Phase::kPending) word = k + "/" + std::to_string(rule_.breaches);
    if (state_.phase == Phase::kRecovering) word = k + "\\" + std::to_string(rule_.recoveries);
    constexpr const char* kMarks[] = {"", "!", "+", "."};
    return word + kMarks[static_cast<size_t>(happened)];
  }

  Rule rule_;
  AlertState state_;
  TimePoint now_{WallTime(std::chrono::seconds(1'700'000'000)), MonoTime(1h)};
};

Rule Above90(uint32_t breaches, uint32_t recoveries) {
  Rule rule;
  rule.threshold = rule.recover_threshold = 90;
  rule.breaches = breaches;
  rule.recoveries = recoveries;
  return rule;
}

struct Case {
  const char* what;
  uint32_t breaches, recoveries;
  double recover_threshold;
  const char *samples, *answers;
};

class AdvanceTest : public testing::TestWithParam<Case> {};

TEST_P(AdvanceTest, GoesThroughItsPhases) {
  const Case& c = GetParam();
  Rule rule = Above90(c.breaches, c.recoveries);
  rule.recover_threshold = c.recover_threshold;
  EXPECT_EQ(Script(rule).Run(c.samples), c.answers) << c.what;
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, AdvanceTest,
    testing::Values(
        Case{"a quiet one stays normal", 2, 2, 90, "1 50 89.9", "normal normal normal"},
        Case{"fires after exactly n", 3, 2, 90, "90 95 99", "1/3 2/3 firing!"},
        Case{"recovers after exactly m", 1, 3, 90, "95 89 88 87", "firing! 1\\3 2\\3 normal."},
        Case{"fires at once when one breach is enough", 1, 1, 90, "95 10 95", "firing! normal. firing!"},
        Case{"one good sample ends the run of breaches", 3, 2, 90, "95 95 89 95 95 95",
             "1/3 2/3 normal 1/3 2/3 firing!"},
        Case{"one breach ends the run of good ones", 1, 3, 90, "95 89 88 95 89 88 87",
             "firing! 1\\3 2\\3 firing 1\\3 2\\3 normal."},
        Case{"a missing sample is no breach", 3, 2, 90, "95 - 95 - - 95", "1/3 1/3 2/3 2/3 2/3 firing!"},
        Case{"a missing sample is no recovery", 1, 2, 90, "95 - 10 - 10", "firing! firing 1\\2 1\\2 normal."},
        Case{"nothing but missing samples", 1, 1, 90, "- - -", "normal normal normal"},
        Case{"the threshold itself breaches with >=", 1, 1, 90, "90", "firing!"},
        Case{"hysteresis: between the two it neither fires nor recovers", 1, 2, 80, "85 95 85 79 85 79 79.9",
             "normal firing! firing 1\\2 firing 1\\2 normal."},
        Case{"hysteresis: the recover_threshold itself is not well", 1, 1, 80, "95 80 79.9",
             "firing! firing normal."},
        Case{"hysteresis ends a pending run at the threshold", 2, 1, 80, "95 85 95 95",
             "1/2 normal 1/2 firing!"}));

TEST(AdvanceOpsTest, EveryOpJudgesItsSide) {
  struct {
    CompareOp op;
    const char* answers;  // of 89 90 91, from normal each
  } cases[] = {{CompareOp::kGreaterEqual, "normal firing! firing"},
               {CompareOp::kGreater, "normal normal firing!"},
               {CompareOp::kLessEqual, "firing! firing normal."},
               {CompareOp::kLess, "firing! normal. normal"}};
  for (const auto& c : cases) {
    Rule rule = Above90(1, 1);
    rule.op = c.op;
    EXPECT_EQ(Script(rule).Run("89 90 91"), c.answers) << CompareOpText(c.op);
  }
}

TEST(AdvanceOpsTest, HysteresisOfARuleOnTooLittleLiesAbove) {
  Rule rule = Above90(1, 1);
  rule.op = CompareOp::kLess;
  rule.threshold = 5;
  rule.recover_threshold = 10;
  EXPECT_EQ(Script(rule).Run("4 7 9.9 10"), "firing! firing firing normal.");
}

TEST(AdvanceTimesTest, TellsWhenItBeganFiredAndWasTold) {
  Script script(Above90(2, 1));
  script.Run("95");
  const WallTime began = script.now().wall;
  script.Run("95");
  EXPECT_EQ(script.state().since, began);
  EXPECT_EQ(script.state().fired_at, began + kInterval);
  EXPECT_EQ(script.state().last_alerted, began + kInterval);
  script.Run("10");
  EXPECT_EQ(script.state().last_alerted, began + kInterval) << "stays known afterwards";
  script.Run("95 95");
  EXPECT_EQ(script.state().fired_at, began + 4 * kInterval) << "another alert";
}

TEST(AdvanceRepeatTest, RepeatsWhileItFiresAndNotWhileItRecovers) {
  Rule rule = Above90(1, 3);
  rule.repeat_interval = 30s;
  EXPECT_EQ(Script(rule).Run("95 95 95 95 95 95 95"), "firing! firing firing firing+ firing firing firing+");
  EXPECT_EQ(Script(rule).Run("95 95 10 10 95 95"), "firing! firing 1\\3 2\\3 firing+ firing");
  EXPECT_EQ(Script(rule).Run("95 - - -"), "firing! firing firing firing+") << "it has not ended";
}

TEST(AdvanceRepeatTest, ZeroNeverRepeats) {
  Script script(Above90(1, 1));
  script.Run("95");
  script.now().mono += 24h * 365;
  EXPECT_EQ(script.Run("95"), "firing");
}

TEST(AdvanceRepeatTest, CountsItsRepeatsAndBeginsAnew) {
  Rule rule = Above90(1, 1);
  rule.repeat_interval = 10s;
  Script script(rule);
  script.Run("95 95 95");
  EXPECT_EQ(script.state().repeats, 2U);
  script.Run("10 95");
  EXPECT_EQ(script.state().repeats, 0U);
}

TEST(AdvanceClockTest, AClockThatIsSetNeitherRepeatsNorHushes) {
  Rule rule = Above90(1, 1);
  rule.repeat_interval = 30s;
  for (const auto jump : {-24h * 365, 24h * 365}) {
    Script script(rule);
    script.Run("95");
    script.now().wall += jump;
    EXPECT_EQ(script.Run("95 95 95"), "firing firing firing+") << jump.count();
  }
}

TEST(AdvanceClockTest, AClockThatIsSetDoesNotChangeHowManySamplesItTakes) {
  Script script(Above90(3, 2));
  script.Run("95");
  script.now().wall -= 48h;
  EXPECT_EQ(script.Run("95"), "2/3");
  script.now().wall += 96h;
  EXPECT_EQ(script.Run("95 10"), "firing! 1\\2");
}

TEST(RestoredTest, AfterARestartTheRepeatIsDueWhenItWouldHaveBeen) {
  Rule rule = Above90(1, 1);
  rule.repeat_interval = 60s;
  Script script(rule);
  script.Run("95");
  script.now().wall += 40s;
  script.now().mono = MonoTime(5s);  // another boot
  script.state() = Restored(rule, script.state(), script.now());
  EXPECT_EQ(script.Run("95 95"), "firing firing+");
}

TEST(RestoredTest, AClockThatWasSetMeanwhileDelaysTheRepeatByOneIntervalAtMost) {
  Rule rule = Above90(1, 1);
  rule.repeat_interval = 30s;
  for (const auto jump : {-24h, 24h}) {
    Script script(rule);
    script.Run("95");
    script.now().wall += jump;
    script.state() = Restored(rule, script.state(), script.now());
    const std::string answers = script.Run("95 95 95");
    EXPECT_NE(answers.find('+'), std::string::npos) << answers;
  }
}

TEST(RestoredTest, ARunThatWasCountedGoesOn) {
  Script script(Above90(3, 2));
  script.Run("95 95");
  script.state() = Restored(script.rule(), script.state(), script.now());
  EXPECT_EQ(script.Run("95"), "firing!");
}

TEST(DiffersOnDiskTest, OnlyWhatARowHolds) {
  Script script(Above90(2, 2));
  const AlertState before = script.state();
  script.Run("50");
  EXPECT_FALSE(DiffersOnDisk(before, script.state())) << "a value alone is not written";
  script.Run("95");
  EXPECT_TRUE(DiffersOnDisk(before, script.state()));
  script.Run("95");
  const AlertState firing = script.state();
  script.Run("96 97 -");
  EXPECT_FALSE(DiffersOnDisk(firing, script.state()));
}

}  // namespace
}  // namespace plimsoll::alerting
