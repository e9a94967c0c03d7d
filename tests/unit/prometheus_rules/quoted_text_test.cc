#include "alerting/prometheus/quoted_text.h"

#include <gtest/gtest.h>

#include "table.h"

namespace plimsoll::alerting {
namespace {

TEST(QuotedTextTest, YamlIsPlainWhereItCanBe) {
  ExpectTable(YamlScalar,
              {{"", "''"},
               {"on: #1 \"x\" \\ {y}", "'on: #1 \"x\" \\ {y}'"},
               {"it's", "'it''s'"},
               {"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2", "'h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2'"}});
}

TEST(QuotedTextTest, WhatYamlDoesNotTakeIsEscaped) {
  ExpectTable(YamlScalar,
              {{"a\nb\tc\"d\\'", "\"a\\nb\\tc\\\"d\\\\'\""},
               {std::string("\0\x01\x7f", 3), "\"\\u0000\\u0001\\u007f\""},
               {"\xc2\x85\xe2\x80\xa8\xef\xbb\xbf\xef\xbf\xbf", "\"\\u0085\\u2028\\ufeff\\uffff\""},
               {"\xf0\x9f\x9a\xa2\n", "\"\xf0\x9f\x9a\xa2\\n\""},
               {"a\xff"
                "b\xc3",
                "\"a\xef\xbf\xbd"
                "b\xef\xbf\xbd\""}});
}

TEST(QuotedTextTest, PromqlHasOneLine) {
  EXPECT_EQ(PromqlString("a\\.b\"c'\n{}"), "\"a\\\\.b\\\"c'\\n{}\"");
  EXPECT_EQ(PromqlString("\x1b\xff"), "\"\\u001b\xef\xbf\xbd\"");
}

TEST(QuotedTextTest, BracesOfATemplateAreCharacters) {
  ExpectTable(TemplateLiteral, {{"a {b} }} c", "a {b} }} c"},
                                {"{{x}}", "{{ \"{{\" }}x}}"},
                                {"a{{{{{b", "a{{ \"{{{{{\" }}b"},
                                {"a{", "a{{ \"{\" }}"},  // an action may follow
                                {"", ""}});
}

}  // namespace
}  // namespace plimsoll::alerting
