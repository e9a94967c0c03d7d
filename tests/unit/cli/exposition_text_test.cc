#include "exporter/cli/exposition_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "unit/cli/parsed.h"

namespace plimsoll::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string FaultOf(const std::string& text) {
  const auto parsed = ParseExposition(text);
  return parsed ? "no fault" : parsed.error().message;
}

// Written by hand in the form that cAdvisor answers in: empty labels, a timestamp, exponents.
TEST(ExpositionText, ReadsFamiliesLabelsAndValues) {
  const auto families = Parse(
      "# HELP container_last_seen Last time a container was seen by the exporter\n"
      "# TYPE container_last_seen gauge\n"
      "container_last_seen{container_label_x=\"\",id=\"/\",image=\"\",name=\"\"} 1.795411857e+09 "
      "1795411857229\n"
      "container_last_seen{id=\"/docker/ab\",image=\"busy:1\",name=\"web\"} 7\n");
  ASSERT_EQ(families.size(), 1u);
  const ExposedFamily& family = families.at("container_last_seen");
  EXPECT_EQ(family.type, "gauge");
  ASSERT_EQ(family.series.size(), 2u);
  EXPECT_THAT(family.series[0].labels, ElementsAre(Pair("id", "/"))) << "an empty label is none";
  EXPECT_EQ(family.series[0].value, 1795411857.);
  EXPECT_THAT(family.series[1].labels,
              ElementsAre(Pair("id", "/docker/ab"), Pair("image", "busy:1"), Pair("name", "web")));
}

TEST(ExpositionText, UndoesEscapesAndWritesThemAgain) {
  const std::string labels = "{a=\"q\\\"b\\\\n\\nend\"}";
  const auto families = Parse("x" + labels + " 1\n");
  ASSERT_EQ(families.at("x").series.size(), 1u);
  EXPECT_EQ(families.at("x").series[0].labels[0].second, "q\"b\\n\nend");
  EXPECT_EQ(LabelsText(families.at("x").series[0].labels), labels);
}

TEST(ExpositionText, KnowsSpecialValues) {
  const auto families = Parse("a NaN\nb +Inf\nc -Inf\nd -1.5e-3\ne{} 2\n");
  EXPECT_TRUE(std::isnan(families.at("a").series[0].value));
  EXPECT_EQ(families.at("b").series[0].value, INFINITY);
  EXPECT_EQ(families.at("c").series[0].value, -INFINITY);
  EXPECT_EQ(families.at("d").series[0].value, -0.0015);
  EXPECT_EQ(families.at("e").series[0].value, 2);
  EXPECT_EQ(families.at("a").type, "untyped");
}

TEST(ExpositionText, PutsPartsOfAHistogramIntoItsFamily) {
  const auto families = Parse(
      "# TYPE took histogram\ntook_bucket{le=\"+Inf\"} 3\ntook_sum 1\ntook_count 3\n"
      "# TYPE other_sum gauge\nother_sum 4\n");
  EXPECT_EQ(families.at("took").series.size(), 3u);
  EXPECT_EQ(families.at("other_sum").series.size(), 1u);
  EXPECT_FALSE(families.contains("took_sum"));
}

TEST(ExpositionText, TakesBlanksAndCommentsWhereTheFormatAllowsThem) {
  const auto families = Parse("\n  # just words\n#\n x { a = \"1\" , } \t 5  12 \n# HELP y\ny 1\n");
  EXPECT_THAT(families.at("x").series[0].labels, ElementsAre(Pair("a", "1")));
  EXPECT_EQ(families.at("y").series[0].value, 1);
}

TEST(ExpositionText, ForgetsTypesWithoutSamples) { EXPECT_TRUE(Parse("# TYPE a gauge\n").empty()); }

TEST(ExpositionText, NamesTheLineOfAFault) { EXPECT_THAT(FaultOf("a 1\nb{ 2\n"), HasSubstr("line 2: ")); }

struct BadCase {
  const char* text;
  const char* fault;
};
class BadExposition : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadExposition, IsRefused) { EXPECT_THAT(FaultOf(GetParam().text), HasSubstr(GetParam().fault)); }

INSTANTIATE_TEST_SUITE_P(
    All, BadExposition,
    ::testing::Values(
        BadCase{"a 1", "the end of the line is missing"}, BadCase{"a\r 1\n", "neither a blank nor {"},
        BadCase{"a 1\r\n", "is no value"}, BadCase{"\xff 1\n", "is not UTF-8"},
        BadCase{"1a 1\n", "name is missing"}, BadCase{"a\n", "neither a blank nor {"},
        BadCase{"a \n", "is no value"}, BadCase{"a nan\n", "is no value"}, BadCase{"a inf\n", "is no value"},
        BadCase{"a 0x1p3\n", "is no value"}, BadCase{"a 1 2 3\n", "more follows"},
        BadCase{"a 1 2.5\n", "is no timestamp"}, BadCase{"a 1\na 1\n", "is there twice"},
        BadCase{"a{b=\"\"} 1\na 2\n", "is there twice"}, BadCase{"a{b=\"1\",b=\"2\"} 1\n", "is said twice"},
        BadCase{"a{b=\"1} 1\n", "has no end"}, BadCase{"a{b=\"\\t\"} 1\n", "backslash"},
        BadCase{"a{b:c=\"1\"} 1\n", "no = follows"}, BadCase{"a{,} 1\n", "name is missing"},
        BadCase{"a{b=\"1\" c=\"2\"} 1\n", "neither , nor }"},
        BadCase{"# TYPE a gauge\n# TYPE a gauge\na 1\n", "is there twice"},
        BadCase{"a 1\n# TYPE a gauge\n", "after its samples"}, BadCase{"# TYPE a guage\n", "is no type"},
        BadCase{"# HELP a x\n# HELP a y\n", "twice"}, BadCase{"# TYPE  gauge\n", "is no type"}));

}  // namespace
}  // namespace plimsoll::cli
