// What a notification needs.

#include <gmock/gmock.h>

#include <set>

#include "unit/engine/engine_fixture.h"

namespace plimsoll::alerting {
namespace {

using namespace std::chrono_literals;
using enum AlertMetric;
using testing::Contains;
using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

EngineConfig WithReceivers(std::vector<RuleConfig> rules, const std::vector<std::string>& names) {
  EngineConfig config = MakeConfig(std::move(rules));
  for (const std::string& name : names) config.alerting.receivers.emplace_back().name = name;
  return config;
}

TEST_F(EngineTest, ReceiversThatWereToldOfAnAlertAreToldOfItsEnd) {
  RuleConfig rule = kCpu;
  rule.repeat_interval = 10s;
  rule.receivers = {{"a", "b"}};
  Start(WithReceivers({rule}, {"a", "b", "c"}));
  ticks.Run(1, "web").cpu = 95;
  Ticks(2);
  rule.receivers = {{"b", "c"}};
  Reconfigure({rule});
  Restart();
  EXPECT_EQ(Tick(), "repeated CpuHigh web 95>=90");
  EXPECT_THAT(last_.at(0).receivers, ElementsAre("b", "c"));
  Restart();
  ticks[1].cpu = 10;
  EXPECT_EQ(Ticks(2), "|resolved(recovered) CpuHigh web 10>=90");
  EXPECT_THAT(last_.at(0).receivers, ElementsAre("a", "b", "c"));
  ticks[1].cpu = 95;
  Ticks(2);
  ticks[1].cpu = 10;
  EXPECT_EQ(Ticks(2), "|resolved(recovered) CpuHigh web 10>=90");
  EXPECT_THAT(last_.at(0).receivers, ElementsAre("b", "c")) << "of another alert they know nothing";
}

TEST_F(EngineTest, AReceiverThatIsNamedWhileAnAlertFiresIsToldOfItOnce) {
  RuleConfig rule = kCpu;
  Start(WithReceivers({rule}, {"a", "b"}));
  ticks.Run(1, "web").cpu = 95;
  ticks.Run(2, "db").cpu = 50;
  EXPECT_EQ(Ticks(3), "|fired CpuHigh web 95>=90|") << "with no receiver at all";
  rule.receivers = {{"a"}};
  EXPECT_EQ(Reconfigure({rule}), "");
  EXPECT_EQ(Tick(), "repeated CpuHigh web 95>=90");
  EXPECT_THAT(last_.at(0).receivers, ElementsAre("a"));
  const std::string id = last_[0].id;
  EXPECT_NE(id, TransitionId(last_[0].alert, TransitionKind::kRepeated, 0));
  EXPECT_EQ(Ticks(3), "||");
  rule.receivers = {{"a", "b"}};
  config_.alerting.rules = {rule};
  Restart();
  EXPECT_EQ(Tick(), "repeated CpuHigh web 95>=90");
  EXPECT_THAT(last_.at(0).receivers, ElementsAre("b")) << "and a nothing more";
  EXPECT_NE(last_[0].id, id);
  Restart();
  EXPECT_EQ(Ticks(2), "|") << "a start without a change tells nobody";
  ticks[1].cpu = 10;
  EXPECT_EQ(Ticks(2), "|resolved(recovered) CpuHigh web 10>=90");
  EXPECT_THAT(last_.at(0).receivers, ElementsAre("a", "b"));
}

TEST_F(EngineTest, AReceiverThatWasTakenOutAndPutBackIsToldOfWhatFires) {
  RuleConfig rule = kCpu;
  rule.receivers = {{"a"}};
  Start(WithReceivers({rule}, {"a"}));
  ticks.Run(1, "web").cpu = 95;
  Ticks(2);
  config_.alerting.receivers.clear();
  rule.receivers = std::vector<std::string>();
  Reconfigure({rule});
  EXPECT_EQ(Tick(), "");
  config_ = WithReceivers({}, {"a"});
  rule.receivers = {{"a"}};
  Reconfigure({rule});
  EXPECT_EQ(Tick(), "repeated CpuHigh web 95>=90");
}

TEST_F(EngineTest, ATransitionCarriesEverythingThatANotificationNeeds) {
  RuleConfig rule = kMemory;
  rule.labels = {{"team", "shop"}};
  rule.annotations = {{"summary", "{{name}}"}};
  rule.receivers = {{"ops", "night"}};
  rule.severity = "critical";
  Start({rule});
  Container who;
  who.id = "abc";
  who.image = "nginx:1.25";
  who.labels = {{"com.docker.compose.project", "shop"}, {"secret", "x"}};
  who.kube_namespace = "prod";
  who.kube_pod = "web-0";
  who.kube_container = "nginx";
  ticks.Run(1, "web", who).memory = 85;
  ticks.Run(2, "a").memory = 50;
  ticks.Run(3, "b").memory = 60;
  ticks.Run(4, "c").memory = 40;
  ticks.Run(5, "d").memory.reset();
  Tick();
  const WallTime since = ticks.now().wall;
  Tick();
  ASSERT_THAT(last_, SizeIs(1));
  const Transition& told = last_[0];
  EXPECT_THAT(
      told.labels,
      ElementsAre(Pair("alertname", "MemoryHigh"), Pair("container", "nginx"), Pair("container_id", "1"),
                  Pair("container_label_com_docker_compose_project", "shop"), Pair("image", "nginx:1.25"),
                  Pair("instance", "host.example"), Pair("name", "web"), Pair("namespace", "prod"),
                  Pair("pod", "web-0"), Pair("severity", "critical"), Pair("team", "shop")));
  EXPECT_EQ(told.annotations, rule.annotations);
  EXPECT_THAT(told.receivers, ElementsAre("ops", "night"));
  EXPECT_EQ(told.since, since);
  EXPECT_EQ(told.fired_at, ticks.now().wall);
  EXPECT_EQ(told.lasted, 10s);
  EXPECT_EQ(told.limit, 1000);
  EXPECT_EQ(told.image, "nginx:1.25");
  EXPECT_EQ(told.runtime_id, "abc");
  EXPECT_EQ(told.compose_project, "shop");
  EXPECT_EQ(told.consumed, kMemoryUsedBytes);
  std::string top;
  for (const Consumer& c : told.top_consumers)
    top += c.name + "=" + std::to_string(static_cast<int>(c.value)) + " ";
  EXPECT_EQ(top, "web=850 b=600 a=500 ");
}

TEST_F(EngineTest, LabelsThatAreNotUtf8AreMadeSo) {
  EngineConfig config = MakeConfig({kCpu});
  config.container_labels = {"*"};
  Start(config);
  ticks.Run(1, "web", {.labels = {{"a.b", "x\xff"}, {"a-b", "second"}}}).cpu = 95;
  Ticks(2);
  EXPECT_THAT(Labels(), Contains(Pair("container_label_a_b", "x\xef\xbf\xbd"))) << "of two the first";
}

TEST_F(EngineTest, AnIdIsTheSameForTheSameTransitionAndForNoOther) {
  RuleConfig rule = kCpu;
  rule.repeat_interval = 10s;
  const auto ids = [&] {
    Start({rule});
    ticks = FakeTicks();
    ticks.Run(1, "web").cpu = 95;
    ticks.Run(2, "db").cpu = 95;
    std::vector<std::string> all;
    for (int i = 0; i < 6; ++i) {
      if (i == 4) ticks[1].cpu = 10;
      Tick();
      for (const Transition& told : last_) all.push_back(told.id);
    }
    return all;
  };
  const std::vector<std::string> first = ids(), second = ids();
  EXPECT_EQ(first, second);
  EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), first.size());
  EXPECT_EQ(first.size(), 2U + 2 + 2 + 1 + 2) << "fired, three repeats of db, two and the end of web";
}

}  // namespace
}  // namespace plimsoll::alerting
