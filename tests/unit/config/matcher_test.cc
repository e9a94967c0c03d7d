#include "config/matcher.h"

#include <gtest/gtest.h>

#include "config/url.h"

namespace plimsoll {
namespace {

using Op = LabelMatcher::Op;

TEST(ParseMatcherTest, ReadsWhatAlertmanagerReads) {
  EXPECT_EQ(*ParseMatcher("name=\"web\""), (LabelMatcher{"name", Op::kEqual, "web"}));
  EXPECT_EQ(*ParseMatcher("name=web"), (LabelMatcher{"name", Op::kEqual, "web"}));
  EXPECT_EQ(*ParseMatcher(" severity != \"info\" "), (LabelMatcher{"severity", Op::kNotEqual, "info"}));
  EXPECT_EQ(*ParseMatcher("pod=~\"a|b\""), (LabelMatcher{"pod", Op::kRegex, "a|b"}));
  EXPECT_EQ(*ParseMatcher("pod!~x.+"), (LabelMatcher{"pod", Op::kNotRegex, "x.+"}));
  EXPECT_EQ(*ParseMatcher("a=\"say \\\"x\\\" \\\\ y\""), (LabelMatcher{"a", Op::kEqual, "say \"x\" \\ y"}));
  EXPECT_EQ(*ParseMatcher("a=\"\""), (LabelMatcher{"a", Op::kEqual, ""}));
  EXPECT_EQ(*ParseMatcher("a=b=c"), (LabelMatcher{"a", Op::kEqual, "b=c"}));
}

TEST(ParseMatcherTest, RefusesWhatIsNoMatcher) {
  for (const char* text : {"", "a", "=b", "1a=b", "a.b=c", "a~b", "a!b", "a=\"b", "a=\"b\"c", "a=b,c",
                           "a=~\"(\"", "a=~\"*\"", "a=~\"((((a{1000}){1000}){1000}){1000})\""})
    EXPECT_FALSE(ParseMatcher(text)) << text;
  EXPECT_FALSE(ParseMatcher("a=~\"" + std::string(501, 'x') + "\""));
  EXPECT_TRUE(ParseMatcher("a=\"" + std::string(501, 'x') + "\"")) << "plain text has no such bound";
}

TEST(CheckUrlTest, TakesAddressesOfHttpServers) {
  for (const char* url : {"http://a", "https://a.example:8443/x?y=z#f", "http://127.0.0.1:9000",
                          "http://[::1]/", "http://[fe80::1]:80/a@b", "http://my_service"})
    EXPECT_EQ(CheckUrl(url), "") << url;
}

TEST(CheckUrlTest, RefusesWhatIsNone) {
  for (const char* url :
       {"", "a", "ftp://a", "HTTP://a", "http://", "http:///x", "http://u:p@a/", "http://a:0",
        "http://a:65536", "http://a:x", "http://a:", "http://[::1", "http://[]", "http://[x]",
        "http://[::1]x", "http://a b", "http://a\n", "http://a%20b/"})
    EXPECT_NE(CheckUrl(url), "") << url;
  EXPECT_NE(CheckUrl("http://a/" + std::string(2048, 'x')), "");
}

}  // namespace
}  // namespace plimsoll
