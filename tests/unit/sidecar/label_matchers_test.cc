#include "alerting/sidecar/label_matchers.h"

#include <gtest/gtest.h>

#include "config/matcher.h"

namespace plimsoll::alerting {
namespace {

LabelMatchers Compiled(std::initializer_list<const char*> texts) {
  std::vector<LabelMatcher> matchers;
  for (const char* text : texts) matchers.push_back(*ParseMatcher(text));
  return *LabelMatchers::Compile(matchers);
}

TEST(LabelMatchersTest, AllMustHold) {
  const TextPairs labels{{"alertname", "CpuHigh"}, {"name", "web-1"}};
  EXPECT_TRUE(Compiled({"alertname=CpuHigh", "name=~\"web-.*\""}).Match(labels));
  EXPECT_FALSE(Compiled({"alertname=CpuHigh", "name!~\"web-.*\""}).Match(labels));
  EXPECT_FALSE(Compiled({"alertname!=CpuHigh"}).Match(labels));
  EXPECT_TRUE(Compiled({}).Match(labels));
}

TEST(LabelMatchersTest, ARegexIsAnchoredAtBothEnds) {
  EXPECT_FALSE(Compiled({"name=~\"web\""}).Match({{"name", "web-1"}}));
  EXPECT_FALSE(Compiled({"name=~\"b-1\""}).Match({{"name", "web-1"}}));
  EXPECT_FALSE(Compiled({"name=~\"a|web\""}).Match({{"name", "webx"}}));
}

TEST(LabelMatchersTest, ALabelThatIsNotThereIsEmpty) {
  EXPECT_TRUE(Compiled({"pod=\"\""}).Match({{"name", "web"}}));
  EXPECT_TRUE(Compiled({"pod!=x"}).Match({{"name", "web"}}));
  EXPECT_FALSE(Compiled({"pod=~\".+\""}).Match({{"name", "web"}}));
}

TEST(LabelMatchersTest, RuleIsAnotherWordForAlertname) {
  EXPECT_TRUE(Compiled({"rule=CpuHigh"}).Match({{"alertname", "CpuHigh"}}));
  EXPECT_FALSE(Compiled({"rule=CpuHigh"}).Match({{"alertname", "MemHigh"}}));
  EXPECT_FALSE(Compiled({"rule=CpuHigh"}).Match({{"alertname", "CpuHigh"}, {"rule", "r1"}}))
      << "a label of that name";
}

// Hangs where paths are tried one by one.
TEST(LabelMatchersTest, ARegexThatBranchesWithoutEndIsBounded) {
  const std::string text(1000, 'a');
  EXPECT_FALSE(Compiled({"name=~\"(a+)+b\""}).Match({{"name", text}}));
  EXPECT_TRUE(Compiled({"name=~\"(a|aa)+\""}).Match({{"name", text}}));
}

TEST(LabelMatchersTest, ARegexThatRefersBackIsRefused) {
  EXPECT_FALSE(LabelMatchers::Compile({{"name", LabelMatcher::Op::kRegex, "(a)\\1"}}));
  EXPECT_FALSE(LabelMatchers::Compile({{"name", LabelMatcher::Op::kRegex, "(a"}}));
  EXPECT_FALSE(
      LabelMatchers::Compile(std::vector<LabelMatcher>(33, {"name", LabelMatcher::Op::kEqual, "a"})));
}

}  // namespace
}  // namespace plimsoll::alerting
