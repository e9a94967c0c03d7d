#include "alerting/prometheus/quoted_text.h"

#include <gtest/gtest.h>

namespace plimsoll::alerting {
namespace {

TEST(QuotedTextTest, YamlIsPlainWhereItCanBe) {
  EXPECT_EQ(YamlScalar(""), "''");
  EXPECT_EQ(YamlScalar("on: #1 \"x\" \\ {y}"), "'on: #1 \"x\" \\ {y}'");
  EXPECT_EQ(YamlScalar("it's"), "'it''s'");
  EXPECT_EQ(YamlScalar("h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2"),
            "'h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2'");
}

TEST(QuotedTextTest, WhatYamlDoesNotTakeIsEscaped) {
  EXPECT_EQ(YamlScalar("a\nb\tc\"d\\'"), "\"a\\nb\\tc\\\"d\\\\'\"");
  EXPECT_EQ(YamlScalar(std::string("\0\x01\x7f", 3)), "\"\\u0000\\u0001\\u007f\"");
  EXPECT_EQ(YamlScalar("\xc2\x85\xe2\x80\xa8\xef\xbb\xbf\xef\xbf\xbf"), "\"\\u0085\\u2028\\ufeff\\uffff\"");
  EXPECT_EQ(YamlScalar("\xf0\x9f\x9a\xa2\n"), "\"\xf0\x9f\x9a\xa2\\n\"");
  EXPECT_EQ(YamlScalar("a\xff"
                       "b\xc3"),
            "\"a\xef\xbf\xbd"
            "b\xef\xbf\xbd\"");
}

TEST(QuotedTextTest, PromqlHasOneLine) {
  EXPECT_EQ(PromqlString("a\\.b\"c'\n{}"), "\"a\\\\.b\\\"c'\\n{}\"");
  EXPECT_EQ(PromqlString("\x1b\xff"), "\"\\u001b\xef\xbf\xbd\"");
}

TEST(QuotedTextTest, BracesOfATemplateAreCharacters) {
  EXPECT_EQ(TemplateLiteral("a {b} }} c"), "a {b} }} c");
  EXPECT_EQ(TemplateLiteral("{{x}}"), "{{ \"{{\" }}x}}");
  EXPECT_EQ(TemplateLiteral("a{{{{{b"), "a{{ \"{{{{{\" }}b");
  EXPECT_EQ(TemplateLiteral("a{"), "a{{ \"{\" }}") << "an action may follow";
  EXPECT_EQ(TemplateLiteral(""), "");
}

}  // namespace
}  // namespace plimsoll::alerting
