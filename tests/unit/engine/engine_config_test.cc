// What a changed configuration does to an open alert.

#include <gmock/gmock.h>

#include "unit/engine/engine_fixture.h"

namespace plimsoll::alerting {
namespace {

using enum AlertMetric;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(EngineTest, RulesThatDidNotChangeKeepTheirStates) {
  Start({kCpu, kMemory});
  ticks.Run(1, "web").cpu = 95;
  Tick();
  RuleConfig memory = kMemory;
  memory.threshold = 70;
  EXPECT_EQ(Reconfigure({memory, kCpu}), "");
  EXPECT_EQ(Tick(), "fired CpuHigh web 95>=90");
}

TEST_F(EngineTest, AnEditedRuleCountsAnewAndKeepsItsOpenAlert) {
  Start({kCpu});
  ticks.Run(1, "web").cpu = 95;
  Tick();
  RuleConfig edited = kCpu;
  edited.threshold = 92;
  EXPECT_EQ(Reconfigure({edited}), "");
  EXPECT_EQ(Ticks(2), "|fired CpuHigh web 95>=92");
  edited.threshold = 96;
  EXPECT_EQ(Reconfigure({edited}), "");
  EXPECT_EQ(Ticks(2), "|resolved(recovered) CpuHigh web 95>=96");
}

TEST_F(EngineTest, ARuleThatIsRemovedDisabledOrOfAnotherMetricResolvesItsAlerts) {
  RuleConfig disabled = kCpu;
  disabled.enabled = false;
  RuleConfig other = kCpu;
  other.metric = kCpuPressure;
  RuleConfig unmatched = kCpu;
  unmatched.match.name = "db";
  const std::pair<std::vector<RuleConfig>, std::string> cases[] = {
      {{}, "removed"}, {{disabled}, "disabled"}, {{other}, "changed"}, {{unmatched}, "unmatched"}};
  for (const auto& [rules, reason] : cases) {
    Start({kCpu});
    ticks = FakeTicks();
    ticks.Run(1, "web").cpu = 95;
    Ticks(2);
    EXPECT_EQ(Reconfigure(rules), "resolved(" + reason + ") CpuHigh web 95>=90");
    EXPECT_EQ(combined_, "cpu recovery 95/90");
    EXPECT_THAT(rows_, IsEmpty()) << reason;
    EXPECT_EQ(Ticks(3), "||");
  }
}

TEST_F(EngineTest, APutWhileItFiresIsJudgedWithTheNextSample) {
  Start({kCpu});
  ticks.Run(1, "web").cpu = 95;
  Ticks(2);
  EXPECT_EQ(Put(1, {200, 90, true}), "") << "not resolved by the PUT itself";
  EXPECT_EQ(Ticks(2), "|resolved(recovered) CpuHigh web 95>=200");
  EXPECT_EQ(Put(1, {50, 90, true}), "");
  EXPECT_EQ(Ticks(2), "|fired CpuHigh web 95>=50");
}

TEST_F(EngineTest, DisablingAContainerWhileItFiresResolves) {
  Start({kCpu, kMemory});
  FakeTicks::Life& life = ticks.Run(1, "web");
  life.cpu = 95;
  life.memory = 85;
  ticks.Run(2, "db").cpu = 95;
  Ticks(2);
  EXPECT_EQ(Put(1, {90, 80, false}),
            "resolved(disabled) CpuHigh web 95>=90; resolved(disabled) MemoryHigh web 85>=80");
  EXPECT_EQ(engine_->Of(1)->combined, CombinedState::kNormal);
  EXPECT_EQ(engine_->Of(2)->combined, CombinedState::kCpuAlert);
  EXPECT_EQ(Ticks(2), "|");
}

TEST_F(EngineTest, LabelsOverrideTheRuleAndFaultyOnesAreToldOnce) {
  Start({kCpu});
  ticks
      .Run(1, "web",
           {.labels = {{"plimsoll.alerts.CpuHigh.breaches", "1"},
                       {"plimsoll.alerts.CpuHigh.threshold", "50%"}}})
      .cpu = 91;
  EXPECT_EQ(Tick(), "fired CpuHigh web 91>=90");
  EXPECT_THAT(faults_, ElementsAre("web: plimsoll.alerts.CpuHigh.threshold=50%: must be a number"));
  ticks.Alter(1, [](Container& who) { who.labels.emplace_back("z", "1"); });
  Tick();
  EXPECT_THAT(faults_, IsEmpty());
}

}  // namespace
}  // namespace plimsoll::alerting
