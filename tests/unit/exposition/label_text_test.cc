#include "exporter/exposition/label_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "table.h"
#include "unit/exposition/frames.h"

namespace plimsoll::exposition {
namespace {

using testing::Docker;
using ::testing::ElementsAre;
using ::testing::Pair;

std::string Escaped(std::string_view value) {
  std::string text(EscapedBound(value.size()) + 1, '#');
  char* end = EscapeLabelValue(text.data(), value);
  EXPECT_EQ(text.back(), '#') << "wrote beyond the bound";
  return {text.data(), end};
}

const std::string kBad = "\xEF\xBF\xBD";

TEST(LabelTextTest, EscapesWhatTheFormatReserves) {
  ExpectTable(Escaped, {{"", ""},
                        {"plain /path:1.2", "plain /path:1.2"},
                        {"a\"b\\c\nd", "a\\\"b\\\\c\\nd"},
                        {"{x=\"y\"} 1\n# EOF", "{x=\\\"y\\\"} 1\\n# EOF"},
                        {"tab\tcr\r", "tab\tcr\r"}});
}

TEST(LabelTextTest, KeepsUnicodeAndReplacesWhatIsNone) {
  ExpectTable(Escaped, {{"\xC3\xBC \xE2\x82\xAC \xF0\x9F\x9A\xA2", "\xC3\xBC \xE2\x82\xAC \xF0\x9F\x9A\xA2"},
                        {"a\xFFz", "a" + kBad + "z"},
                        {"\xC3", kBad},                                   // cut short
                        {"\xE2\x82z", kBad + kBad + "z"},                 // cut short in the middle
                        {"\xC0\xAF", kBad + kBad},                        // overlong '/'
                        {"\xE0\x80\xAF", kBad + kBad + kBad},             // overlong
                        {"\xED\xA0\x80", kBad + kBad + kBad},             // surrogate
                        {"\xF4\x90\x80\x80", kBad + kBad + kBad + kBad},  // beyond U+10FFFF
                        {"\xF0\x80\x80\xAF", kBad + kBad + kBad + kBad},  // overlong
                        {"\xC3\"", kBad + "\\\""},  // a cut lead byte must not swallow the quote
                        {std::string("a\0b", 3), "a" + kBad + "b"}});
}

TEST(LabelTextTest, CutsLongValuesAtACodePoint) {
  const std::string dots = "\xE2\x80\xA6";
  EXPECT_EQ(Escaped(std::string(1024, 'a')), std::string(1024, 'a'));
  EXPECT_EQ(Escaped(std::string(1025, 'a')), std::string(1021, 'a') + dots);
  EXPECT_EQ(Escaped(std::string(65'536, 'a')), std::string(1021, 'a') + dots);
  std::string two_bytes;
  for (int i = 0; i < 600; ++i) two_bytes += "\xC3\xBC";
  EXPECT_EQ(Escaped(two_bytes), two_bytes.substr(0, 1020) + dots);
  EXPECT_EQ(Escaped(std::string(1024, '"')).size(), 2048u);
  const std::string bad = ReadableLabelValue(std::string(1024, '\xFF'));
  EXPECT_EQ(bad.size(), 3 * 340 + dots.size());  // as many U+FFFD as fit beside the dots
}

TEST(LabelTextTest, ReadableIsWhatAScraperReads) {
  EXPECT_EQ(ReadableLabelValue("a\"\\\nb"), "a\"\\\nb");
  EXPECT_EQ(ReadableLabelValue("a\xFF"), "a" + kBad);
}

TEST(LabelTextTest, OnlyAllowedLabelsAreShown) {
  auto who = Docker("1", "one");
  who->labels = {{"a", "1"}, {"b", "2"}, {"c", ""}};
  EXPECT_EQ(RenderLabelBlocks(*who, {"b", "c"}).full,
            R"({container_label_b="2",id="/docker/1",image="nginx:1.25",name="one")");
  EXPECT_EQ(RenderLabelBlocks(*who, {"*"}).full,
            R"({container_label_a="1",container_label_b="2",id="/docker/1",image="nginx:1.25",name="one")");
  EXPECT_EQ(RenderLabelBlocks(*who, {}).full, R"({id="/docker/1",image="nginx:1.25",name="one")");
  EXPECT_EQ(RenderLabelBlocks(*who, {"*"}).identity, R"({id="/docker/1",image="nginx:1.25",name="one")");
}

TEST(LabelTextTest, TheFirstOfEqualNamesWins) {
  auto who = Docker("1", "one");
  who->labels = {{"a-b", "first"}, {"a.b", "second"}, {"a_b", "third"}};
  EXPECT_THAT(ContainerLabels(*who, {"*"}), ElementsAre(Pair("container_label_a_b", "first")));
}

TEST(LabelTextTest, KubernetesLabelsStandBesideTheRest) {
  auto who = testing::Plain("/kubepods/pod1/c");
  who->kube_namespace = "prod";
  who->kube_pod = "app-0";
  who->kube_container = "POD";
  EXPECT_EQ(RenderLabelBlocks(*who, {}).full,
            R"({container="POD",id="/kubepods/pod1/c",namespace="prod",pod="app-0")");
}

TEST(LabelTextTest, OneContainersLabelsCannotFloodTheBody) {
  auto who = Docker("1", "one");
  for (int i = 0; i < 5000; ++i)
    who->labels.emplace_back("label" + std::to_string(10'000 + i), std::string(2000, 'x'));
  const LabelBlocks blocks = RenderLabelBlocks(*who, {"*"});
  EXPECT_LE(blocks.full.size(), kMaxContainerLabels + 200);
  EXPECT_GT(blocks.labels_left_out, 4900u);
  EXPECT_LT(blocks.labels_left_out, 5000u);
}

}  // namespace
}  // namespace plimsoll::exposition
