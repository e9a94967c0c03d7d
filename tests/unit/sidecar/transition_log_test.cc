#include "alerting/sidecar/transition_log.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace plimsoll::alerting {
namespace {

Transition Fired(const std::string& name) {
  Transition told;
  told.kind = TransitionKind::kFired;
  told.rule = "ContainerCpuHigh";
  told.metric = AlertMetric::kCpuPercent;
  told.value = 95;
  told.threshold = 90;
  told.severity = "warning";
  told.name = name;
  return told;
}

std::string LogOf(const std::vector<Transition>& transitions) {
  testing::internal::CaptureStderr();
  LogTransitions(transitions);
  return testing::internal::GetCapturedStderr();
}

TEST(TransitionLogTest, SaysWhatFiredAndWhyItEnded) {
  Transition ended = Fired("web");
  ended.kind = TransitionKind::kResolved;
  ended.reason = ResolveReason::kStopped;
  const std::string said = LogOf({Fired("web"), ended, Fired("")});
  EXPECT_NE(said.find("msg=\"alert fired\" rule=ContainerCpuHigh subject=web severity=warning"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("msg=\"alert resolved\" rule=ContainerCpuHigh subject=web reason=stopped"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("subject=host"), std::string::npos) << said;
}

TEST(TransitionLogTest, AStormIsTwentyLinesAndANumber) {
  const std::string said = LogOf(std::vector<Transition>(1000, Fired("web")));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 21) << said;
  EXPECT_NE(said.find("alerts=980"), std::string::npos) << said;
}

}  // namespace
}  // namespace plimsoll::alerting
