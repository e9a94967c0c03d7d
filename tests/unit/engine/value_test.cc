#include "alerting/engine/value.h"

#include <gtest/gtest.h>

namespace plimsoll::alerting {
namespace {

using namespace std::chrono_literals;
using enum AlertMetric;

struct Measured {
  Reading reading;
  ContainerSample sample;
  Container who;
  std::optional<double> operator()(AlertMetric metric) {
    sample.who = std::make_shared<Container>(who);
    return ValueOf(metric, reading, sample);
  }
};

// Everything is known. The sample's own figures differ, to show which one is taken.
Measured Full() {
  Measured m;
  m.reading.elapsed_ms = 10'000;
  m.reading.cpu_us = 5'000'000;
  m.reading.memory_bytes = 300;
  m.reading.net_rx_bytes = 1000;
  m.reading.net_tx_bytes = 2000;
  m.reading.block_read_bytes = 3000;
  m.reading.block_write_bytes = 4000;
  m.reading.periods = 200;
  m.reading.throttled_periods = 50;
  m.reading.threads = 25;
  m.reading.cpu_pressure = 150;
  m.reading.memory_pressure = 250;
  m.reading.io_pressure = 350;
  m.sample.derived.cpu_percent = 1;
  m.sample.derived.cpu_limit_percent = 200;
  m.sample.derived.memory_limit = 1200;
  m.sample.derived.memory_percent = 1;
  m.sample.derived.throttled_percent = 1;
  m.sample.pids.threads = 1;
  m.sample.pids.threads_max = 100;
  m.who.health = ContainerHealth::kUnhealthy;
  return m;
}

TEST(ValueOfTest, EveryFigureOfAContainer) {
  Measured m = Full();
  EXPECT_EQ(m(kCpuPercent), 50);
  EXPECT_EQ(m(kCpuLimitPercent), 200);
  EXPECT_EQ(m(kCpuOfLimitPercent), 25);
  EXPECT_EQ(m(kMemoryUsedBytes), 300);
  EXPECT_EQ(m(kMemoryLimitBytes), 1200);
  EXPECT_EQ(m(kMemoryPercent), 25);
  EXPECT_EQ(m(kNetworkReceive), 100);
  EXPECT_EQ(m(kNetworkTransmit), 200);
  EXPECT_EQ(m(kBlockRead), 300);
  EXPECT_EQ(m(kBlockWrite), 400);
  EXPECT_EQ(m(kThrottledPercent), 25);
  EXPECT_EQ(m(kPidsPercent), 25);
  EXPECT_EQ(m(kCpuPressure), 1.5);
  EXPECT_EQ(m(kMemoryPressure), 2.5);
  EXPECT_EQ(m(kIoPressure), 3.5);
  EXPECT_EQ(m(kUnhealthy), 1);
}

TEST(ValueOfTest, WhatIsNotKnownIsMissingAndNeverZero) {
  Measured empty;
  for (const std::string_view name : AlertMetricNames())
    EXPECT_EQ(empty(*FindAlertMetric(name)), std::nullopt) << name;
}

TEST(ValueOfTest, RatesNeedTheTimeThatPassed) {
  Measured m = Full();
  for (const std::optional<uint64_t> elapsed : {std::optional<uint64_t>(), std::optional<uint64_t>(0)}) {
    m.reading.elapsed_ms = elapsed;
    for (const AlertMetric metric : {kCpuPercent, kCpuOfLimitPercent, kNetworkReceive, kBlockWrite})
      EXPECT_EQ(m(metric), std::nullopt) << AlertMetricName(metric);
    EXPECT_EQ(m(kMemoryPercent), 25);
  }
}

TEST(ValueOfTest, WithoutALimitThereIsNoShareOfIt) {
  Measured m = Full();
  m.sample.pids.threads_max = MemorySample::kUnlimited;
  EXPECT_EQ(m(kPidsPercent), std::nullopt);
  m.reading.periods = 0;
  EXPECT_EQ(m(kThrottledPercent), std::nullopt) << "no period elapsed";
}

TEST(ValueOfTest, OnlyAHealthCheckThatHasRunSaysHealthy) {
  Measured m = Full();
  m.who.health = ContainerHealth::kHealthy;
  EXPECT_EQ(m(kUnhealthy), 0);
  m.who.health = ContainerHealth::kStarting;
  EXPECT_EQ(m(kUnhealthy), std::nullopt);
  m.who.health = ContainerHealth::kNone;
  EXPECT_EQ(m(kUnhealthy), std::nullopt);
  m.who.health = ContainerHealth::kUnknown;
  EXPECT_EQ(m(kUnhealthy), std::nullopt);
}

TEST(HostValueOfTest, EveryFigureOfTheHost) {
  HostSample host;
  host.cpu_percent = 12.5;
  host.memory_total = 1000;
  host.memory_used = 400;
  host.file_systems.resize(3);
  host.file_systems[0].size_bytes = 100;
  host.file_systems[0].used_bytes = 10;
  host.file_systems[1].size_bytes = 200;
  host.file_systems[1].used_bytes = 150;  // the fullest
  EXPECT_EQ(HostValueOf(kHostCpuPercent, host), 12.5);
  EXPECT_EQ(HostValueOf(kHostMemoryPercent, host), 40);
  EXPECT_EQ(HostValueOf(kHostMemoryUsedBytes, host), 400);
  EXPECT_EQ(HostValueOf(kHostDiskPercent, host), 75) << "a file system without a size does not count";
  EXPECT_EQ(HostValueOf(kCpuPercent, host), std::nullopt);
  for (const AlertMetric metric :
       {kHostCpuPercent, kHostMemoryPercent, kHostMemoryUsedBytes, kHostDiskPercent})
    EXPECT_EQ(HostValueOf(metric, HostSample{}), std::nullopt) << AlertMetricName(metric);
}

TEST(EventValueOfTest, CountsWhatLiesWithinTheWindow) {
  Happenings happened;
  const MonoTime start(1h);
  happened.oom_kills.Add(start, 2);
  happened.oom_kills.Add(start + 5min, 1);
  happened.restarts.Add(start + 5min, 1);
  happened.exit = LastExit{start + 1min, 137};
  EXPECT_EQ(EventValueOf(kOomKills, happened, start + 5min, 10min), 3);
  EXPECT_EQ(EventValueOf(kOomKills, happened, start + 10min, 10min), 1) << "the window's end is open";
  EXPECT_EQ(EventValueOf(kOomKills, happened, start + 15min, 10min), 0);
  EXPECT_EQ(EventValueOf(kRestarts, happened, start + 5min, 10min), 1);
  EXPECT_EQ(EventValueOf(kExitCode, happened, start + 10min, 10min), 137);
  EXPECT_EQ(EventValueOf(kExitCode, happened, start + 11min, 10min), 0);
  EXPECT_EQ(EventValueOf(kCpuPercent, happened, start, 10min), std::nullopt);
}

TEST(EventWindowTest, HoldsAStormInBoundedSpaceAndLosesNoCount) {
  EventWindow window;
  for (int i = 0; i < 1000; ++i) window.Add(MonoTime(1s * i), 1);
  EXPECT_EQ(window.Count(MonoTime(999s), 24h), 1000U);
  EXPECT_EQ(window.Count(MonoTime(999s), 10s), 10U);
  window.Forget(MonoTime(2h), 1h);
  EXPECT_TRUE(window.empty());
  window.Add(MonoTime(2h), 0);
  EXPECT_TRUE(window.empty()) << "nothing happened";
}

TEST(LimitOfTest, IsTheOneThatTheFigureIsMeasuredAgainst) {
  Measured m = Full();
  EXPECT_EQ(LimitOf(kCpuOfLimitPercent, m.sample), 200);
  EXPECT_EQ(LimitOf(kMemoryPercent, m.sample), 1200);
  EXPECT_EQ(LimitOf(kOomKills, m.sample), 1200);
  EXPECT_EQ(LimitOf(kPidsPercent, m.sample), 100);
  EXPECT_EQ(LimitOf(kNetworkReceive, m.sample), std::nullopt);
  m.sample.pids.threads_max = MemorySample::kUnlimited;
  EXPECT_EQ(LimitOf(kPidsPercent, m.sample), std::nullopt);
}

TEST(ConsumedMetricTest, RanksByAFigureThatContainersHave) {
  EXPECT_EQ(ConsumedMetric(kHostCpuPercent), kCpuPercent);
  EXPECT_EQ(ConsumedMetric(kCpuOfLimitPercent), kCpuPercent);
  EXPECT_EQ(ConsumedMetric(kMemoryPercent), kMemoryUsedBytes);
  EXPECT_EQ(ConsumedMetric(kIoPressure), kIoPressure);
  EXPECT_EQ(ConsumedMetric(kAbsent), std::nullopt);
  Measured m = Full();
  for (const std::string_view name : AlertMetricNames())
    if (const auto consumed = ConsumedMetric(*FindAlertMetric(name))) {
      EXPECT_TRUE(m(*consumed)) << name;
    }
}

}  // namespace
}  // namespace plimsoll::alerting
