#include "alerting/engine/transition_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plimsoll::alerting {
namespace {

TEST(TransitionTextTest, IsReadBackAsItWas) {
  Transition told;
  told.id = "t1";
  told.alert = "a1";
  told.kind = TransitionKind::kResolved;
  told.rule = "Busy \"\xc3\xa4\"";
  told.labels = {{"name", "web"}};
  told.receivers = {"ops"};
  told.limit = 100;
  told.consumed = AlertMetric::kCpuPercent;
  told.at = WallTime(std::chrono::seconds(1'700'000'000));
  const std::string text = TransitionText(told);
  const auto back = ParseTransition(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(TransitionText(*back), text);
  EXPECT_EQ(back->rule, told.rule);
  EXPECT_EQ(back->consumed, told.consumed);
  for (size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(ParseTransition(text.substr(0, length))) << length;
}

TEST(TransitionTextTest, WhatIsNoTransitionSaysWhatItShouldHaveBeen) {
  for (const char* text :
       {"", "null", "[]", "{}", "7", R"({"id":3})", R"({"id":"a","alert":"b","kind":"c"})"}) {
    const auto parsed = ParseTransition(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, testing::StartsWith("a stored transition: "));
  }
}

TEST(TransitionTextTest, PairsAndListsThatCannotBeReadAreEmpty) {
  EXPECT_EQ(ParsePairs(PairsText({{"a", "b"}})), (TextPairs{{"a", "b"}}));
  EXPECT_EQ(ParseList(ListText({"a"})), (std::vector<std::string>{"a"}));
  for (const char* text : {"", "{", "7", "[7]", R"([["a",7]])", R"({"a":{}})"}) {
    EXPECT_TRUE(ParsePairs(text).empty()) << text;
    EXPECT_TRUE(ParseList(text).empty()) << text;
  }
}

}  // namespace
}  // namespace plimsoll::alerting
