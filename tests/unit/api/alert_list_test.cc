#include <gmock/gmock.h>

#include "unit/api/api_fixture.h"

namespace plimsoll::api {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;
using Json = nlohmann::json;

// Who uses more than 200 % CPU: the fixture's db does.
class AlertListTest : public ApiTest {
 protected:
  AlertListTest() {
    watching_.alerting.rules = {MakeRule("Busy", AlertMetric::kCpuPercent, 2)};
    watching_.alerting.rules[0].threshold = 200;
    watching_.alerting.rules[0].labels = {{"team", "shop"}};
    ReceiverConfig ops;
    ops.name = "ops";
    ops.urls = {Secret("http://ops.example/")};
    watching_.alerting.receivers = {ops};
    watching_.alerting.defaults.receivers = {"ops"};
  }

  void Beat(uint64_t db = 300, uint64_t web = 100) {
    clock_.Pass(seconds(10));
    Tick(SetBuilder(clock_.Wall()).Add(2, "db", db).Add(1, "web", web).Done());
  }
  Json Alerts() { return Get("/api/v1/alerts").json["alerts"]; }
  // The numbers of a page of history.
  std::vector<int> Numbers(const Json& page) {
    std::vector<int> numbers;
    for (const Json& one : page["transitions"]) numbers.push_back(one["number"]);
    return numbers;
  }
  void Silence(const std::string& name) {
    alerting::Silence silence;
    silence.matchers = {{"name", LabelMatcher::Op::kEqual, name}};
    silence.ends_at = clock_.Wall() + std::chrono::hours(1);
    ASSERT_TRUE(sidecar_->AddSilence(silence));
  }
};

TEST_F(AlertListTest, APendingAlertCountsAndHasNoNameYet) {
  Start();
  EXPECT_EQ(Alerts(), Json::array({{{"id", nullptr},
                                    {"rule", "Busy"},
                                    {"severity", "warning"},
                                    {"state", "pending"},
                                    {"count", 1},
                                    {"of", 2},
                                    {"container_id", 2},
                                    {"container_name", "db"},
                                    {"metric", "cpu_percent"},
                                    {"current_value", 300},
                                    {"op", ">="},
                                    {"threshold", 200},
                                    {"since", "2023-11-14T22:13:20.000Z"},
                                    {"fired_at", nullptr},
                                    {"last_alerted_at", nullptr},
                                    {"silenced_by", nullptr},
                                    {"receivers", {"ops"}},
                                    {"labels", Json::object()}}}));
}

TEST_F(AlertListTest, AFiringOneHasItsLabelsAndSaysWhatKeepsItSilent) {
  Start();
  Beat();
  const Json firing = Alerts().at(0);
  EXPECT_EQ(firing["id"].get<std::string>().size(), 32u);
  EXPECT_EQ(firing["state"], "firing");
  EXPECT_EQ(firing["count"], nullptr);
  EXPECT_EQ(firing["of"], nullptr);
  EXPECT_EQ(firing["fired_at"], "2023-11-14T22:13:30.000Z");
  EXPECT_EQ(firing["last_alerted_at"], "2023-11-14T22:13:30.000Z");
  EXPECT_EQ(firing["labels"]["name"], "db");
  EXPECT_EQ(firing["labels"]["team"], "shop");
  EXPECT_EQ(firing["silenced_by"], nullptr);
  Silence("db");
  EXPECT_EQ(Alerts().at(0)["silenced_by"], "silence 1");
  Beat(100);
  EXPECT_EQ(Alerts().at(0)["state"], "recovering");
  EXPECT_EQ(Alerts().at(0)["count"], 1);
  EXPECT_EQ(Alerts().at(0)["of"], 3);
}

TEST_F(AlertListTest, HistoryIsReadPageByPageNewestFirst) {
  Start();
  Beat(300, 400);
  Beat(300, 400);  // first db fires, then web
  const Json all = Get("/api/v1/alerts/history").json;
  ASSERT_EQ(all["transitions"].size(), 2u);
  EXPECT_EQ(all["next_before"], nullptr);
  const std::vector<int> numbers = Numbers(all);
  EXPECT_GT(numbers[0], numbers[1]);
  const Json first = Get("/api/v1/alerts/history?limit=1").json;
  EXPECT_EQ(Numbers(first), std::vector<int>{numbers[0]});
  EXPECT_EQ(first["next_before"], numbers[0]);
  const Json rest = Get("/api/v1/alerts/history?limit=1&before=" + std::to_string(numbers[0])).json;
  EXPECT_EQ(Numbers(rest), std::vector<int>{numbers[1]});
  EXPECT_EQ(rest["next_before"], nullptr);
  EXPECT_EQ(Get("/api/v1/alerts/history?before=1").json["transitions"], Json::array());
}

TEST_F(AlertListTest, HistoryOfOneContainerIsPagedLikeAllOfIt) {
  Start();
  Beat(300, 100);
  Beat(300, 400);
  for (int i = 0; i < 3; ++i) Beat(100, 400);  // db has fired and recovered, web fired in between
  const Json of_db = Get("/api/v1/alerts/history?container_id=2").json;
  ASSERT_EQ(of_db["transitions"].size(), 2u);
  for (const Json& one : of_db["transitions"]) EXPECT_EQ(one["container_name"], "db");
  const Json first = Get("/api/v1/alerts/history?container_id=2&limit=1").json;
  EXPECT_EQ(Numbers(first), std::vector<int>{Numbers(of_db)[0]});
  const Json rest = Get("/api/v1/alerts/history?container_id=2&limit=1&before=" +
                        std::to_string(first["next_before"].get<int>()))
                        .json;
  EXPECT_EQ(Numbers(rest), std::vector<int>{Numbers(of_db)[1]});
  EXPECT_EQ(rest["next_before"], nullptr);
  EXPECT_EQ(Get("/api/v1/alerts/history?container_id=999").json["transitions"], Json::array());
  for (const char* id : {"", "0", "db", "-1"})
    EXPECT_THAT(Get("/api/v1/alerts/history?container_id=" + std::string(id)).message(),
                StartsWith("container_id must be the id of a container"));
}

TEST_F(AlertListTest, ATransitionOfHistoryIsWhole) {
  Start();
  Silence("db");
  Beat();
  for (int i = 0; i < 3; ++i) Beat(100);
  const Json page = Get("/api/v1/alerts/history").json["transitions"];
  ASSERT_EQ(page.size(), 2u);
  const Json &end = page[0], &fired = page[1];
  EXPECT_EQ(fired["kind"], "fired");
  EXPECT_EQ(fired["reason"], nullptr);
  EXPECT_EQ(fired["silenced_by"], "silence 1");
  EXPECT_EQ(fired["value"], 300);
  EXPECT_EQ(fired["threshold"], 200);
  EXPECT_EQ(fired["op"], ">=");
  EXPECT_EQ(fired["metric"], "cpu_percent");
  EXPECT_EQ(fired["timestamp"], "2023-11-14T22:13:30.000Z");
  EXPECT_EQ(fired["since"], "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(fired["receivers"], Json({"ops"}));
  EXPECT_EQ(fired["labels"]["team"], "shop");
  EXPECT_EQ(end["kind"], "resolved");
  EXPECT_EQ(end["reason"], "recovered");
  EXPECT_EQ(end["alert_id"], fired["alert_id"]);
  EXPECT_NE(end["id"], fired["id"]);
  EXPECT_EQ(end["container_id"], 2);
  EXPECT_EQ(end["container_name"], "db");
}

TEST_F(AlertListTest, WhatCannotBeAPlaceInHistoryIsRefused) {
  Start();
  for (const char* before : {"", "0", "-1", "x", "1x", "9007199254740992", "99999999999999999999"}) {
    const Answer answer = Get("/api/v1/alerts/history?before=" + std::string(before));
    EXPECT_EQ(answer.status, 400) << before;
    EXPECT_THAT(answer.message(), StartsWith("before must be the `number` of a transition")) << before;
  }
  EXPECT_EQ(Get("/api/v1/alerts/history?before=9007199254740991").status, 200);
  EXPECT_EQ(Get("/api/v1/alerts/history?limit=1001").status, 400);
  for (const char* list : {"/api/v1/alerts", "/api/v1/alerts/history", "/api/v1/notifications"})
    EXPECT_EQ(Get(std::string(list) + "?a=1&a=2").status, 400) << list;
}

TEST_F(AlertListTest, HistoryThatCannotBeReadIsSaidAndLiveAlertsAreThere) {
  Start();
  store_.history().fails = true;
  EXPECT_EQ(Get("/api/v1/alerts/history").code(), "STORE_UNAVAILABLE");
  EXPECT_EQ(Get("/api/v1/alerts").status, 200);
  EXPECT_EQ(Get("/api/v1/notifications").status, 200);
}

alerting::TransitionPtr Told(const std::string& alert, uint32_t container, const std::string& name) {
  alerting::Transition told;
  told.alert = alert;
  told.id = "id of " + alert;
  told.rule = "Busy";
  told.container = container;
  told.name = name;
  told.receivers = {"ops"};
  told.labels = {{"name", name}};
  told.at = ManualClock().Wall();
  return std::make_shared<const alerting::Transition>(told);
}

// What the file knew of messages when the sidecar began: one that was tried twice, one that was given up.
TEST_F(AlertListTest, NotificationsAreShownAsTheyFare) {
  alerting::Parcel tried;
  tried.number = 1;
  tried.receiver = "ops";
  tried.transitions = {Told("a1", 2, "db"), Told("a2", 0, "")};
  tried.made_at = clock_.Wall() - seconds(60);
  tried.next_try_at = clock_.Wall() + seconds(30);
  tried.tries = 2;
  tried.last_error = "HTTP 500";
  alerting::Parcel dropped = tried;
  dropped.number = 2;
  dropped.transitions = {Told("a3", 1, "web")};
  dropped.dropped = true;
  dropped.last_error = "HTTP 404";
  stored_.outbox.parcels = {tried, dropped};
  Start();
  const Json shown = Get("/api/v1/notifications").json;
  EXPECT_EQ(shown["waiting"], 1);
  EXPECT_EQ(shown["held"], 0);
  EXPECT_EQ(shown["dropped"], 1);
  ASSERT_EQ(shown["notifications"].size(), 2u);
  EXPECT_EQ(shown["notifications"][0], Json({{"id", tried.Key()},
                                             {"receiver", "ops"},
                                             {"state", "retrying"},
                                             {"tries", 2},
                                             {"created_at", "2023-11-14T22:12:20.000Z"},
                                             {"next_try_at", "2023-11-14T22:13:50.000Z"},
                                             {"last_error", "HTTP 500"},
                                             {"held_by", nullptr},
                                             {"transitions",
                                              {{{"id", "id of a1"},
                                                {"alert_id", "a1"},
                                                {"kind", "fired"},
                                                {"rule", "Busy"},
                                                {"container_id", 2},
                                                {"container_name", "db"}},
                                               {{"id", "id of a2"},
                                                {"alert_id", "a2"},
                                                {"kind", "fired"},
                                                {"rule", "Busy"},
                                                {"container_id", nullptr},
                                                {"container_name", nullptr}}}}}));
  const Json& given_up = shown["notifications"][1];
  EXPECT_EQ(given_up["state"], "dropped");
  EXPECT_EQ(given_up["next_try_at"], nullptr);
  EXPECT_EQ(given_up["last_error"], "HTTP 404");
}

TEST_F(AlertListTest, WhatWaitsForItsFirstTryAndWhatIsHeldAreShown) {
  Start();
  Silence("web");
  Beat(300, 400);
  Beat(300, 400);
  const Json shown = Get("/api/v1/notifications").json;
  EXPECT_EQ(shown["waiting"], 1);
  EXPECT_EQ(shown["held"], 1);
  ASSERT_EQ(shown["notifications"].size(), 2u);
  EXPECT_EQ(shown["notifications"][0]["state"], "waiting");
  EXPECT_EQ(shown["notifications"][0]["last_error"], nullptr);
  EXPECT_EQ(shown["notifications"][0]["transitions"][0]["container_name"], "db");
  const Json& held = shown["notifications"][1];
  EXPECT_EQ(held["id"], nullptr);
  EXPECT_EQ(held["receiver"], "ops");
  EXPECT_EQ(held["state"], "held");
  EXPECT_EQ(held["tries"], 0);
  EXPECT_EQ(held["created_at"], "2023-11-14T22:13:40.000Z");
  EXPECT_EQ(held["next_try_at"], nullptr);
  EXPECT_EQ(held["held_by"], "silence 1");
  ASSERT_EQ(held["transitions"].size(), 1u);
  EXPECT_EQ(held["transitions"][0]["container_name"], "web");
}

}  // namespace
}  // namespace plimsoll::api
