#include "alerting/prometheus/glob_regex.h"

#include <fnmatch.h>
#include <gtest/gtest.h>

#include <random>
#include <regex>

#include "config/glob.h"
#include "table.h"

namespace plimsoll::alerting {
namespace {

TEST(GlobRegexTest, WritesWhatRE2Reads) {
  ExpectTable(RegexOfGlob, {{"web-*", "web-.*"},
                            {"a.b?c", "a\\.b.c"},
                            {"[!a-f]x[]x]", "[^a-f]x[\\]x]"},
                            {"[[:alpha:]_-]", "[[:alpha:]_\\-]"},
                            {"[[.-.][=e=]\\]]", "[\\-e\\]]"},
                            {"\\*(a|b)\\\\^$", "\\*\\(a\\|b\\)\\\\\\^\\$"},
                            {"a[b", "a\\[b"}});
}

// One expression that it refuses would take the whole rule file with it.
TEST(GlobRegexTest, WritesNoRangeThatRE2Refuses) {
  ExpectTable(RegexOfGlob, {{"[\xc3\xa9-a]", "[^\\x00-\\x{10FFFF}]"},
                            {"[!\xc3\xa9-a]", "[\\x00-\\x{10FFFF}]"},
                            {"[x\xc3\xa9-a]", "[x]"},
                            {"[a-\xc3\xa9]", "[a-\xc3\xa9]"},
                            {"[a-[:digit:]]", "[a\\-[:digit:]]"},
                            {"[[:digit:]-z]", "[[:digit:]\\-z]"},
                            {"[x[..][.a\\.]]", "[x]"},
                            {"[a-c-e]", "[a-c\\-e]"}});
}

TEST(GlobRegexTest, KnowsPlainTexts) {
  ExpectTable(LiteralOfGlob, {{"nginx:1.25", "nginx:1.25"},
                              {"a\\*b\\\\", "a*b\\"},
                              {"a*", std::nullopt},
                              {"a[b]", std::nullopt},
                              {"a?", std::nullopt}});
}

TEST(GlobRegexTest, KnowsWhatMatchesNothing) {
  ExpectTable(MatchesEmpty, {{"*", true}, {"***", true}, {"*a", false}, {"?", false}});
}

TEST(GlobRegexTest, MatchesWhatFnmatchMatches) {
  std::mt19937 random(4);
  const auto text_of = [&](std::string_view alphabet, size_t most) {
    std::string text;
    for (size_t length = random() % (most + 1); length > 0; --length)
      text += alphabet[random() % alphabet.size()];
    return text;
  };
  int globs = 0, matches = 0;
  while (globs < 4000) {
    const std::string glob = text_of("aab.*?[]]!-^\\(", 8);
    if (!CheckGlob(glob)) continue;
    ++globs;
    const std::regex regex(RegexOfGlob(glob));
    for (int i = 0; i < 20; ++i) {
      const std::string text = text_of("aab.-]^!\\(*", 4);
      const bool expected = ::fnmatch(glob.c_str(), text.c_str(), 0) == 0;
      matches += expected;
      ASSERT_EQ(std::regex_match(text, regex), expected)
          << glob << " as " << RegexOfGlob(glob) << " on " << text;
      const auto literal = LiteralOfGlob(glob);
      ASSERT_TRUE(!literal || (*literal == text) == expected) << glob;
    }
  }
  EXPECT_GT(matches, 1000);
}

}  // namespace
}  // namespace plimsoll::alerting
