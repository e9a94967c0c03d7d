// Events beyond thresholds.

#include <gmock/gmock.h>

#include "unit/engine/engine_fixture.h"

namespace plimsoll::alerting {
namespace {

using namespace std::chrono_literals;
using enum AlertMetric;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using EventKind = ContainerEvent::Kind;

TEST_F(EngineTest, AnOomKillIsOneAlertThoughItsContainerIsGone) {
  Start({MakeRule("OomKill", kOomKills, 1, 1, 1)});
  const auto who = ticks.Run(1, "web").who;
  Tick();
  ticks[1].living = false;
  ticks.Tell(EventKind::kOom, who);
  ticks.Tell(EventKind::kStop, who, 137);
  EXPECT_EQ(Tick(), "fired OomKill web 1>=1");
  EXPECT_EQ(last_.at(0).container, 1U);
  std::string words;
  int ticks_until_end = 0;
  while (words.empty() && ticks_until_end < 1000) words = Tick(), ++ticks_until_end;
  EXPECT_EQ(words, "resolved(stopped) OomKill web 0>=1") << "gone is not well";
  EXPECT_EQ(ticks_until_end, 60) << "after the window of ten minutes";
  EXPECT_EQ(engine_->subjects(), 0U);
}

TEST_F(EngineTest, AnOomKillOfOneThatLivedForLessThanATickIsToldByName) {
  Start({MakeRule("OomKill", kOomKills, 1, 1, 1)});
  auto who = std::make_shared<Container>();
  who->name = "job";
  who->id = "abc";
  ticks.Tell(EventKind::kStart, who);
  ticks.Tell(EventKind::kOom, who, {}, 2);
  ticks.Tell(EventKind::kStop, who, 137);
  EXPECT_EQ(Tick(), "fired OomKill job 2>=1");
  EXPECT_EQ(last_.at(0).container, 0U);
  ASSERT_EQ(engine_->Alerts().size(), 1U);
  EXPECT_EQ(engine_->Alerts()[0].name, "job");
  EXPECT_THAT(Labels(), Contains(Pair("name", "job")));
  EXPECT_THAT(Labels(), testing::Not(Contains(testing::Key("container_id"))));
  ticks.Run(7, "job");
  EXPECT_EQ(Tick(), "") << "it has an identity now; its alert goes on";
  EXPECT_EQ(engine_->Alerts().at(0).container, 7U);
  Ticks(62);
  EXPECT_THAT(engine_->Alerts(), IsEmpty());
  EXPECT_EQ(rows_.count({"OomKill", 0, "job"}), 0U);
}

TEST_F(EngineTest, AKillThatReadingAndEventBothTellIsOneKill) {
  Start({MakeRule("OomKill", kOomKills, 2, 1, 1)});
  ticks.Run(1, "web").oom_kills = 1;
  ticks.Tell(EventKind::kOom, ticks[1].who);
  EXPECT_EQ(Tick(), "");
  EXPECT_EQ(Tick(), "fired OomKill web 2>=2");
}

TEST_F(EngineTest, ARestartLoopIsNRestartsWithinTheWindow) {
  Start({MakeRule("Loop", kRestarts, 3, 1, 1)});
  const auto who = ticks.Run(1, "web").who;
  ticks.Tell(EventKind::kStart, who);
  EXPECT_EQ(Tick(), "") << "the first start is no restart";
  for (int i = 0; i < 2; ++i) {
    ticks.Tell(EventKind::kStop, who, 1);
    ticks.Tell(EventKind::kStart, who);
    EXPECT_EQ(Tick(), "");
  }
  ticks.Tell(EventKind::kStart, who);
  EXPECT_EQ(Tick(), "fired Loop web 3>=3");
}

// The engine is asked how often it restarted a container when that has begun already: it may be a tick later.
TEST_F(EngineTest, ARestartThatTheRuntimeCountsATickLaterIsOne) {
  Start({MakeRule("Loop", kRestarts, 2, 1, 1)});
  ticks.Run(1, "web");
  ticks.Alter(1, [](Container& who) { who.restart_count = 0; });
  Tick();
  ticks.Tell(ContainerEvent::Kind::kStart, ticks[1].who);
  ++ticks[1].incarnation;
  EXPECT_EQ(Tick(), "");
  ticks.Alter(1, [](Container& who) { who.restart_count = 1; });
  EXPECT_EQ(Tick(), "");
}

TEST_F(EngineTest, RestartsAreSeenWithoutEventsToo) {
  Start({MakeRule("Loop", kRestarts, 3, 1, 1)});
  ticks.Run(1, "web");
  ticks.Alter(1, [](Container& who) { who.restart_count = 4; });
  EXPECT_EQ(Tick(), "") << "from before this program began";
  ticks.Alter(1, [](Container& who) { who.restart_count = 6; });
  EXPECT_EQ(Tick(), "");
  ticks[1].incarnation = 1;
  EXPECT_EQ(Tick(), "fired Loop web 3>=3");
}

TEST_F(EngineTest, AnotherIncarnationOfTheSameBirthIsNoRestart) {
  Start({MakeRule("Loop", kRestarts, 1, 1, 1)});
  ticks.Run(1, "web").incarnation = 17;
  ticks[1].born = ticks.now().wall;
  Tick();
  ticks[1].incarnation = 1;
  EXPECT_EQ(Tick(), "") << "runtimes were configured anew";
  ticks[1].incarnation = 2;
  ticks[1].born = ticks.now().wall;
  EXPECT_EQ(Tick(), "fired Loop web 1>=1");
}

TEST_F(EngineTest, AnExitCodeIsJudgedForTheWindow) {
  RuleConfig rule = MakeRule("Crash", kExitCode, 0, 1, 1);
  rule.op = CompareOp::kGreater;
  rule.window = 1min;
  Start({rule});
  const auto who = ticks.Run(1, "web").who;
  Tick();
  ticks[1].living = false;
  ticks.Tell(EventKind::kStop, who, 0);
  EXPECT_EQ(Tick(), "") << "a good end";
  ticks.Tell(EventKind::kStop, who, 3);
  EXPECT_EQ(Tick(), "fired Crash web 3>0");
  EXPECT_EQ(Ticks(6), "|||||resolved(stopped) Crash web 0>0");
}

TEST_F(EngineTest, UnhealthyIsAlertedAndEnds) {
  Start({MakeRule("Unhealthy", kUnhealthy, 1)});
  ticks.Run(1, "web", {.health = ContainerHealth::kUnhealthy});
  EXPECT_EQ(Ticks(2), "|fired Unhealthy web 1>=1");
  ticks.Alter(1, [](Container& who) { who.health = ContainerHealth::kHealthy; });
  EXPECT_EQ(Ticks(2), "|resolved(recovered) Unhealthy web 0>=1");
}

TEST_F(EngineTest, ANameThatShouldRunAndDoesNotIsAbsent) {
  RuleConfig rule = MakeRule("DbGone", kAbsent, 1, 1, 1);
  rule.match.name = "db";
  Start({rule});
  ticks.Run(1, "web");
  EXPECT_EQ(Ticks(2), "|") << "within the grace time after the start";
  EXPECT_EQ(Tick(), "fired DbGone 1>=1");
  EXPECT_THAT(Labels(), Contains(Pair("name", "db")));
  auto who = std::make_shared<Container>();
  who->name = "db";
  ticks.Tell(EventKind::kStart, who);
  ticks.Tell(EventKind::kStop, who, 1);
  EXPECT_EQ(Tick(), "") << "it died between two ticks and is still absent";
  ticks.Run(2, "db");
  EXPECT_EQ(Tick(), "resolved(recovered) DbGone 0>=1");
  ticks[2].living = false;
  EXPECT_EQ(Ticks(4), "||fired DbGone 1>=1|");
}

TEST_F(EngineTest, OneOfManyIsEnoughNotToBeAbsent) {
  RuleConfig rule = MakeRule("WebGone", kAbsent, 1, 1, 1);
  rule.match.name = "web-*";
  Start({rule});
  ticks.Run(1, "web-1");
  ticks.Run(2, "web-2");
  Ticks(2);
  ticks[1].living = false;
  EXPECT_EQ(Ticks(6), "|||||");
  ticks.Alter(2, [](Container& who) { who.name = "renamed"; });
  EXPECT_EQ(Ticks(4), "||fired WebGone 1>=1|");
}

TEST_F(EngineTest, TheHostIsJudgedToo) {
  Start({MakeRule("HostCpu", kHostCpuPercent, 90), MakeRule("HostMemory", kHostMemoryPercent, 90)});
  ticks.host.cpu_percent = 99;
  EXPECT_EQ(Ticks(2), "|fired HostCpu 99>=90");
  EXPECT_THAT(Labels(), ElementsAre(Pair("alertname", "HostCpu"), Pair("instance", "host.example"),
                                    Pair("severity", "warning")));
  ticks.host.cpu_percent.reset();
  EXPECT_EQ(Ticks(3), "||");
  EXPECT_EQ(Reconfigure({}), "resolved(removed) HostCpu 99>=90");
}

TEST_F(EngineTest, NobodyScrapingIsAnAlertUntilSomebodyDoes) {
  EngineConfig config = MakeConfig({});
  config.alerting.scrape_watch = {1min, "critical", std::vector<std::string>{"ops"}};
  Start(config);
  EXPECT_EQ(Ticks(6), "|||||fired PlimsollNotScraped 60>=60");
  EXPECT_THAT(Labels(), Contains(Pair("severity", "critical")));
  EXPECT_THAT(last_.at(0).receivers, ElementsAre("ops"));
  Restart();
  EXPECT_EQ(Ticks(3), "||") << "a start is no scrape";
  engine_->NoteScrape(ticks.now().mono);
  EXPECT_EQ(Tick(), "resolved(recovered) PlimsollNotScraped 10>=60");
  for (int i = 0; i < 20; ++i) {
    engine_->NoteScrape(ticks.now().mono);
    EXPECT_EQ(Tick(), "");
  }
}

TEST_F(EngineTest, TheScrapeWatchIsOffUnlessItHasATime) {
  Start(MakeConfig({}));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Tick(), "");
}

// What restarts it does not make it well: its check has to pass before that is said.
TEST_F(EngineTest, AnUnhealthyContainerThatIsRestartedAllNightFiresOnce) {
  Start({MakeRule("Sick", kUnhealthy, 1, 1, 1)});
  ticks.Run(1, "web");
  const auto tick_as = [&](ContainerHealth health) {
    ticks.Alter(1, [&](Container& who) { who.health = health; });
    return Tick();
  };
  EXPECT_EQ(tick_as(ContainerHealth::kStarting), "");
  EXPECT_EQ(tick_as(ContainerHealth::kUnhealthy), "fired Sick web 1>=1");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(tick_as(ContainerHealth::kStarting), "");
    EXPECT_EQ(tick_as(ContainerHealth::kUnhealthy), "");
  }
  EXPECT_EQ(tick_as(ContainerHealth::kStarting), "");
  EXPECT_EQ(tick_as(ContainerHealth::kHealthy), "resolved(recovered) Sick web 0>=1");
}

}  // namespace
}  // namespace plimsoll::alerting
