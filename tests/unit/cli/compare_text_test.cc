// What a person reads of two sides that differ.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "exporter/cli/diff_text.h"
#include "exporter/cli/exposition_diff.h"

namespace plimsoll::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ExpositionDiff Diff(const std::string& theirs, const std::string& before, const std::string& after = "") {
  const auto them = ParseExposition(theirs), first = ParseExposition(before),
             second = ParseExposition(after.empty() ? before : after);
  EXPECT_TRUE(them && first && second);
  return Compare({*them, *first, *second, 0.05, {{"container_processes", "process"}}});
}

std::string Series(const std::string& id, const std::string& value) {
  return "container_spec_cpu_shares{id=\"/" + id + "\"} " + value + "\n";
}

TEST(CompareText, ValuesThatDifferAreShownSideBySide) {
  const std::string moved = DiffTable(Diff(Series("a", "1024"), Series("a", "2"), Series("a", "3.5")), 3);
  EXPECT_THAT(moved,
              HasSubstr("container_spec_cpu_shares  value differs  1024 there, 2 to 3.5 here: {id=\"/a\"}"));
  EXPECT_THAT(moved, HasSubstr("1 compared, 1 differs in value"));
  const std::string still = DiffTable(Diff("machine_cpu_cores 8\n", "machine_cpu_cores 4\n"), 3);
  EXPECT_THAT(still, HasSubstr("8 there, 4 here: (no labels)"));
}

TEST(CompareText, ExamplesAreAsManyAsAskedFor) {
  std::string theirs, ours;
  for (const char* id : {"a", "b", "c", "d"}) {
    theirs += Series(id, "1024");
    ours += Series(id, "2");
  }
  const ExpositionDiff diff = Diff(theirs, ours);
  EXPECT_THAT(DiffTable(diff, 3), HasSubstr("value differs  ... and 1 more"));
  EXPECT_THAT(DiffTable(diff, 4), Not(HasSubstr("more")));
  EXPECT_THAT(DiffTable(diff, 0), HasSubstr("{id=\"/d\"}")) << "0: all";
}

TEST(CompareText, AFamilyThatAGroupBringsIsSaidToComeWithIt) {
  const std::string text = DiffTable(Diff("container_processes{id=\"/\"} 1\n", "machine_cpu_cores 2\n"), 3);
  EXPECT_THAT(text, HasSubstr("1 series of cAdvisor; comes with collector.enable_groups: [process]"));
}

TEST(CompareText, SeriesThatCannotBeToldApartAreCounted) {
  const ExpositionDiff diff = Diff(
      "container_cpu_usage_seconds_total{id=\"/\",cpu=\"0\"} "
      "1\ncontainer_cpu_usage_seconds_total{id=\"/\",cpu=\"1\"} 1\n",
      "container_cpu_usage_seconds_total{id=\"/\"} 2\n");
  EXPECT_THAT(DiffTable(diff, 3), HasSubstr(", 2 could not be told apart"));
}

TEST(CompareText, NumbersThatJsonDoesNotHaveAreTexts) {
  const auto json = nlohmann::json::parse(
      DiffJson(Diff("machine_cpu_cores NaN\n", "machine_cpu_cores 4\n", "machine_cpu_cores +Inf\n")));
  const auto& value = json["families"][0]["values"][0];
  EXPECT_EQ(value["theirs"], "nan");
  EXPECT_EQ(value["ours_before"], 4);
  EXPECT_EQ(value["ours_after"], "inf");
}

TEST(CompareText, NothingIsUnlikeNothing) {
  EXPECT_FALSE(Diff("machine_cpu_cores NaN\n", "machine_cpu_cores NaN\n").IsWorse());
  EXPECT_FALSE(Diff("machine_cpu_cores +Inf\n", "machine_cpu_cores +Inf\n").IsWorse());
  EXPECT_TRUE(Diff("machine_cpu_cores 1\n", "machine_cpu_cores NaN\n").IsWorse());
  EXPECT_TRUE(Diff("machine_cpu_cores 1\n", "machine_cpu_cores 1\n", "machine_cpu_cores NaN\n").IsWorse())
      << "even where it was the same before";
  EXPECT_TRUE(Diff("machine_cpu_cores 1\n", "machine_cpu_cores +Inf\n").IsWorse());
}

TEST(CompareText, AContainerThatCameMeanwhileIsComparedWithWhatItWasLater) {
  const std::string both = Series("a", "2") + Series("b", "3");
  EXPECT_FALSE(Diff(both, Series("a", "2"), both).IsWorse());
  EXPECT_FALSE(Diff(both, both, Series("a", "2")).IsWorse()) << "or went";
}

TEST(ExpositionValues, MayHaveASignInFront) {
  const auto families = ParseExposition("a +5\nb Inf\n");
  ASSERT_TRUE(families) << families.error().message;
  EXPECT_EQ(families->at("a").series[0].value, 5);
  EXPECT_EQ(families->at("b").series[0].value, std::numeric_limits<double>::infinity());
  for (const char* text : {"a +-5\n", "a ++5\n", "a{b=1} 2\n", "# HELP a{ x\n", "# TYPE a:b gauge more\n",
                           "a 1 99999999999999999999\n"})
    EXPECT_FALSE(ParseExposition(text)) << text;
}

TEST(ExpositionValues, OfASummaryAreItsSumAndCountAndNoBuckets) {
  const auto families =
      ParseExposition("# TYPE took summary\ntook_sum 1\ntook_count 3\ntook_bucket 4\n_sum 5\n");
  ASSERT_TRUE(families) << families.error().message;
  EXPECT_EQ(families->at("took").series.size(), 2u);
  EXPECT_TRUE(families->contains("took_bucket"));
  EXPECT_TRUE(families->contains("_sum"));
}

}  // namespace
}  // namespace plimsoll::cli
