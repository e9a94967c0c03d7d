#include "alerting/engine/combined.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace plimsoll::alerting {
namespace {

using enum CombinedState;

constexpr PartFigure kCpu{97, 90}, kMemory{91, 85};

std::string Told(CombinedState from, CombinedState to) {
  std::string told;
  for (const PartChange& change : ChangesBetween(from, to, kCpu, kMemory)) {
    if (!told.empty()) told += ", ";
    told += std::string(PartName(change.part)) + (change.is_alert ? " alert" : " recovery");
    EXPECT_EQ(change.figure, change.part == Part::kCpu ? kCpu : kMemory) << "the part's own figure";
  }
  return told;
}

TEST(CombinedTest, EachOfTheTwelveChangesTellsExactlyThePartThatChanged) {
  const struct {
    CombinedState from, to;
    const char* told;
  } changes[] = {
      {kNormal, kCpuAlert, "cpu alert"},
      {kNormal, kMemAlert, "memory alert"},
      {kNormal, kBothAlert, "cpu alert, memory alert"},
      {kCpuAlert, kNormal, "cpu recovery"},
      {kCpuAlert, kMemAlert, "cpu recovery, memory alert"},
      {kCpuAlert, kBothAlert, "memory alert"},
      {kMemAlert, kNormal, "memory recovery"},
      {kMemAlert, kCpuAlert, "memory recovery, cpu alert"},
      {kMemAlert, kBothAlert, "cpu alert"},
      {kBothAlert, kNormal, "cpu recovery, memory recovery"},
      {kBothAlert, kCpuAlert, "memory recovery"},
      {kBothAlert, kMemAlert, "cpu recovery"},
  };
  std::set<std::pair<CombinedState, CombinedState>> seen;
  for (const auto& change : changes) {
    EXPECT_EQ(Told(change.from, change.to), change.told)
        << CombinedStateName(change.from) << " to " << CombinedStateName(change.to);
    seen.emplace(change.from, change.to);
  }
  EXPECT_EQ(seen.size(), 12U);
}

TEST(CombinedTest, NoChangeTellsNothing) {
  for (const CombinedState state : {kNormal, kCpuAlert, kMemAlert, kBothAlert})
    EXPECT_EQ(Told(state, state), "");
}

TEST(CombinedTest, IsMadeOfItsParts) {
  EXPECT_EQ(Combine(false, false), kNormal);
  EXPECT_EQ(Combine(true, false), kCpuAlert);
  EXPECT_EQ(Combine(false, true), kMemAlert);
  EXPECT_EQ(Combine(true, true), kBothAlert);
  EXPECT_STREQ(CombinedStateName(kBothAlert), "both_alert");
}

TEST(CombinedTest, OnlyRulesOnCpuAndMemoryHaveAPart) {
  std::map<std::string, std::string> parts;
  for (const std::string_view name : AlertMetricNames())
    if (const auto part = PartOf(*FindAlertMetric(name))) parts[std::string(name)] = PartName(*part);
  EXPECT_EQ(parts, (std::map<std::string, std::string>{{"cpu_percent", "cpu"},
                                                       {"cpu_of_limit_percent", "cpu"},
                                                       {"memory_percent", "memory"},
                                                       {"memory_used_bytes", "memory"}}));
}

}  // namespace
}  // namespace plimsoll::alerting
