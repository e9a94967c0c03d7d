#include "exporter/runtime/docker_api.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "exporter/runtime/docker_disk.h"
#include "exporter/runtime/docker_fields.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

const std::string kDocker = "docker-20.10.24/api/";
const std::string kDocker29 = "docker-29.1.3/api/";
const std::string kPodman = "podman-4.3.1/api/";
const std::string kPodman5 = "podman-5.7.0/api/";

Container Inspected(const std::string& file, RuntimeKind runtime) {
  const auto who = ParseInspection(FixtureText(file), runtime);
  EXPECT_TRUE(who) << file;
  return who.value_or(Container{});
}

std::vector<EngineEvent> Events(const std::string& file) {
  std::vector<EngineEvent> events;
  std::istringstream text(FixtureText(file));
  for (std::string line; std::getline(text, line);) {
    const auto event = ParseEvent(line);
    EXPECT_TRUE(event && *event) << line;
    if (event && *event) events.push_back(**event);
  }
  return events;
}

TEST(DockerApiTest, Versions) {
  const auto docker = ParseEngineVersion(FixtureText(kDocker + "version.json"));
  ASSERT_TRUE(docker);
  EXPECT_EQ(docker->version, "20.10.24+dfsg1");
  EXPECT_FALSE(docker->is_podman);
  EXPECT_EQ(ChooseApiVersion(*docker), "1.41");
  const auto podman = ParseEngineVersion(FixtureText(kPodman + "version.json"));
  ASSERT_TRUE(podman);
  EXPECT_EQ(podman->version, "4.3.1");
  EXPECT_TRUE(podman->is_podman);
  EXPECT_EQ(ChooseApiVersion(*podman), "1.41");
  const auto docker_29 = ParseEngineVersion(FixtureText(kDocker29 + "version.json"));
  ASSERT_TRUE(docker_29);
  EXPECT_EQ(docker_29->version, "29.1.3");
  EXPECT_FALSE(docker_29->is_podman);
  EXPECT_EQ(ChooseApiVersion(*docker_29), "1.52");
  const auto podman_5 = ParseEngineVersion(FixtureText(kPodman5 + "version.json"));
  ASSERT_TRUE(podman_5);
  EXPECT_EQ(podman_5->version, "5.7.0");
  EXPECT_TRUE(podman_5->is_podman);
  EXPECT_EQ(ChooseApiVersion(*podman_5), "1.41");
  EXPECT_EQ(ChooseApiVersion({"40.0", "1.70", "1.44", false}), "1.52");
  EXPECT_EQ(ChooseApiVersion({"40.0", "1.70", "1.60", false}), "1.60");  // older ones are no longer spoken
  for (const char* text :
       {"", "{}", "[]", R"({"ApiVersion":"one"})", R"({"ApiVersion":"1."})", R"({"ApiVersion":1.41})"})
    EXPECT_FALSE(ParseEngineVersion(text)) << text;
}

TEST(DockerApiTest, ListsAndInfo) {
  const auto docker = ParseContainerList(FixtureText(kDocker + "list.json"));
  ASSERT_TRUE(docker);
  EXPECT_EQ(docker->size(), 8u);
  EXPECT_EQ(std::count_if(docker->begin(), docker->end(), [](const auto& one) { return one.is_active; }), 5);
  const auto podman = ParseContainerList(FixtureText(kPodman + "list.json"));
  ASSERT_TRUE(podman);
  EXPECT_EQ(podman->size(), 6u);
  EXPECT_EQ(ParseDataRoot(FixtureText(kDocker + "info.json")), "/srv/fx/docker/data");
  EXPECT_EQ(ParseDataRoot("garbage"), "");
  EXPECT_TRUE(ParseContainerList("[]"));
  EXPECT_FALSE(ParseContainerList("{}"));
  EXPECT_FALSE(ParseContainerList(R"([{"Id":"short"}])"));
  EXPECT_FALSE(ParseContainerList("[1]"));
}

class DockersFilesTest : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Docker, DockersFilesTest, testing::Values("docker-20.10.24", "docker-29.1.3"));

TEST_P(DockersFilesTest, InspectionSaysWhatTheFilesSay) {
  for (const auto& entry : std::filesystem::directory_iterator(FixturePath(GetParam() + "/containers"))) {
    auto on_disk = ParseDockerConfig(ReadText(entry.path() / "config.v2.json"),
                                     ReadText(entry.path() / "hostconfig.json"));
    ASSERT_TRUE(on_disk);
    Container told = Inspected(GetParam() + "/api/inspect-" + on_disk->name + ".json", RuntimeKind::kDocker);
    if (on_disk->health == ContainerHealth::kStarting) {  // Docker 29 writes down no check
      EXPECT_EQ(told.health, ContainerHealth::kHealthy);
      told.health = on_disk->health;
    }
    if (on_disk->name == "again") {  // restarted between the two readings
      told.restart_count = on_disk->restart_count;
      told.started_at = on_disk->started_at;
      told.finished_at = on_disk->finished_at;
      told.state = on_disk->state;
      told.init_pid = on_disk->init_pid;
      told.exit_code = on_disk->exit_code;
    }
    EXPECT_EQ(told, *on_disk) << on_disk->name;
  }
}

TEST(DockerApiTest, WhatNoCheckFoundIsNotUnhealthy) {
  const auto health = [](const std::string& told) {
    Container who;
    FillFromDocker(Json::parse(R"({"State":{"Status":"running","Health":)" + told + "}}"), who);
    return who.health;
  };
  EXPECT_EQ(health(R"({"Status":"unhealthy","FailingStreak":3})"), ContainerHealth::kUnhealthy);
  EXPECT_EQ(health(R"({"Status":"unhealthy"})"), ContainerHealth::kUnhealthy);
  // As Docker 20.10.24 tells of a container that was healthy and is paused.
  EXPECT_EQ(health(R"({"Status":"unhealthy","FailingStreak":0,"Log":[{"ExitCode":0,"Output":""}]})"),
            ContainerHealth::kUnknown);
  EXPECT_EQ(health(R"({"Status":"healthy","FailingStreak":0})"), ContainerHealth::kHealthy);
}

TEST(DockerApiTest, PodmansInspection) {
  const Container web = Inspected(kPodman + "inspect-web.json", RuntimeKind::kPodman);
  EXPECT_EQ(web.runtime, RuntimeKind::kPodman);
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.image, "localhost/busy:1");
  EXPECT_EQ(web.labels, (Labels{{"app", "shop"}, {"com.docker.compose.service", "web"}}));
  EXPECT_EQ(web.state, ContainerState::kRunning);
  EXPECT_EQ(web.health, ContainerHealth::kNone);
  EXPECT_EQ(Inspected(kPodman + "inspect-ended.json", RuntimeKind::kPodman).exit_code, 5);
  EXPECT_EQ(Inspected(kPodman + "inspect-hostnet.json", RuntimeKind::kPodman).host_network, true);
  EXPECT_EQ(Inspected(kPodman + "inspect-hostnet.json", RuntimeKind::kPodman).state, ContainerState::kPaused);
  EXPECT_TRUE(Inspected(kPodman + "inspect-joins.json", RuntimeKind::kPodman).shares_network);
  EXPECT_EQ(Inspected(kPodman + "inspect-checked.json", RuntimeKind::kPodman).health,
            ContainerHealth::kHealthy);
  const Container never = Inspected(kPodman + "inspect-never.json", RuntimeKind::kPodman);
  EXPECT_EQ(never.state, ContainerState::kCreated);
  EXPECT_EQ(never.exit_code, std::nullopt);
}

TEST(DockerApiTest, DockersEvents) {
  const auto events = Events(kDocker + "events.jsonl");
  std::map<std::string, EngineEvent> last;
  for (const EngineEvent& event : events) last[event.action] = event;
  EXPECT_EQ(last["rename"].name, "ever");
  EXPECT_TRUE(last.contains("health_status"));  // "health_status: healthy"
  EXPECT_TRUE(last.contains("unpause"));
  const auto die = std::find_if(events.begin(), events.end(),
                                [](const auto& e) { return e.action == "die" && e.name == "short"; });
  ASSERT_NE(die, events.end());
  EXPECT_EQ(die->exit_code, 4);
  EXPECT_EQ(die->image, "busy:1");
  EXPECT_EQ(die->labels, (Labels{{"app", "batch"}}));
  EXPECT_TRUE(die->at);
  const Container who = ContainerOfEvent(*die, RuntimeKind::kDocker);
  EXPECT_EQ(who.state, ContainerState::kExited);
  EXPECT_EQ(who.exit_code, 4);
  EXPECT_EQ(who.name, "short");
}

// Docker 29's have no "status", "id" and "from" beside what they say twice.
TEST(DockerApiTest, Docker29sEvents) {
  const auto events = Events(kDocker29 + "events.jsonl");
  const auto of = [&events](const std::string& action, const std::string& name) {
    return std::count_if(events.begin(), events.end(),
                         [&](const auto& e) { return e.action == action && e.name == name; });
  };
  EXPECT_EQ(of("start", "web"), 1);
  EXPECT_EQ(of("health_status", "web"), 1);
  EXPECT_EQ(of("pause", "paused"), 1);
  const auto die = std::find_if(events.begin(), events.end(),
                                [](const auto& e) { return e.action == "die" && e.name == "ended"; });
  ASSERT_NE(die, events.end());
  EXPECT_EQ(die->exit_code, 3);
  EXPECT_EQ(die->image, "plimsoll/busy:1");
  EXPECT_TRUE(die->at);
}

TEST(DockerApiTest, PodmansEvents) {
  const auto events = Events(kPodman + "events.jsonl");
  for (const EngineEvent& event : events)
    EXPECT_EQ(event.exit_code.has_value(), event.action == "die") << event.action;  // others say 0 as well
  const auto die =
      std::find_if(events.begin(), events.end(), [](const auto& e) { return e.action == "die"; });
  ASSERT_NE(die, events.end());
  EXPECT_EQ(die->exit_code, 4);
  EXPECT_EQ(die->labels, (Labels{{"app", "batch"}}));
}

TEST(DockerApiTest, EventsOfOtherThingsAreNoneAndGarbageIsAnError) {
  const auto network = ParseEvent(R"({"Type":"network","Action":"connect","Actor":{"ID":"x"}})");
  ASSERT_TRUE(network);
  EXPECT_FALSE(*network);
  EXPECT_FALSE(ParseEvent("garbage"));
  EXPECT_FALSE(ParseEvent(R"({"Type":"container","Action":"start"})"));
  EXPECT_FALSE(ParseEvent(R"({"Type":"container","Actor":{"ID":")" + FullId('a') + R"("}})"));
}

TEST(DockerApiTest, ErrorMessages) {
  EXPECT_EQ(ParseErrorMessage(FixtureText(kDocker + "no-such.json")), "No such container: nosuch");
  EXPECT_EQ(ParseErrorMessage("<html>"), "");
  std::string umlauts;
  while (umlauts.size() < 1000) umlauts += "ü";
  EXPECT_EQ(ParseErrorMessage("{\"message\":\"" + umlauts + "\"}"), umlauts.substr(0, 200));
  EXPECT_EQ(ParseErrorMessage("{\"message\":\"a" + umlauts + "\"}"), "a" + umlauts.substr(0, 198));
}

TEST(DockerFieldsTest, LabelsStaySortedAndUnique) {
  Labels labels{{"b", "1"}, {"d", "2"}};
  SetLabel(labels, "c", "3");
  SetLabel(labels, "a", "4");
  SetLabel(labels, "d", "5");
  SetLabel(labels, "e", "");
  EXPECT_EQ(labels, (Labels{{"a", "4"}, {"b", "1"}, {"c", "3"}, {"d", "5"}}));
  EXPECT_EQ(LabelOf(labels, "c"), "3");
  EXPECT_EQ(LabelOf(labels, "zz"), "");
}

}  // namespace
}  // namespace plimsoll::runtime
