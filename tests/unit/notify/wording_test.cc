#include "alerting/notify/wording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/notify/notify_fixture.h"

namespace plimsoll::alerting::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string SummaryOf(AlertMetric metric, double value, TransitionKind kind = TransitionKind::kFired) {
  Transition told = Fired();
  told.metric = metric;
  told.value = value;
  told.kind = kind;
  return SummaryText(told);
}

TEST(Wording, SaysWhatIsWrong) {
  EXPECT_EQ(SummaryOf(AlertMetric::kMemoryPercent, 94.3),
            "shop-web-1: memory use of its limit is 94.3 % (threshold >= 90 %)");
  EXPECT_EQ(SummaryOf(AlertMetric::kExitCode, 137), "shop-web-1: exited with code 137");
  EXPECT_EQ(SummaryOf(AlertMetric::kUnhealthy, 1), "shop-web-1: is unhealthy");
}

TEST(Wording, NamesWhatIsAbsentByItsLabel) {
  Transition told = Fired();
  told.metric = AlertMetric::kAbsent;
  told.name.clear();
  EXPECT_EQ(SummaryText(told), "shop-web-1: is not running");
}

TEST(Wording, CountsWhatHappenedInGoodEnglish) {
  EXPECT_EQ(SummaryOf(AlertMetric::kRestarts, 1), "shop-web-1: restarted once");
  EXPECT_EQ(SummaryOf(AlertMetric::kRestarts, 5), "shop-web-1: restarted 5 times");
  const std::string out_of_memory = "shop-web-1: out of memory, the kernel killed ";
  EXPECT_EQ(SummaryOf(AlertMetric::kOomKills, 1), out_of_memory + "1 process");
  EXPECT_EQ(SummaryOf(AlertMetric::kOomKills, 2), out_of_memory + "2 processes");
}

TEST(Wording, SaysThatItStillIsSo) {
  const TransitionKind repeated = TransitionKind::kRepeated;
  EXPECT_EQ(SummaryOf(AlertMetric::kMemoryPercent, 94.3, repeated),
            "shop-web-1: memory use of its limit is still 94.3 % (threshold >= 90 %)");
  EXPECT_EQ(SummaryOf(AlertMetric::kUnhealthy, 1, repeated), "shop-web-1: is still unhealthy");
  EXPECT_EQ(SummaryOf(AlertMetric::kAbsent, 1, repeated), "shop-web-1: is still not running");
}

TEST(Wording, SaysNoThresholdThatNobodySet) {
  Transition told = Fired();
  told.metric = AlertMetric::kAbsent;
  EXPECT_EQ(ThresholdText(told), "");
}

TEST(Wording, ReadsARecoveryAsARecovery) {
  for (size_t metric = 0; metric < kAlertMetrics; ++metric) {
    Transition told = Resolved();
    told.metric = static_cast<AlertMetric>(metric);
    told.value = 0;
    EXPECT_THAT(SummaryText(told), HasSubstr(": recovered: "));
    EXPECT_THAT(SummaryText(told), Not(HasSubstr("threshold")));
    EXPECT_EQ(StatusWord(told), std::string("Recovered"));
  }
}

TEST(Wording, CallsNoEndARecoveryThatIsNone) {
  for (const ResolveReason reason :
       {ResolveReason::kStopped, ResolveReason::kDisabled, ResolveReason::kRemoved, ResolveReason::kChanged,
        ResolveReason::kUnmatched}) {
    Transition told = Resolved();
    told.reason = reason;
    EXPECT_THAT(SummaryText(told), StartsWith("shop-web-1: alert ended: "));
    EXPECT_EQ(StatusWord(told), std::string("Ended"));
  }
}

TEST(Wording, NamesTheHostAsFarAsItIsKnown) {
  Transition told = HostEnded();
  told.reason = ResolveReason::kStopped;
  EXPECT_EQ(SummaryText(told), "host db.example: alert ended") << "a host is no container that is gone";
  told.labels.clear();
  EXPECT_EQ(SubjectText(told), "the host");
  told.labels = {{"name", "db"}};
  EXPECT_EQ(SubjectText(told), "db") << "what is absent has its name in a label";
}

TEST(Wording, LinksTheContainersPageOrElseTheFirst) {
  EXPECT_EQ(LinkTo("http://h:9797", Fired()), "http://h:9797/#/containers/7");
  EXPECT_EQ(LinkTo("http://h:9797", HostEnded()), "http://h:9797/");
  EXPECT_EQ(LinkTo("", Fired()), "");
}

}  // namespace
}  // namespace plimsoll::alerting::testing
