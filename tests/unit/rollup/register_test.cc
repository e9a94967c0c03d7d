#include "rollup/register.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig.h"
#include "rollup/identity_key.h"
#include "rollup/revision.h"

namespace plimsoll::rollup {
namespace {

using ::testing::ElementsAre;

Container Named(const std::string& name) {
  Container who;
  who.runtime = RuntimeKind::kDocker;
  who.id = "abc";
  who.name = name;
  return who;
}

TEST(IdentityKeyTest, ComposeServiceAndNumberThenPodThenNameThenRuntimeId) {
  Container compose = Named("shop-web-1");
  compose.labels = {{"com.docker.compose.container-number", "1"},
                    {"com.docker.compose.project", "shop"},
                    {"com.docker.compose.service", "web"}};
  EXPECT_EQ(IdentityKey(compose), "compose:shop/web/1");
  compose.labels.insert(compose.labels.begin() + 1, {"com.docker.compose.oneoff", "True"});
  EXPECT_EQ(IdentityKey(compose), "name:shop-web-1");
  Container pod = Named("k8s_app");
  pod.kube_namespace = "default";
  pod.kube_pod = "app-7d";
  pod.kube_container = "app";
  EXPECT_EQ(IdentityKey(pod), "pod:default/app-7d/app");
  EXPECT_EQ(IdentityKey(Named("web")), "name:web");
  EXPECT_EQ(IdentityKey(Named("")), "id:abc");
}

class RegisterTest : public RecorderTest {
 protected:
  // Numbers by runtime id.
  std::map<std::string, uint32_t> Tick(std::chrono::nanoseconds after = 10s) {
    clock.Pass(after);
    std::map<std::string, uint32_t> ids;
    const Recorder::Tick tick = rig.Record(host.Beat());
    EXPECT_TRUE(tick.written);
    for (const ReadContainer& one : tick.readings->containers)
      ids[one.sample->who->id] = one.reading.container;
    return ids;
  }
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    SQLite::Statement rows(rig.database().connection(), "SELECT key FROM container ORDER BY id");
    while (rows.executeStep()) keys.push_back(rows.getColumn(0).getString());
    return keys;
  }
  int64_t Revisions() { return rig.database().Number("SELECT count(*) FROM revision"); }
};

TEST_F(RegisterTest, ARecreatedContainerKeepsItsNumber) {
  ContainerSample& old = host.Run("web");
  const uint32_t id = Tick().begin()->second;
  host.Stop(old);
  Tick();
  host.Run("other");
  Tick();
  ContainerSample& again = host.Run("web", "nginx:1.26");
  EXPECT_EQ(Tick().at(again.who->id), id);
  EXPECT_EQ(NewestRevision(rig.database(), id)->image, "nginx:1.26");
  EXPECT_EQ(rig.database().Number("SELECT count(*) FROM revision WHERE container = 1"), 2);
}

TEST_F(RegisterTest, NumbersStayAcrossRestartsOfPlimsoll) {
  ContainerSample& a = host.Run("a");
  ContainerSample& b = host.Run("b");
  const auto before = Tick();
  rig.Restart();
  host.NewCollector();
  host.Run("c");
  const auto after = Tick();
  EXPECT_EQ(after.at(a.who->id), before.at(a.who->id));
  EXPECT_EQ(after.at(b.who->id), before.at(b.who->id));
  EXPECT_EQ(after.size(), 3u);
  EXPECT_THAT(Keys(), ElementsAre("name:a", "name:b", "name:c"));
  EXPECT_EQ(Revisions(), 3) << "nothing about a and b is new";
}

TEST_F(RegisterTest, OfTwoLivingWithOneNameTheLaterGetsAKeyOfItsOwnAndKeepsIt) {
  ContainerSample& first = host.Run("web");
  clock.Pass(1s);
  ContainerSample& second = host.Run("web");
  const auto ids = Tick();
  EXPECT_THAT(Keys(), ElementsAre("name:web", "name:web#" + second.who->id));
  rig.Restart();
  host.NewCollector();
  EXPECT_EQ(Tick(), ids);
  host.Stop(first);
  EXPECT_EQ(Tick().begin()->second, ids.at(second.who->id));
  rig.Restart();
  host.NewCollector();
  EXPECT_EQ(Tick().begin()->second, ids.at(second.who->id)) << "alone now, and still itself";
  EXPECT_EQ(Keys().size(), 2u);
}

TEST_F(RegisterTest, PlainCgroupsAreNotStored) {
  host.RunPlain("/system.slice");
  EXPECT_TRUE(Tick().empty());
  EXPECT_EQ(rig.database().Number("SELECT count(*) FROM container"), 0);
  EXPECT_EQ(rig.database().Number("SELECT count(*) FROM sample"), 0);
  EXPECT_EQ(rig.database().Number("SELECT count(*) FROM tick"), 1);
}

// What updaters do: the old one is renamed, and the new one takes its name.
TEST_F(RegisterTest, ANameThatPassesOnTakesTheIdentityAlongAndLosesNoIncrease) {
  ContainerSample& old = host.Run("web");
  const uint32_t web = Tick().begin()->second;
  *old.cpu.usage_ns += 5'000'000;
  host.Rename(old, [](Container& who) { who.name = "web-old"; });
  ContainerSample& young = host.Run("web");
  clock.Pass(10s);
  const Recorder::Tick tick = rig.Record(host.Beat());
  ASSERT_EQ(tick.readings->containers.size(), 2u);
  for (const ReadContainer& one : tick.readings->containers) {
    const bool is_young = one.sample->who->id == young.who->id;
    EXPECT_EQ(one.reading.container == web, is_young);
    EXPECT_EQ(one.reading.cpu_us, is_young ? 0u : 5000u);
  }
  EXPECT_THAT(Keys(), ElementsAre("name:web", "name:web-old"));
}

TEST_F(RegisterTest, OneThatCameAndWentBesideItsNamesakeLeavesThatOneAlone) {
  ContainerSample& web = host.Run("web");
  Tick();
  clock.Pass(1s);
  ContainerSample& brief = host.Run("web");
  brief.cpu.usage_ns = 9'000'000;
  host.Stop(brief);
  *web.cpu.usage_ns += 5'000'000;
  clock.Pass(9s);
  const Recorder::Tick tick = rig.Record(host.Beat());
  EXPECT_EQ(tick.readings->containers.at(0).reading.cpu_us, 5000u);
  EXPECT_EQ(WholeRaw(rig.database()).at(2).cpu_us, 9000u);
}

TEST_F(RegisterTest, RestartsQuickerThanTicksStayOneIdentity) {
  ContainerSample& web = host.Run("web");
  Tick();
  for (int i = 0; i < 3; ++i) {
    *web.cpu.usage_ns += 2'000'000;
    clock.Pass(1s);
    host.Restart(web);
  }
  web.cpu.usage_ns = 1'000'000;
  clock.Pass(1s);
  const Recorder::Tick tick = rig.Record(host.Beat());
  EXPECT_EQ(tick.readings->containers.at(0).reading.cpu_us, 7000u);
  EXPECT_EQ(tick.readings->containers.at(0).reading.elapsed_ms, 4000u);
  EXPECT_EQ(Keys().size(), 1u);
}

TEST_F(RegisterTest, ARevisionIsWrittenWhenSomethingItTellsChanges) {
  ContainerSample& web = host.Run("web");
  Tick();
  Tick();
  EXPECT_EQ(Revisions(), 1);
  web.derived.memory_limited = true;
  web.derived.memory_limit = 1 << 30;
  Tick();
  EXPECT_EQ(NewestRevision(rig.database(), 1)->memory_limit_bytes, 1u << 30);
  web.derived.cpu_limited = true;
  web.derived.cpu_limit_percent = 150;
  Tick();
  web.net = {NetOf("eth0", 0, 0)};
  Tick();
  host.Rename(web, [](Container& who) { who.labels = {{"team", "shop"}, {"bad", "\xff"}}; });
  Tick();
  EXPECT_EQ(Revisions(), 5);
  const Revision newest = *NewestRevision(rig.database(), 1);
  EXPECT_EQ(newest.cpu_limit_percent, 150);
  EXPECT_EQ(newest.interface, "eth0");
  ASSERT_EQ(newest.labels.size(), 2u);
  EXPECT_EQ(newest.labels[1].first + "=" + newest.labels[1].second, "team=shop");
  // News that no revision tells.
  host.Rename(web, [](Container& who) { who.health = ContainerHealth::kHealthy; });
  web.net_known = false;
  Tick();
  EXPECT_EQ(Revisions(), 5);
}

TEST_F(RegisterTest, TheNewestRevisionIsTheNewestAlsoAfterTheClockWentBack) {
  ContainerSample& web = host.Run("web");
  Tick();
  clock.JumpWall(-1h);
  web.derived.memory_limited = true;
  web.derived.memory_limit = 4096;
  Tick();
  EXPECT_EQ(NewestRevision(rig.database(), 1)->memory_limit_bytes, 4096u);
  EXPECT_EQ(Revisions(), 2);
}

TEST_F(RegisterTest, LabelsAreKeptUpTo16KiB) {
  Labels labels;
  for (int i = 0; i < 40; ++i) labels.emplace_back("key" + std::to_string(i), std::string(1000, 'v'));
  const Labels kept = LabelsOf(LabelsText(labels));
  EXPECT_EQ(kept.size(), 16u);
}

TEST_F(RegisterTest, LastSeenIsTrueWithinAMinute) {
  ContainerSample& web = host.Run("web");
  for (int i = 0; i < 30; ++i) Tick();
  const int64_t now_ms = ToMs(clock.Wall());
  EXPECT_GE(rig.database().Number("SELECT last_seen_ms FROM container"), now_ms - 60'000);
  host.Stop(web);
  Tick(3s);
  EXPECT_EQ(rig.database().Number("SELECT last_seen_ms FROM container"), now_ms + 3000);
}

TEST_F(RegisterTest, AHundredContainersHaveAHundredNumbers) {
  for (int i = 0; i < 100; ++i) host.Run("c" + std::to_string(i));
  const auto ids = Tick();
  std::set<uint32_t> numbers;
  for (const auto& [id, number] : ids) numbers.insert(number);
  EXPECT_EQ(numbers.size(), 100u);
  EXPECT_EQ(*numbers.rbegin(), 100u);
  EXPECT_EQ(Tick(), ids);
}

// No number is given a second time, not even after the last identity is gone.
TEST_F(RegisterTest, ANumberIsNeverGivenTwice) {
  host.Stop(host.Run("a"));
  ContainerSample& b = host.Run("b");
  Tick();
  host.Stop(b);
  Tick();
  rig.database().Run("DELETE FROM container");
  rig.Restart();
  host.NewCollector();
  host.Run("c");
  EXPECT_GT(Tick().begin()->second, 2u);
}

}  // namespace
}  // namespace plimsoll::rollup
