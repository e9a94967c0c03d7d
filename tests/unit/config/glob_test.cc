#include "config/glob.h"

#include <fnmatch.h>
#include <gtest/gtest.h>

#include <string>

namespace plimsoll {
namespace {

TEST(CheckGlobTest, TakesWhatFnmatchUnderstands) {
  for (const char* glob : {"*",
                           "web-*",
                           "?",
                           "db-[0-9]",
                           "[!a]",
                           "[^a]",
                           "[]]",
                           "[!]]",
                           "[]-a]",
                           "[a-]",
                           "[-a]",
                           "[a\\]b]",
                           "\\[",
                           "\\\\",
                           "a]",
                           "[[:alpha:]_]",
                           "[[:digit:]-z]",
                           "[[.-.]]",
                           "[[=a=]]",
                           "[a-a]",
                           "[ä-ö]",
                           "[a-b-c]",
                           "/system.slice/*",
                           "{a,b}",
                           "[[]",
                           "[[a]"})
    EXPECT_TRUE(CheckGlob(glob).has_value()) << glob << ": " << CheckGlob(glob).error().message;
}

TEST(CheckGlobTest, RefusesWhatFnmatchNeverMatchesOrReadsAsPlainText) {
  for (const char* glob : {"",           "[",        "a[",           "[]",     "[!]",    "[a",      "[a-",
                           "[[:alpha:]", "[[:alpha", "[\\]",         "\\",     "a\\",    "a\\\\\\", "[z-a]",
                           "[b-\\a]",    "x[9-0]y",  "[[:number:]]", "[[::]]", "[!z-a]", "[a]["})
    EXPECT_FALSE(CheckGlob(glob).has_value()) << glob;
}

TEST(CheckGlobTest, ARangeThatRunsBackwardsMatchesNothing) {
  // Why it is refused: fnmatch takes it without a word.
  for (int c = 1; c < 128; ++c)
    EXPECT_NE(::fnmatch("[z-a]", std::string(1, static_cast<char>(c)).c_str(), 0), 0) << c;
}

TEST(CheckGlobTest, BoundsTheLength) {
  EXPECT_TRUE(CheckGlob(std::string(4096, 'a')).has_value());
  EXPECT_FALSE(CheckGlob(std::string(4097, 'a')).has_value());
}

}  // namespace
}  // namespace plimsoll
