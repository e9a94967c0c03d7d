#include <gmock/gmock.h>

#include <thread>

#include "exporter/api/alert_setting_text.h"
#include "unit/api/api_fixture.h"

namespace plimsoll::api {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

const std::string kPath = "/api/v1/containers/1/resources/alerts";

using AlertSettingTest = ApiTest;

TEST_F(AlertSettingTest, WithoutOneWhatTheRulesSayIsShown) {
  watching_.alerting.rules[1].threshold = 70;
  Start();
  EXPECT_EQ(
      Get(kPath).json,
      Json({{"container_id", 1},
            {"cpu_threshold", 5000},
            {"mem_threshold", 70},
            {"enabled", true},
            {"overrides", {{"cpu_threshold", nullptr}, {"mem_threshold", nullptr}, {"enabled", nullptr}}},
            {"alert_state", "normal"},
            {"cpu_consecutive_breaches", 0},
            {"mem_consecutive_breaches", 0},
            {"last_alerted_at", nullptr},
            {"created_at", nullptr},
            {"updated_at", nullptr}}));
}

TEST_F(AlertSettingTest, AContainerThatEndedShowsWhatWasSetAlone) {
  const std::string path = "/api/v1/containers/9/resources/alerts";
  Start();
  EXPECT_EQ(Get(path).json["cpu_threshold"], nullptr);
  EXPECT_EQ(Get(path).json["enabled"], nullptr);
  EXPECT_EQ(Put(path, R"({"cpu_threshold": 50})").json["cpu_threshold"], 50);
  EXPECT_EQ(Get(path).json["mem_threshold"], nullptr);
}

TEST_F(AlertSettingTest, TheStandingIsShown) {
  stored_.states = {Firing("Cpu", AlertMetric::kCpuPercent, 1),
                    Firing("Memory", AlertMetric::kMemoryPercent, 1)};
  Start();
  const Json shown = Get(kPath).json;
  EXPECT_EQ(shown["alert_state"], "both_alert");
  EXPECT_EQ(shown["cpu_consecutive_breaches"], 2);
  EXPECT_EQ(shown["mem_consecutive_breaches"], 5);
  EXPECT_EQ(shown["last_alerted_at"], "2023-11-14T22:13:20.000Z");
}

TEST_F(AlertSettingTest, WhatAPutLeavesOutStays) {
  Start();
  EXPECT_EQ(Put(kPath, R"({"cpu_threshold": 250.5})").status, 200);
  clock_.Pass(std::chrono::seconds(5));
  const Answer answer = Put(kPath, R"({"enabled": false, "mem_threshold": 1})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json["cpu_threshold"], 250.5);
  EXPECT_EQ(answer.json["mem_threshold"], 1);
  EXPECT_EQ(answer.json["enabled"], false);
  EXPECT_EQ(answer.json["overrides"],
            Json({{"cpu_threshold", 250.5}, {"mem_threshold", 1}, {"enabled", false}}));
  EXPECT_EQ(answer.json["created_at"], "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(answer.json["updated_at"], "2023-11-14T22:13:25.000Z");
  EXPECT_EQ(Get(kPath).json, answer.json);
  EXPECT_EQ(Get("/api/v1/containers/2/resources/alerts").json["created_at"], nullptr);
}

TEST_F(AlertSettingTest, OneFieldTouchesNoOther) {
  Start();
  const Answer answer = Put(kPath, R"({"mem_threshold": 80})");
  EXPECT_EQ(answer.json["mem_threshold"], 80);
  EXPECT_EQ(answer.json["cpu_threshold"], 5000) << "the rule's own";
  EXPECT_EQ(answer.json["overrides"],
            Json({{"cpu_threshold", nullptr}, {"mem_threshold", 80}, {"enabled", nullptr}}));
}

TEST_F(AlertSettingTest, NullClearsAFieldAndAllOfThemTheSetting) {
  Start();
  const Json untouched = Get(kPath).json;
  Put(kPath, R"({"cpu_threshold": 80, "mem_threshold": 70, "enabled": false})");
  const Answer one = Put(kPath, R"({"cpu_threshold": null})");
  EXPECT_EQ(one.json["cpu_threshold"], 5000);
  EXPECT_EQ(one.json["overrides"],
            Json({{"cpu_threshold", nullptr}, {"mem_threshold", 70}, {"enabled", false}}));
  EXPECT_EQ(Put(kPath, R"({"mem_threshold": null, "enabled": null})").json, untouched);
  EXPECT_EQ(Get(kPath).json, untouched);
  EXPECT_EQ(Put(kPath, "{}").json, untouched) << "nothing was said";
}

TEST_F(AlertSettingTest, EnabledIsWhatCountsInTheEnd) {
  SetBuilder builder(clock_.Wall());
  builder.Add(1, "web", 100);
  auto who = std::make_shared<Container>(*builder.set().containers.back().who);
  who->labels = {{"plimsoll.alerts.enabled", "false"}};
  builder.set().containers.back().who = who;
  store_.SetNewest(builder.Done());
  Start();
  EXPECT_EQ(Get(kPath).json["enabled"], false);
  EXPECT_EQ(Put(kPath, R"({"mem_threshold": 80})").json["enabled"], false);
  EXPECT_EQ(Put(kPath, R"({"enabled": true})").json["enabled"], true);
  watching_.alerting.rules.clear();
  sidecar_->Reconfigure(watching_);
  const Json nothing_watches = Get(kPath).json;
  EXPECT_EQ(nothing_watches["enabled"], false);
  EXPECT_EQ(nothing_watches["mem_threshold"], nullptr);
  EXPECT_EQ(nothing_watches["overrides"]["mem_threshold"], 80);
}

TEST_F(AlertSettingTest, TwoPutsAtOnceLoseNothing) {
  Start();
  for (int round = 1; round <= 20; ++round) {
    const std::string number = std::to_string(round);
    std::thread other([&] { Put(kPath, R"({"cpu_threshold": )" + number + "}"); });
    Put(kPath, R"({"mem_threshold": )" + number + "}");
    other.join();
    const Json set = Get(kPath).json;
    EXPECT_EQ(set["cpu_threshold"], round);
    EXPECT_EQ(set["mem_threshold"], round);
  }
}

TEST_F(AlertSettingTest, WithoutTheAdminApiNothingChanges) {
  Start(false);
  const Answer answer = Put(kPath, R"({"enabled": false})");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.code(), "ADMIN_API_DISABLED");
  EXPECT_THAT(answer.message(), HasSubstr("--web.enable-admin-api"));
  EXPECT_EQ(Get(kPath).json["enabled"], true);
}

TEST_F(AlertSettingTest, OnlyJsonIsTaken) {
  Start();
  for (const char* type :
       {"", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: text/plain; application/json\r\n", "Content-Type: application/jsonx\r\n"})
    EXPECT_EQ(Put(kPath, R"({"enabled": false})", type).status, 415) << type;
  EXPECT_EQ(Get(kPath).json["enabled"], true);
  EXPECT_EQ(Put(kPath, "{}", "Content-Type: Application/JSON ; charset=utf-8\r\n").status, 200);
}

TEST_F(AlertSettingTest, APageOfAnotherSiteChangesNothing) {
  Start();
  const std::string json = "Content-Type: application/json\r\n";
  EXPECT_EQ(Put(kPath, R"({"enabled": false})", json + "Origin: http://evil.example\r\n").status, 403);
  EXPECT_EQ(Get(kPath).json["enabled"], true);
  EXPECT_EQ(Put(kPath, R"({"enabled": false})", json + "Origin: http://box:9797\r\n").status, 200);
}

TEST_F(AlertSettingTest, AnUnknownContainerOrAFailingDiskIsSaid) {
  Start();
  EXPECT_EQ(Put("/api/v1/containers/77/resources/alerts", "{}").status, 404);
  store_.history().fails = true;
  EXPECT_EQ(Put(kPath, "{}").status, 503);
  EXPECT_EQ(Get("/api/v1/containers/9/resources/alerts").status, 503) << "is there such a one?";
  EXPECT_EQ(Get(kPath).status, 200) << "what is set is known without the disk";
}

std::string Refusal(const std::string& json) {
  const auto setting = ReadAlertSetting(json, {});
  return setting ? "" : setting.error().message;
}

TEST(AlertSettingTextTest, FieldsAreCheckedOneByOne) {
  EXPECT_EQ(Refusal(R"({"cpu_threshold": 1, "mem_threshold": 100, "enabled": true})"), "");
  EXPECT_EQ(Refusal(R"({"cpu_threshold": 100000})"), "") << "a thousand cores";
  for (const char* value : {"0", "0.999", "100000.001", "-5", "1e400", "1e300"})
    EXPECT_NE(Refusal(std::string(R"({"cpu_threshold": )") + value + "}"), "") << value;
  EXPECT_EQ(Refusal(R"({"cpu_threshold": 100001})"),
            "cpu_threshold must be a number from 1 to 100000, or null to clear it; not 100001");
  EXPECT_EQ(Refusal(R"({"mem_threshold": 101})"),
            "mem_threshold must be a number from 1 to 100, or null to clear it; not 101");
  EXPECT_EQ(Refusal(R"({"mem_threshold": "80"})"),
            "mem_threshold must be a number from 1 to 100, or null to clear it; not a string");
  EXPECT_EQ(Refusal(R"({"enabled": 1})"), "enabled must be true, false, or null to clear it; not a number");
  EXPECT_EQ(Refusal(R"({"cpu_threshold": null, "mem_threshold": null, "enabled": null})"), "");
  EXPECT_EQ(Refusal(R"({"enabled": {}})"), "enabled must be true, false, or null to clear it; not an object");
  EXPECT_EQ(Refusal(R"({"cpu": 80})"),
            "\"cpu\" is no setting: accepted are cpu_threshold, mem_threshold and enabled");
  EXPECT_EQ(Refusal(R"({"enabled": true, "enabled": false})"), "\"enabled\" is given twice: give it once");
}

TEST(AlertSettingTextTest, OnlyAnObjectIsTaken) {
  for (const char* text : {"", "[]", "1", "null", "\"x\"", "{", "{\"enabled\": true", "{} {}",
                           "{'enabled': true}", "{\"enabled\": true,}", "\xff"})
    EXPECT_THAT(Refusal(text), HasSubstr("must be a JSON object")) << text;
  EXPECT_THAT(Refusal(std::string(100'000, '[')), HasSubstr("must be a JSON object"));
  EXPECT_NE(Refusal("{\"enabled\":" + std::string(9, '[') + std::string(9, ']') + "}"), "");
}

}  // namespace
}  // namespace plimsoll::api
