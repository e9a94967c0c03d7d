#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "alerting/notify/message_text.h"
#include "alerting/notify/template_text.h"
#include "alerting/text/bounded_text.h"
#include "alerting/text/figure_text.h"
#include "unit/notify/notify_fixture.h"

namespace plimsoll::alerting::testing {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

TEST(FigureText, CarriesTheUnit) {
  EXPECT_EQ(FigureText(AlertMetric::kCpuPercent, 137.46), "137.5 %");
  EXPECT_EQ(FigureText(AlertMetric::kMemoryPercent, 90), "90 %");
  EXPECT_EQ(FigureText(AlertMetric::kMemoryUsedBytes, 1536.0 * (1 << 20)), "1.5 GiB");
  EXPECT_EQ(FigureText(AlertMetric::kMemoryUsedBytes, 1023.96), "1 KiB");
  EXPECT_EQ(FigureText(AlertMetric::kMemoryUsedBytes, 0), "0 B");
  EXPECT_EQ(FigureText(AlertMetric::kNetworkReceive, 2048), "2 KiB/s");
  EXPECT_EQ(FigureText(AlertMetric::kRestarts, 3), "3");
  EXPECT_EQ(FigureText(AlertMetric::kUnscrapedSeconds, 750), "12m 30s");
  EXPECT_EQ(FigureText(AlertMetric::kUnhealthy, 1), "unhealthy");
  EXPECT_EQ(FigureText(AlertMetric::kAbsent, 0), "running");
  EXPECT_EQ(FigureText(AlertMetric::kCpuPercent, -0.01), "0 %");
  EXPECT_EQ(FigureText(AlertMetric::kCpuPercent, 1e300), "more than 1e15 %");
  EXPECT_EQ(FigureText(AlertMetric::kCpuPercent, std::numeric_limits<double>::quiet_NaN()), "unknown");
}

TEST(FigureText, KeepsToItsUnitsWhateverTheNumber) {
  EXPECT_EQ(FigureText(AlertMetric::kCpuPercent, -1e300), "less than -1e15 %");
  EXPECT_EQ(FigureText(AlertMetric::kMemoryUsedBytes, 3e18), "2664.5 PiB");
  EXPECT_EQ(FigureText(AlertMetric::kUnhealthy, 0), "healthy");
  EXPECT_EQ(FigureText(AlertMetric::kAbsent, 1), "absent");
}

TEST(LimitText, IsInTheUnitOfTheLimitAndNotOfTheFigure) {
  EXPECT_EQ(LimitText(AlertMetric::kMemoryPercent, 512.0 * (1 << 20)), "512 MiB");
  EXPECT_EQ(LimitText(AlertMetric::kPidsPercent, 100), "100 threads");
  EXPECT_EQ(LimitText(AlertMetric::kCpuOfLimitPercent, 150), "150 %");
}

TEST(LastedText, HasTheTwoGreatestParts) {
  EXPECT_EQ(LastedText(-5s), "0s");
  EXPECT_EQ(LastedText(59s), "59s");
  EXPECT_EQ(LastedText(60s), "1m");
  EXPECT_EQ(LastedText(12min + 50s), "12m 50s");
  EXPECT_EQ(LastedText(2h + 59s), "2h");
  EXPECT_EQ(LastedText(76h + 5min), "3d 4h");
}

TEST(Shorten, CutsBetweenCharactersAndMarksIt) {
  EXPECT_EQ(Shorten("abcdef", 6, TextUnit::kBytes), "abcdef");
  EXPECT_EQ(Shorten("abcdefg", 6, TextUnit::kBytes), "abc…");
  EXPECT_EQ(Shorten("ééé", 5, TextUnit::kBytes), "é…");
  EXPECT_EQ(Shorten("🔥🔥🔥", 5, TextUnit::kUtf16), "🔥🔥…");
  EXPECT_EQ(Shorten("🔥🔥🔥", 4, TextUnit::kUtf16), "🔥…");
}

TEST(BoundedText, NeverOpensWhatItCannotClose) {
  for (size_t most = 1; most < 40; ++most) {
    BoundedText text(most, TextUnit::kBytes);
    text.Wrapped("<b>", "abcdef", "</b>");
    text.Text(" and more of it");
    const std::string made = text.Take();
    EXPECT_LE(made.size(), most);
    EXPECT_EQ(made.find("<b>") == std::string::npos, made.find("</b>") == std::string::npos) << made;
  }
}

TEST(BoundedText, TakesNothingAfterItsCut) {
  BoundedText text(10, TextUnit::kUtf16);
  text.Text("abcdefghijkl");
  text.Text("m");
  text.Markup("n");
  EXPECT_TRUE(text.is_cut());
  EXPECT_EQ(text.Take(), "abcdefghi…");
}

// Values of prometheus/common, model/signature_test.go.
TEST(Fingerprint, IsThatOfPrometheus) {
  EXPECT_EQ(Fingerprint({}), "cbf29ce484222325");
  EXPECT_EQ(Fingerprint({{"fear", "love is not enough"}, {"name", "garland, briggs"}}), "507a62d79ee76c9a");
}

TEST(MessageText, HasInCommonWhatAllHave) {
  const Message message = GroupedMessage();
  const MessageText text(message);
  EXPECT_THAT(text.common_labels, ElementsAre(Pair("instance", "db.example")));
  EXPECT_TRUE(text.common_annotations.empty());
  EXPECT_EQ(text.Status(), std::string("firing"));
  EXPECT_EQ(text.Headline(), "1 firing, 1 still firing, 1 recovered, 1 ended");
  EXPECT_EQ(text.Severity(), "critical");
}

TEST(MessageText, IsResolvedWhenNothingFires) {
  const Message message = MessageOf({Resolved(), OfAnother(Resolved(), 9, "db")});
  const MessageText text(message);
  EXPECT_EQ(text.Status(), std::string("resolved"));
  EXPECT_EQ(text.Headline(), "2 recovered: ContainerMemoryHigh");
}

TEST(Annotations, OfTheRuleAreRenderedWithoutEscapes) {
  Transition told = Fired();
  told.name = "a<b>&\"c\"";
  told.annotations = {{"own", "{{name}} {{labels.instance}} {{#firing}}on{{/firing}}{{no_such_thing}}"},
                      {"summary", "mine: {{value}}"}};
  const Message message = MessageOf({told});
  const MessageText text(message);
  EXPECT_THAT(text.alerts[0].annotations, Contains(Pair("own", "a<b>&\"c\" db.example on")));
  EXPECT_THAT(text.alerts[0].annotations, Contains(Pair("summary", "mine: 94.3 %")));
  EXPECT_THAT(text.alerts[0].annotations, Contains(Key("top_consumers")));
}

TEST(Annotations, LeaveOutASectionOfWhatIsUnknown) {
  Transition told = Fired();
  told.annotations = {
      {"own", "a{{#limit}} of {{limit}}{{/limit}}{{^compose_project}} alone{{/compose_project}}"}};
  Message message = MessageOf({told});
  EXPECT_THAT(MessageText(message).alerts[0].annotations, Contains(Pair("own", "a of 512 MiB")));
  message.transitions[0].limit.reset();
  message.transitions[0].compose_project.clear();
  EXPECT_THAT(MessageText(message).alerts[0].annotations, Contains(Pair("own", "a alone")));
}

TEST(Annotations, OfAFaultyTemplateStandAsWritten) {
  Transition told = Fired();
  told.annotations = {{"own", "{{#open}} {{name}}"}};
  const Message message = MessageOf({told});
  EXPECT_THAT(MessageText(message).alerts[0].annotations, Contains(Pair("own", "{{#open}} {{name}}")));
}

TEST(DashboardLink, HoldsNamesAsAUrlNeedsThem) {
  Transition told = Fired();
  told.name = "a b&c/ä\"#";
  Message message = MessageOf({told});
  message.dashboard_url = "https://grafana.example/d/x?var-container={{name}}";
  EXPECT_EQ(MessageText(message).alerts[0].dashboard,
            "https://grafana.example/d/x?var-container=a%20b%26c%2F%C3%A4%22%23");
  message.dashboard_url.clear();
  EXPECT_EQ(MessageText(message).alerts[0].dashboard, "");
  EXPECT_THAT(MessageText(message).alerts[0].annotations, Not(Contains(Key("dashboard_url"))));
}

TEST(JsonReceiver, RefusesAFaultyTemplate) {
  ReceiverConfig receiver = ReceiverOf(ReceiverType::kJson);
  receiver.body_template = "{{#alerts}}";
  const auto requests = Compose(receiver, MessageOf({Fired()}), At(kNow));
  ASSERT_FALSE(requests);
  EXPECT_THAT(requests.error().message, StartsWith("the template of the receiver ops: "));
}

}  // namespace
}  // namespace plimsoll::alerting::testing
