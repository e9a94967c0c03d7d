#include "config/yaml_tree.h"

#include <gtest/gtest.h>

#include "config/yaml_bytes.h"
#include "config/yaml_reader.h"

namespace plimsoll {
namespace {

std::vector<ConfigFault> FaultsOf(const std::string& text) {
  std::vector<ConfigFault> faults;
  const YamlTree tree(text, faults);
  return faults;
}

TEST(YamlTreeTest, KnowsWhereEverythingStands) {
  std::vector<ConfigFault> faults;
  const YamlTree tree("a: [x, {b: \"y\"}]\nc:\n  - z\n", faults);
  EXPECT_EQ(FormatFaults("f", faults), "");
  const YamlNode& root = tree.Root();
  ASSERT_EQ(root.kind, YamlNode::Kind::kMap);
  ASSERT_EQ(root.entries.size(), 2U);
  EXPECT_EQ(root.entries[1].key, "c");
  EXPECT_EQ(root.entries[1].line, 2);
  const YamlNode& list = tree.At(root.entries[0].value);
  ASSERT_EQ(list.items.size(), 2U);
  const YamlNode& map = tree.At(list.items[1]);
  EXPECT_EQ(map.column, 8);
  EXPECT_EQ(tree.At(map.entries[0].value).text, "y");
  EXPECT_EQ(tree.At(map.entries[0].value).column, 12);
  const YamlNode& z = tree.At(tree.At(root.entries[1].value).items[0]);
  EXPECT_EQ(z.line, 3);
  EXPECT_EQ(z.column, 5);
}

TEST(YamlTreeTest, AliasesShareOneNodeHoweverManyThereAre) {
  std::string text = "l0: &l0 [x, x]\n";
  for (int i = 1; i <= 30; ++i) {
    const std::string name = "l" + std::to_string(i), before = "*l" + std::to_string(i - 1);
    text += name + ": &" + name + " [" + before + ", " + before + "]\n";
  }
  std::vector<ConfigFault> faults;
  const YamlTree tree(text, faults);  // two to the 31st when expanded
  EXPECT_TRUE(faults.empty());
  const YamlNode& last = tree.At(tree.Root().entries[30].value);
  EXPECT_EQ(last.items[0], last.items[1]);
}

TEST(YamlTreeTest, TakesThirtyTwoLevelsAndRefusesMore) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(FaultsOf(nested(32)).empty());
  ASSERT_EQ(FaultsOf(nested(33)).size(), 1U);
  EXPECT_EQ(FaultsOf(nested(33))[0].column, 33);
  for (const std::string level : {"[", "{", "{a: ", "- ", "? ", "[? "}) {
    std::string text;
    for (int i = 0; i < 20000; ++i) text += level;
    EXPECT_FALSE(FaultsOf(text).empty()) << level;
  }
}

TEST(YamlTreeTest, WhatStandsBeforeASyntaxFaultIsKept) {
  std::vector<ConfigFault> faults;
  const YamlTree tree("a: 1\nb: [x\nc: 2\n", faults);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_FALSE(tree.Root().complete);
  ASSERT_GE(tree.Root().entries.size(), 1U);
  EXPECT_EQ(tree.At(tree.Root().entries[0].value).text, "1");
}

TEST(YamlTreeTest, FindsTheQuoteThatSwallowsTheRestOfTheFile) {
  // yaml-cpp itself takes these files.
  for (const char* text :
       {"a: \"x\nb: 1\n", "a: 'x\nb: 1\n", "a: &n \"x\n", "a: !!str 'x\n", "- 'it''s\n", "- \"a\\\"\n"}) {
    ASSERT_EQ(FaultsOf(text).size(), 1U) << text;
    EXPECT_NE(FaultsOf(text)[0].message.find("is never closed"), std::string::npos) << text;
  }
  for (const char* text : {"a: \"x\nb\"\n", "a: 'it''s'\n", "a: \"\\\"\"\n", "a: \"\\\\\"", "a: ''",
                           "a: &n 'x'\n", "a: x'y\n", "a: |\n  \"x\n"})
    EXPECT_TRUE(FaultsOf(text).empty()) << text;
}

TEST(YamlTreeTest, ColumnsCountCharacters) {
  std::vector<ConfigFault> faults;
  const YamlTree tree("{ä: 1, 容器: [🐳, z]}\n", faults);
  const YamlNode& list = tree.At(tree.Root().entries[1].value);
  EXPECT_EQ(tree.Root().entries[1].column, 8);
  EXPECT_EQ(tree.At(list.items[1]).column, 16);
}

TEST(CheckBytesTest, TakesUtf8AndRefusesEverythingElse) {
  for (const char* text : {"", "a\tb\r\nc\n", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_FALSE(CheckBytes(text)) << text;
  for (const char* text : {"\x80", "\xc1\xbf", "\xc2", "\xc2\x7f", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
                           "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff\xfe", "\x01",
                           "\x7f", "\x1b", "a\rb", "a\r"})
    EXPECT_TRUE(CheckBytes(text)) << text;
  EXPECT_TRUE(CheckBytes(std::string_view("\0", 1)));
}

TEST(QuotedTest, IsAlwaysOneLineOfUtf8) {
  EXPECT_EQ(Quoted("a\nb\x7f"), "\"a\\x0ab\\x7f\"");
  EXPECT_EQ(Quoted("\xc3\xa4\xc3"), "\"ä\\xc3\"");
  EXPECT_EQ(Quoted(std::string(60, 'a')), '"' + std::string(60, 'a') + '"');
  EXPECT_EQ(Quoted(std::string(59, 'a') + "äb"), '"' + std::string(59, 'a') + "ä...\"");
}

TEST(YamlTreeTest, FaultsOfTheParserItselfAreShownEscaped) {
  ASSERT_EQ(FaultsOf("\"\\ä\"").size(), 1U);  // yaml-cpp quotes half a character
  EXPECT_EQ(FaultsOf("\"\\ä\"")[0].message, "not valid YAML: unknown escape character: \\xc3");
}

TEST(NearestTest, ForgivesSlipsAndSpellingsButDoesNotGuess) {
  const std::vector<std::string_view> known = {"interval", "last_seen_for", "runtimes", "include", "exclude"};
  EXPECT_EQ(Nearest("intervall", known), "interval");
  EXPECT_EQ(Nearest("inteval", known), "interval");
  EXPECT_EQ(Nearest("itnerval", known), "interval");
  EXPECT_EQ(Nearest("lastSeenFor", known), "last_seen_for");
  EXPECT_EQ(Nearest("RUNTIMES", known), "runtimes");
  EXPECT_EQ(Nearest("exlude", known), "exclude");
  EXPECT_EQ(Nearest("labels", known), "");
  EXPECT_EQ(Nearest("x", known), "");
  EXPECT_EQ(Nearest("", known), "");
  EXPECT_EQ(Nearest(std::string(100, 'i'), known), "");
}

}  // namespace
}  // namespace plimsoll
