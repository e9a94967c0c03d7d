// The texts are written by hand; tests/integration/cadvisor_test.py holds it to the real cAdvisor.

#include "exporter/cli/exposition_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exporter/cli/diff_text.h"
#include "unit/cli/parsed.h"

namespace plimsoll::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ExpositionDiff Diff(const std::string& theirs, const std::string& before, const std::string& after = "") {
  const ExposedFamilies them = Parse(theirs), first = Parse(before),
                        second = Parse(after.empty() ? before : after);
  return Compare({them, first, second, 0.05});
}

const FamilyDiff& Only(const ExpositionDiff& diff) {
  static const FamilyDiff none;
  EXPECT_EQ(diff.families.size(), 1u);
  return diff.families.empty() ? none : diff.families[0];
}

const std::string kBusy =
    "# TYPE container_cpu_usage_seconds_total counter\ncontainer_cpu_usage_seconds_total";

TEST(ExpositionDiff, EqualSidesAreNoDifference) {
  const std::string text = kBusy + "{cpu=\"total\",id=\"/\"} 5\nmachine_cpu_cores 2\n";
  const ExpositionDiff diff = Diff(text, text);
  EXPECT_FALSE(diff.IsWorse());
  EXPECT_EQ(diff.families.size(), 2u);
  EXPECT_THAT(DiffTable(diff, 3), HasSubstr("would see no difference"));
}

TEST(ExpositionDiff, AFamilyOfTheirsAloneIsMissing) {
  const ExpositionDiff diff = Diff("container_memory_numa_pages{id=\"/\"} 1\n", "machine_cpu_cores 2\n");
  ASSERT_EQ(diff.families.size(), 2u);
  EXPECT_EQ(diff.families[0].kind, FamilyDiff::Kind::kMissing);
  EXPECT_EQ(diff.families[1].kind, FamilyDiff::Kind::kExtra);
  EXPECT_TRUE(diff.families[0].IsWorse());
  EXPECT_FALSE(diff.families[1].IsWorse()) << "who has more breaks nothing";
  EXPECT_TRUE(diff.IsWorse());
  EXPECT_THAT(DiffTable(diff, 0), HasSubstr("family extra"));
  EXPECT_THAT(DiffTable(diff, 3), Not(HasSubstr("family extra")));
}

TEST(ExpositionDiff, WhatEachSideTellsOfItselfIsCountedAlone) {
  const ExpositionDiff diff = Diff("cadvisor_version_info 1\ngo_goroutines 4\nmachine_cpu_cores 2\n",
                                   "plimsoll_build_info 1\nmachine_cpu_cores 2\n");
  EXPECT_EQ(diff.their_own, 2u);
  EXPECT_EQ(diff.our_own, 1u);
  EXPECT_FALSE(diff.IsWorse());
}

TEST(ExpositionDiff, ATypeThatDiffersIsTold) {
  const ExpositionDiff diff =
      Diff("# TYPE container_x counter\ncontainer_x 1\n", "# TYPE container_x gauge\ncontainer_x 1\n");
  EXPECT_TRUE(Only(diff).IsWorse());
  EXPECT_THAT(DiffTable(diff, 3), HasSubstr("counter there, gauge here"));
}

TEST(ExpositionDiff, SeriesFitByTheLabelsThatBothHave) {
  const ExpositionDiff diff =
      Diff("container_x{id=\"/a\",container_label_team=\"red\"} 1\n", "container_x{id=\"/a\",pod=\"p\"} 1\n");
  const FamilyDiff& one = Only(diff);
  EXPECT_THAT(one.missing_labels, ElementsAre("container_label_team"));
  EXPECT_THAT(one.extra_labels, ElementsAre("pod"));
  EXPECT_THAT(one.missing_series, IsEmpty());
  EXPECT_EQ(one.compared, 1u);
  EXPECT_TRUE(one.IsWorse());
}

TEST(ExpositionDiff, SeriesThatCannotBeToldApartAreNotCompared) {
  const ExpositionDiff diff =
      Diff("container_x{id=\"/a\",team=\"red\"} 1\ncontainer_x{id=\"/a\",team=\"blue\"} 9\n",
           "container_x{id=\"/a\"} 5\n");
  EXPECT_EQ(Only(diff).ambiguous, 2u);
  EXPECT_EQ(Only(diff).compared, 0u);
  EXPECT_THAT(DiffTable(diff, 3), HasSubstr("2 could not be told apart"));
}

TEST(ExpositionDiff, OneOfTheirsThatSeveralOfOursFitIsNotCompared) {
  const ExpositionDiff diff =
      Diff("container_x{id=\"/a\"} 1\n",
           "container_x{id=\"/a\",pod=\"p\"} 1\ncontainer_x{id=\"/a\",pod=\"q\"} 9\n");
  EXPECT_EQ(Only(diff).ambiguous, 1u);
  EXPECT_EQ(Only(diff).compared, 0u);
}

TEST(ExpositionDiff, SeriesOfOneSideAloneAreNamed) {
  const ExpositionDiff diff =
      Diff("container_x{cpu=\"0\",id=\"/a\"} 1\ncontainer_x{cpu=\"1\",id=\"/a\"} 1\n",
           "container_x{cpu=\"0\",id=\"/a\"} 1\ncontainer_x{cpu=\"2\",id=\"/a\"} 1\n");
  EXPECT_THAT(Only(diff).missing_series, ElementsAre("{cpu=\"1\",id=\"/a\"}"));
  EXPECT_THAT(Only(diff).extra_series, ElementsAre("{cpu=\"2\",id=\"/a\"}"));
  EXPECT_TRUE(diff.IsWorse());
}

TEST(ExpositionDiff, ACgroupOfOneSideAloneIsToldOnceForAllFamilies) {
  const ExpositionDiff diff = Diff(
      "container_x{id=\"/a\"} 1\ncontainer_x{id=\"/b\",name=\"web\"} 1\ncontainer_y{id=\"/a\"} 1\n"
      "container_y{id=\"/b\",name=\"web\"} 1\n",
      "container_x{id=\"/a\"} 1\ncontainer_x{id=\"/c\"} 1\ncontainer_y{id=\"/a\"} 1\n");
  ASSERT_EQ(diff.missing_cgroups.size(), 1u);
  EXPECT_EQ(diff.missing_cgroups[0].id, "/b");
  EXPECT_EQ(diff.missing_cgroups[0].name, "web");
  EXPECT_EQ(diff.missing_cgroups[0].series, 2u);
  ASSERT_EQ(diff.extra_cgroups.size(), 1u);
  EXPECT_EQ(diff.extra_cgroups[0].id, "/c");
  for (const FamilyDiff& one : diff.families) EXPECT_FALSE(one.IsWorse());
  EXPECT_TRUE(diff.IsWorse());
  EXPECT_THAT(DiffTable(diff, 3), HasSubstr("/b (web), 2 series"));
  EXPECT_THAT(DiffTable(diff, 3), Not(HasSubstr("cgroup extra"))) << "who has more breaks nothing";
  EXPECT_THAT(DiffTable(diff, 0), HasSubstr("/c, 1 series"));
  const auto json = nlohmann::json::parse(DiffJson(diff));
  EXPECT_EQ(json["missing_cgroups"][0], (nlohmann::json{{"id", "/b"}, {"name", "web"}, {"series", 2}}));
  EXPECT_EQ(json["extra_cgroups"][0]["name"], nullptr);
}

TEST(ExpositionDiff, OneThatEndedMeanwhileIsNotMissing) {
  const ExpositionDiff diff = Diff("container_x{id=\"/\"} 1\ncontainer_x{id=\"/ended\"} 1\n",
                                   "container_last_seen{id=\"/ended\"} 5\ncontainer_x{id=\"/\"} 1\n");
  EXPECT_FALSE(diff.IsWorse());
  EXPECT_THAT(diff.missing_cgroups, IsEmpty());
  ASSERT_EQ(diff.on_purpose.size(), 1u);
  EXPECT_EQ(diff.on_purpose[0].series, 1u);
}

TEST(ExpositionDiff, AContainerThatIsABareCgroupThereIsFoundByItsId) {
  const std::string both = "container_x{id=\"/b\",name=\"b\"} 1\n";
  const ExpositionDiff diff =
      Diff("container_x{id=\"/a\"} 1\n" + both, "container_x{id=\"/a\",name=\"a\"} 1\n" + both);
  EXPECT_EQ(Only(diff).compared, 2u);
  EXPECT_FALSE(diff.IsWorse());
}

TEST(ExpositionDiff, AnotherNameForTheSameCgroupIsTold) {
  const ExpositionDiff diff =
      Diff("container_x{id=\"/a\",name=\"web\"} 1\n", "container_x{id=\"/a\",name=\"shop-web\"} 1\n");
  EXPECT_TRUE(diff.IsWorse());
  EXPECT_THAT(DiffTable(diff, 3), HasSubstr("{name=\"web\"} there, {name=\"shop-web\"} here"));
}

TEST(ExpositionDiff, AGaugeThatGoesUpAndDownIsHeldAgainstBothReadingsOfTheirs) {
  const ExposedFamilies first = Parse("container_x 900\n"), ours = Parse("container_x 400\n"),
                        near = Parse("container_x 300\n"), far = Parse("container_x 800\n");
  EXPECT_TRUE(Compare({first, ours, ours, 0.05}).IsWorse());
  EXPECT_FALSE(Compare({first, ours, ours, 0.05, {}, &near}).IsWorse()) << "it was at ours in between";
  EXPECT_TRUE(Compare({first, ours, ours, 0.05, {}, &far}).IsWorse());
}

TEST(ExpositionDiff, MomentsAreComparedInSecondsNotInPercent) {
  const auto differs = [](const char* ours) {
    return Diff("container_x_time_seconds 1795411857\n",
                std::string("container_x_time_seconds ") + ours + "\n")
        .IsWorse();
  };
  EXPECT_FALSE(differs("1795411890"));
  EXPECT_TRUE(differs("1795412857"));
}

TEST(ExpositionDiff, SeriesThatAGroupBringsAreOneRow) {
  const ExpositionDiff diff = Diff(
      kBusy + "{cpu=\"cpu00\",id=\"/\"} 5\ncontainer_cpu_usage_seconds_total{cpu=\"cpu01\",id=\"/\"} 4\n",
      kBusy + "{cpu=\"total\",id=\"/\"} 9\n");
  EXPECT_EQ(Only(diff).missing_of_group.size(), 2u);
  EXPECT_THAT(Only(diff).missing_series, IsEmpty());
  EXPECT_TRUE(diff.IsWorse());
  EXPECT_THAT(DiffTable(diff, 3),
              HasSubstr("series missing  comes with collector.enable_groups: [percpu]\n"));
  EXPECT_THAT(DiffTable(diff, 3), Not(HasSubstr("cpu01")));
  EXPECT_THAT(DiffTable(diff, 0), HasSubstr("cpu01"));
}

TEST(ExpositionDiff, WhatIsOnPurposeIsToldAndIsNoDifference) {
  const ExpositionDiff diff = Diff("container_cpu_load_average_10s{id=\"/\"} 0\ncontainer_x{id=\"/\"} 1\n",
                                   "container_x{id=\"/\"} 1\n");
  EXPECT_FALSE(diff.IsWorse());
  const std::string table = DiffTable(diff, 3);
  EXPECT_THAT(
      table,
      HasSubstr("different on purpose:\n  1 series  container_cpu_load_average_10s  cAdvisor shows 0"));
  EXPECT_THAT(table, HasSubstr("1 left out on purpose"));
  const auto json = nlohmann::json::parse(DiffJson(diff));
  EXPECT_EQ(json["on_purpose"][0]["series"], 1);
  EXPECT_EQ(json["on_purpose"][0]["families"][0], "container_cpu_load_average_10s");
  EXPECT_FALSE(json["differs"]);
}

TEST(ExpositionDiff, AValueThatDiffersOnPurposeIsNoDifference) {
  const ExpositionDiff diff = Diff("container_fs_io_current{device=\"/dev/vda\",id=\"/\"} 1\n",
                                   "container_fs_io_current{device=\"/dev/vda\",id=\"/\"} 9\n");
  EXPECT_EQ(Only(diff).on_purpose, 1u);
  EXPECT_THAT(Only(diff).values, IsEmpty());
  EXPECT_FALSE(diff.IsWorse());
}

TEST(ExpositionDiff, TheHostsNetworkThatTheyShowUnderAContainerIsLeftOutOnPurpose) {
  const std::string family = "container_network_receive_bytes_total",
                    web = "container_x{id=\"/web\",name=\"web\"} 1\n",
                    host = family + "{id=\"/\",interface=\"eth0\"} 1000\n";
  const auto diff = [&](const std::string& interface) {
    return Diff(host + family + "{id=\"/web\",interface=\"" + interface + "\",name=\"web\"} 1000\n" + web,
                host + web);
  };
  EXPECT_FALSE(diff("eth0").IsWorse());
  ASSERT_EQ(diff("eth0").on_purpose.size(), 1u);
  EXPECT_TRUE(diff("eth1").IsWorse()) << "an interface that the host does not have";
}

TEST(ExpositionDiff, ACadvisorThatCouldNotReadItsContainersIsKnown) {
  EXPECT_TRUE(SaysItFailed(Parse("container_scrape_error 1\n")));
  EXPECT_FALSE(SaysItFailed(Parse("container_scrape_error 0\n")));
  EXPECT_FALSE(SaysItFailed(Parse("container_x 1\n")));
}

struct ValueCase {
  const char* theirs;
  const char* before;
  const char* after;
  bool differs;
};
class Values : public ::testing::TestWithParam<ValueCase> {};

TEST_P(Values, AgreeWithinTheToleranceAndWhatMovedMeanwhile) {
  const ValueCase& one = GetParam();
  const ExpositionDiff diff =
      Diff(std::string("container_x ") + one.theirs + "\n", std::string("container_x ") + one.before + "\n",
           std::string("container_x ") + one.after + "\n");
  EXPECT_EQ(Only(diff).values.size(), one.differs ? 1u : 0u);
  EXPECT_EQ(diff.IsWorse(), one.differs);
}

INSTANTIATE_TEST_SUITE_P(
    All, Values,
    ::testing::Values(ValueCase{"100", "104", "104", false}, ValueCase{"100", "106", "106", true},
                      ValueCase{"106", "100", "100", true}, ValueCase{"0", "0", "0", false},
                      ValueCase{"0", "1", "1", true},
                      // A counter that ran from 100 to 150 may have been 60 in theirs' last beat.
                      ValueCase{"60", "100", "150", false}, ValueCase{"30", "100", "150", true},
                      ValueCase{"200", "100", "150", false}, ValueCase{"230", "100", "150", true},
                      ValueCase{"NaN", "NaN", "NaN", false}, ValueCase{"NaN", "1", "1", true},
                      ValueCase{"+Inf", "+Inf", "+Inf", false}, ValueCase{"+Inf", "1", "1", true},
                      ValueCase{"-100", "-98", "-98", false}));

TEST(ExpositionDiff, AContainerThatCameMeanwhileIsFoundInTheLaterReading) {
  const ExpositionDiff diff = Diff("container_x{id=\"/new\"} 5\ncontainer_x{id=\"/old\"} 1\n",
                                   "container_x{id=\"/old\"} 1\n", "container_x{id=\"/new\"} 5\n");
  EXPECT_THAT(Only(diff).missing_series, IsEmpty());
  EXPECT_EQ(Only(diff).compared, 2u);
  EXPECT_FALSE(diff.IsWorse());
}

TEST(ExpositionDiff, TheTableShowsSomeExamplesAndCountsTheRest) {
  std::string theirs = "container_x{id=\"/\"} 1\n";
  for (int i = 0; i < 9; ++i) theirs += "container_x{id=\"/gone" + std::to_string(i) + "\"} 1\n";
  const ExpositionDiff diff = Diff(theirs, "container_x{id=\"/\"} 1\n");
  EXPECT_THAT(DiffTable(diff, 3), HasSubstr("... and 6 more"));
  EXPECT_THAT(DiffTable(diff, 3), Not(HasSubstr("/gone3")));
  EXPECT_THAT(DiffTable(diff, 0), HasSubstr("/gone8"));
}

TEST(ExpositionDiff, AFamilyThatASettingBringsSaysWhich) {
  const ExposedFamilies theirs = Parse("container_sockets{id=\"/\"} 1\ncontainer_other 1\n"),
                        ours = Parse("machine_x 1\n");
  const ExpositionDiff diff = Compare({theirs, ours, ours, 0.05, {{"container_sockets", "process"}}});
  EXPECT_EQ(diff.families[0].group, "");
  EXPECT_EQ(diff.families[1].group, "process");
  EXPECT_THAT(DiffTable(diff, 3), HasSubstr("comes with collector.enable_groups: [process]"));
}

TEST(ExpositionDiff, TheSameLabelsInManyFamiliesAreOneRow) {
  const std::string labels = "{container_label_team=\"red\"} 1\n";
  const ExpositionDiff diff =
      Diff("container_a" + labels + "container_b" + labels, "container_a 1\ncontainer_b 1\n");
  const std::string table = DiffTable(diff, 3);
  EXPECT_THAT(table, HasSubstr("(2 families)  labels missing  container_label_team\n"));
  EXPECT_THAT(table, Not(HasSubstr("container_a ")));
  EXPECT_THAT(table, HasSubstr("come with collector.container_labels"));
}

TEST(ExpositionDiff, WhatIsNoCadvisorIsSaidToBeNone) {
  EXPECT_TRUE(CheckCadvisor("x", Parse("a 1\ncontainer_x 1\n")));
  for (const char* other : {"go_threads 1\n", "container 1\n", "containers_x 1\n", "machine_cpu_cores 2\n"})
    EXPECT_EQ(CheckCadvisor("x", Parse(other)).error().message,
              "x shows no container_* families: is this a cAdvisor?");
  EXPECT_EQ(CheckCadvisor("x", Parse("container_x 1\nplimsoll_build_info 1\n")).error().message,
            "x: that is a Plimsoll, not a cAdvisor");
}

TEST(ExpositionDiff, JsonTellsAllOfIt) {
  const auto json =
      nlohmann::json::parse(DiffJson(Diff("container_x{id=\"/\"} NaN\n", "container_x{id=\"/\"} 1\n")));
  EXPECT_TRUE(json["differs"]);
  EXPECT_EQ(json["families"][0]["values"][0]["theirs"], "nan");
  EXPECT_EQ(json["families"][0]["values"][0]["series"], "{id=\"/\"}");
}

TEST(ExpositionDiff, ALabelCannotMoveTheCursor) {
  const ExpositionDiff diff = Diff("container_x{id=\"\x1b[2J\"} 1\n", "container_x{id=\"/\"} 1\n");
  EXPECT_THAT(DiffTable(diff, 3), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace plimsoll::cli
