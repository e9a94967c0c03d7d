// A tick in which nothing happens allocates nothing: counted at operator new.

#include <gtest/gtest.h>

#include "alerting/engine/engine.h"
#include "counted_new.h"
#include "unit/engine/fake_ticks.h"

namespace plimsoll::alerting {
namespace {

TEST(SteadyStateTest, ATickAllocatesNothing) {
  EngineConfig config;  // with the shipped rules
  RuleConfig absent = MakeRule("Gone", AlertMetric::kAbsent, 1);
  absent.match.name = "nobody";
  config.alerting.rules.push_back(absent);
  FakeTicks ticks;
  Engine engine(config, {}, ticks.now());
  ticks.host.cpu_percent = 99;  // fires and goes on firing
  for (uint32_t id = 1; id <= 50; ++id)
    ticks.Run(id, "web-" + std::to_string(id)).cpu = id % 2 == 0 ? 250 : 1;
  ticks[3].oom_kills = 1;
  for (int i = 0; i < 30; ++i) {
    engine.Step(ticks.Next(), ticks.now());
    ticks[3].oom_kills = 0;
  }
  ASSERT_EQ(engine.Alerts().size(), 25U + 1 + 1 + 1) << "of CPU, the kill, the host's and the absent one";
  for (int i = 0; i < 20; ++i) {
    const ReadingSet& set = ticks.Next();
    counting = true;
    const Outcome& outcome = engine.Step(set, ticks.now());
    counting = false;
    EXPECT_TRUE(outcome.transitions.empty());
  }
#if PLIMSOLL_COUNTS_ALLOCATIONS
  EXPECT_EQ(allocations, 0);
#endif
}

TEST(SteadyStateTest, AThousandThatBreachAtOnceAreToldAtOnce) {
  FakeTicks ticks;
  Engine engine(MakeConfig({MakeRule("CpuHigh", AlertMetric::kCpuPercent, 90, 1)}), {}, ticks.now());
  for (uint32_t id = 1; id <= 1000; ++id) ticks.Run(id, "web-" + std::to_string(id)).cpu = 95;
  EXPECT_EQ(engine.Step(ticks.Next(), ticks.now()).transitions.size(), 1000U);
  for (uint32_t id = 1; id <= 1000; ++id) ticks[id].living = false;
  size_t resolved = 0;
  for (int i = 0; i < 4; ++i) resolved += engine.Step(ticks.Next(), ticks.now()).transitions.size();
  EXPECT_EQ(resolved, 1000U);
  EXPECT_EQ(engine.subjects(), 0U) << "memory is given back";
}

}  // namespace
}  // namespace plimsoll::alerting
