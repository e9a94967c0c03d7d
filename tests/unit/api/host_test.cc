#include <gmock/gmock.h>

#include "unit/api/api_fixture.h"

namespace plimsoll::api {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using Json = nlohmann::json;

FileSystem Disk(const char* device, uint64_t size, uint64_t used) {
  FileSystem disk;
  disk.device.Set(device);
  disk.size_bytes = size;
  disk.used_bytes = used;
  return disk;
}

using SummaryTest = ApiTest;

TEST_F(SummaryTest, IsTheHostsOwn) {
  SetBuilder builder(clock_.Wall());
  builder.Add(1, "web", 5).Add(2, "db", 6);
  builder.frame().host.file_systems = {Disk("/dev/vda1", 100, 40), Disk("tank/data", 100, 60)};
  store_.SetNewest(builder.Done());
  store_.history().fails = true;
  Start();
  EXPECT_EQ(Get("/api/v1/resources/summary").json, Json({{"cpu_percent", 12.5},
                                                         {"mem_used", 2'000'000'000},
                                                         {"mem_limit", 8'000'000'000},
                                                         {"mem_percent", 25},
                                                         {"net_rx_bytes_per_second", 1000},
                                                         {"net_tx_bytes_per_second", 2000},
                                                         {"container_count", 2},
                                                         {"cpu_count", 4},
                                                         {"disk_total", 200},
                                                         {"disk_used", 100},
                                                         {"disk_percent", 50},
                                                         {"timestamp", "2023-11-14T22:13:20.000Z"}}));
}

TEST_F(SummaryTest, WhatIsNotKnownIsNull) {
  SetBuilder builder(clock_.Wall());
  builder.frame().host = {};
  builder.set().containers.clear();
  store_.SetNewest(builder.Done());
  Start();
  const Json summary = Get("/api/v1/resources/summary").json;
  for (const char* field : {"cpu_percent", "mem_used", "mem_percent", "net_rx_bytes_per_second", "disk_total",
                            "disk_used", "disk_percent"})
    EXPECT_EQ(summary[field], nullptr) << field;
  EXPECT_EQ(summary["cpu_count"], 4);
  EXPECT_EQ(summary["container_count"], 0);
}

TEST_F(SummaryTest, WithoutTheHostsOwnCgroupItsTrafficIsUnknown) {
  SetBuilder builder(clock_.Wall());
  builder.Add(1, "web", 5);
  builder.set().containers.front().who = SetBuilder::Who("another");
  store_.SetNewest(builder.Done());
  Start();
  EXPECT_EQ(Get("/api/v1/resources/summary").json["net_rx_bytes_per_second"], nullptr);
}

TEST_F(SummaryTest, BeforeTheHostWasReadItSaysSo) {
  store_.SetNewest(nullptr);
  Start();
  const Answer answer = Get("/api/v1/resources/summary");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "NOT_READY");
}

using TopTest = ApiTest;

TEST_F(TopTest, LiveComesFromMemory) {
  store_.history().fails = true;
  Start();
  const Json top = Get("/api/v1/resources/top?period=live").json;
  EXPECT_EQ(
      top,
      Json({{"metric", "cpu"},
            {"period", "live"},
            {"consumers",
             {{{"container_id", 2}, {"container_name", "db"}, {"value", 300}, {"percent", 75}, {"rank", 1}},
              {{"container_id", 1},
               {"container_name", "web"},
               {"value", 100},
               {"percent", 25},
               {"rank", 2}}}}}));
  EXPECT_EQ(store_.history().asked, 0);
}

TEST_F(TopTest, EveryMetricHasItsLiveFigure) {
  Start();
  const struct {
    const char* metric;
    double value;
    Json percent;
  } cases[] = {{"memory", 300 << 20, 29.297},
               {"net_rx", 3000, nullptr},
               {"net_tx", 6000, nullptr},
               {"block_read", 9000, nullptr},
               {"block_write", 12000, nullptr}};
  for (const auto& one : cases) {
    const Json first =
        Get(std::string("/api/v1/resources/top?period=live&metric=") + one.metric).json["consumers"][0];
    EXPECT_EQ(first["value"], one.value) << one.metric;
    EXPECT_EQ(first["percent"], one.percent) << one.metric;
  }
}

TEST_F(TopTest, LiveLeavesOutWhoIsNotKnownAndKeepsToTheLimit) {
  SetBuilder builder(clock_.Wall());
  for (uint32_t id = 1; id <= 12; ++id) builder.Add(id, "c" + std::to_string(id), id);
  builder.Bare(13, "unknown");
  store_.SetNewest(builder.Done());
  Start();
  EXPECT_EQ(Get("/api/v1/resources/top?period=live").json["consumers"].size(), 5u);
  EXPECT_EQ(Get("/api/v1/resources/top?period=live&limit=100").json["consumers"].size(), 12u);
  const Json one = Get("/api/v1/resources/top?period=live&limit=1").json["consumers"];
  EXPECT_EQ(one[0]["container_id"], 12);
}

TEST_F(TopTest, PastPeriodsAreAskedOfTheHistory) {
  store_.history().consumers = {{9, "old", 12.3456, 3.0864}};
  Start();
  const Json top = Get("/api/v1/resources/top?metric=net_tx&period=7d&limit=3").json;
  EXPECT_EQ(top["consumers"], Json::array({{{"container_id", 9},
                                            {"container_name", "old"},
                                            {"value", 12.346},
                                            {"percent", 3.086},
                                            {"rank", 1}}}));
  const auto& asked = store_.history().asked_top;
  EXPECT_EQ(asked.metric, rollup::Metric::kNetTx);
  EXPECT_EQ(asked.to, clock_.Wall());
  EXPECT_EQ(asked.from, clock_.Wall() - hours(168));
  EXPECT_EQ(asked.limit, 3);
  EXPECT_EQ(asked.host_cores, 4u);
  EXPECT_EQ(asked.host_memory_bytes, 8'000'000'000u);
  EXPECT_EQ(Get("/api/v1/resources/top").json["period"], "1h");
}

TEST_F(TopTest, BadValuesAreRefusedNamingTheAccepted) {
  Start();
  EXPECT_EQ(Get("/api/v1/resources/top?metric=disk").message(),
            "metric must be one of: cpu memory net_rx net_tx block_read block_write; not \"disk\"");
  EXPECT_EQ(Get("/api/v1/resources/top?period=2h").message(),
            "period must be one of: live 1h 6h 24h 7d 30d 90d; not \"2h\"");
  EXPECT_EQ(Get("/api/v1/resources/top?limit=101").message(),
            "limit must be a whole number from 1 to 100, not \"101\"");
  EXPECT_EQ(Get("/api/v1/resources/top?limit=0").status, 400);
  store_.history().fails = true;
  EXPECT_EQ(Get("/api/v1/resources/top").status, 503);
}

using StatusTest = ApiTest;

TEST_F(StatusTest, TellsHowEveryPartFares) {
  SetBuilder builder(clock_.Wall());
  builder.set().runtimes = std::make_shared<std::vector<RuntimeHealth>>(std::vector<RuntimeHealth>{
      {RuntimeKind::kDocker, "unix:///var/run/docker.sock", true, "24.0", ""},
      {RuntimeKind::kPodman, "unix:///run/podman/podman.sock", false, "", "connection refused"}});
  builder.set().stats.beats = 17;
  store_.SetNewest(builder.Done());
  store_.status_now.writing = false;
  store_.status_now.last_error = "no space left";
  more_parts_ = [] { return std::vector<PartHealth>{{"alerts", false, "no receiver answers"}}; };
  Start();
  clock_.Pass(std::chrono::seconds(90));
  const Json status = Get("/api/v1/status").json;
  EXPECT_EQ(status["version"], "1.2.3");
  EXPECT_EQ(status["uptime_seconds"], 90);
  EXPECT_EQ(status["started_at"], "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(status["runtimes"][0]["version"], "24.0");
  EXPECT_EQ(status["runtimes"][1]["last_error"], "connection refused");
  EXPECT_EQ(status["collector"]["beats"], 17);
  EXPECT_EQ(status["storage"]["writing"], false);
  EXPECT_EQ(status["storage"]["write_errors"]["io"], 2);
  EXPECT_EQ(status["storage"]["tiers"][0]["tier"], "raw");
  EXPECT_EQ(status["storage"]["tiers"][0]["oldest"], "2023-11-14T21:13:20.000Z");
  EXPECT_EQ(status["storage"]["tiers"][1]["oldest"], nullptr);
  EXPECT_EQ(
      status["parts"],
      Json::array({{{"part", "storage"}, {"healthy", false}, {"last_error", "no space left"}},
                   {{"part", "runtime docker"}, {"healthy", true}, {"last_error", nullptr}},
                   {{"part", "runtime podman"}, {"healthy", false}, {"last_error", "connection refused"}},
                   {{"part", "alerts"}, {"healthy", false}, {"last_error", "no receiver answers"}}}));
}

TEST_F(StatusTest, AnswersBeforeTheHostWasRead) {
  store_.SetNewest(nullptr);
  Start();
  const Answer answer = Get("/api/v1/status");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json["ready"], false);
  EXPECT_EQ(answer.json["collector"]["beats"], nullptr);
}

TEST_F(StatusTest, TheDescriptionOfTheApiIsServedAsItStands) {
  Start();
  const auto reply = http::Fetch(port_, "/api/v1/openapi.yaml");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("Content-Type"), "application/yaml; charset=utf-8");
  EXPECT_THAT(reply.body, HasSubstr("openapi: \"3.1"));
}

}  // namespace
}  // namespace plimsoll::api
