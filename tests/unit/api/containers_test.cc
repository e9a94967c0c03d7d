#include <gmock/gmock.h>

#include "unit/api/api_fixture.h"

namespace plimsoll::api {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

std::vector<int> Ids(const Json& list) {
  std::vector<int> ids;
  for (const Json& one : list.at("containers")) ids.push_back(one.at("id"));
  return ids;
}

using ContainersTest = ApiTest;

TEST_F(ContainersTest, RunningOnesComeFirstByNameThenTheEnded) {
  Start();
  store_.history().known.push_back(Known(7, "older", clock_.Wall() - std::chrono::hours(9)));
  const Answer answer = Get("/api/v1/containers");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Ids(answer.json), (std::vector{2, 1, 9, 7}));
  EXPECT_EQ(answer.json["total"], 4);
  EXPECT_EQ(answer.json["running"], 2);
  EXPECT_EQ(answer.json["complete"], true);
}

TEST_F(ContainersTest, ALivingOneShowsWhoItIsAndItsFigures) {
  stored_.states = {Firing("Memory", AlertMetric::kMemoryPercent, 1)};
  Start();
  const Json web = Get("/api/v1/containers").json["containers"][1];
  EXPECT_EQ(web["name"], "web");
  EXPECT_EQ(web["key"], "name:web");
  EXPECT_EQ(web["runtime"], "docker");
  EXPECT_EQ(web["runtime_id"], "web-0123456789abcdef");
  EXPECT_EQ(web["image"], "nginx:1.25");
  EXPECT_EQ(web["labels"], Json({{"com.docker.compose.service", "web"}}));
  EXPECT_EQ(web["state"], "running");
  EXPECT_EQ(web["health"], nullptr);
  EXPECT_EQ(web["started_at"], "2023-11-14T21:56:40.000Z");
  EXPECT_EQ(web["alert_state"], "mem_alert");
  EXPECT_EQ(web["current"]["cpu_percent"], 100);
}

TEST_F(ContainersTest, AnEndedOneHasAFaceButNoFigures) {
  Start();
  const Json old = Get("/api/v1/containers").json["containers"][2];
  EXPECT_EQ(old["name"], "old");
  EXPECT_EQ(old["state"], "exited");
  EXPECT_EQ(old["current"], nullptr);
  EXPECT_EQ(old["alert_state"], nullptr);
  EXPECT_EQ(old["last_seen"], "2023-11-14T17:13:20.000Z");
}

TEST_F(ContainersTest, RunningOnesAloneNeverTouchTheDisk) {
  store_.history().fails = true;
  Start();
  const Answer answer = Get("/api/v1/containers?state=running");
  EXPECT_EQ(Ids(answer.json), (std::vector{2, 1}));
  EXPECT_EQ(answer.json["complete"], true);
  EXPECT_EQ(store_.history().asked, 0);
}

TEST_F(ContainersTest, WhenTheDiskFailsTheLivingAreShownAndItIsSaid) {
  store_.history().fails = true;
  Start();
  const Answer answer = Get("/api/v1/containers");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Ids(answer.json), (std::vector{2, 1}));
  EXPECT_EQ(answer.json["complete"], false);
  EXPECT_THAT(answer.json["incomplete_reason"].get<std::string>(), HasSubstr("disk I/O error"));
}

TEST_F(ContainersTest, LimitCutsTheListNotTheCount) {
  Start();
  const Answer answer = Get("/api/v1/containers?limit=1");
  EXPECT_EQ(Ids(answer.json), (std::vector{2}));
  EXPECT_EQ(answer.json["total"], 3);
  EXPECT_EQ(Ids(Get("/api/v1/containers?limit=3").json).size(), 3u);
}

TEST_F(ContainersTest, AParameterThatIsNoneIsRefusedNamingThoseThatAre) {
  Start();
  Answer answer = Get("/api/v1/containers?limt=1");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.message(), "\"limt\" is no parameter here; known: state limit");
  answer = Get("/api/v1/containers/1/resources/history?start=2026-11-29T00:00:00Z");
  EXPECT_EQ(answer.message(), "\"start\" is no parameter here; known: range from to step");
  answer = Get("/api/v1/alerts?state=firing");
  EXPECT_EQ(answer.message(), "\"state\" is no parameter here; there is none");
}

TEST_F(ContainersTest, BadParametersAreRefusedNamingWhatIsAccepted) {
  Start();
  for (const char* query :
       {"limit=0", "limit=-1", "limit=x", "limit=", "limit=10001", "limit=1.5", "limit=1e2"}) {
    const Answer answer = Get(std::string("/api/v1/containers?") + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_THAT(answer.message(), HasSubstr("1 to 10000")) << query;
  }
  const Answer state = Get("/api/v1/containers?state=dead");
  EXPECT_EQ(state.status, 400);
  EXPECT_EQ(state.code(), "BAD_PARAMETER");
  EXPECT_EQ(state.message(), "state must be one of: all running; not \"dead\"");
  EXPECT_EQ(Get("/api/v1/containers?state=all&state=all").status, 400);
}

TEST_F(ContainersTest, BeforeTheFirstReadingItIsNotReady) {
  store_.SetNewest(nullptr);
  Start();
  for (const char* path : {"/api/v1/containers", "/api/v1/containers/1/resources/current",
                           "/api/v1/resources/summary", "/api/v1/resources/top?period=live"}) {
    const Answer answer = Get(path);
    EXPECT_EQ(answer.status, 503) << path;
    EXPECT_EQ(answer.code(), "NOT_READY") << path;
  }
}

TEST_F(ContainersTest, NamesOfAnyBytesAreShownAsJson) {
  store_.SetNewest(SetBuilder(clock_.Wall()).Add(1, "a\"\\\n\xff", 1).Done());
  Start();
  const Answer answer = Get("/api/v1/containers?state=running");
  EXPECT_EQ(answer.json["containers"][0]["name"], "a\"\\\n\xef\xbf\xbd");
}

TEST_F(ContainersTest, CurrentGivesTheContractsFigures) {
  Start();
  const Answer answer = Get("/api/v1/containers/1/resources/current");
  EXPECT_EQ(answer.json, Json({{"container_id", 1},
                               {"cpu_percent", 100},
                               {"cpu_limit_percent", 400},
                               {"throttled_percent", 12.5},
                               {"mem_used", 100 << 20},
                               {"mem_limit", 1 << 30},
                               {"mem_percent", 9.766},
                               {"net_rx_bytes", 10100},
                               {"net_tx_bytes", 200},
                               {"block_read_bytes", 300},
                               {"block_write_bytes", 0},
                               {"net_rx_bytes_per_second", 1000},
                               {"net_tx_bytes_per_second", 2000},
                               {"block_read_bytes_per_second", 3000},
                               {"block_write_bytes_per_second", 4000},
                               {"cpu_pressure_percent", 33.333},
                               {"mem_pressure_percent", 0},
                               {"io_pressure_percent", 2},
                               {"timestamp", "2023-11-14T22:13:20.000Z"},
                               {"running", true}}));
  EXPECT_EQ(store_.history().asked, 0);
}

TEST_F(ContainersTest, WhatIsNotKnownIsNullNeverZero) {
  SetBuilder builder(clock_.Wall());
  builder.Bare(1, "web");
  store_.SetNewest(builder.Done());
  Start();
  const Json current = Get("/api/v1/containers/1/resources/current").json;
  for (const char* field : {"cpu_percent", "cpu_limit_percent", "throttled_percent", "mem_used", "mem_limit",
                            "mem_percent", "net_rx_bytes", "block_write_bytes", "net_tx_bytes_per_second",
                            "cpu_pressure_percent", "mem_pressure_percent", "io_pressure_percent"})
    EXPECT_EQ(current.at(field), nullptr) << field;
}

TEST_F(ContainersTest, TheHostsCoresAreNoCpuLimit) {
  SetBuilder builder(clock_.Wall());
  builder.Bare(1, "web").derived.cpu_limit_percent = 400;
  store_.SetNewest(builder.Done());
  Start();
  EXPECT_EQ(Get("/api/v1/containers/1/resources/current").json.at("cpu_limit_percent"), nullptr);
}

TEST_F(ContainersTest, CurrentOfAnEndedOneIsItsLastReading) {
  rollup::Point last;
  last.at = clock_.Wall() - std::chrono::hours(5);
  last.bucket.samples = 1;
  last.bucket.covered_ms = 10'000;
  last.bucket.cpu_us = 5'000'000;
  last.bucket.net_rx_bytes = 1000;
  last.bucket.memory_last = 4'000'000'000;
  last.bucket.periods = 100;
  last.bucket.throttled_periods = 40;
  store_.history().points = {last};
  store_.history().known.back().revision.cpu_limit_percent = 30;
  Start();
  const Json current = Get("/api/v1/containers/9/resources/current").json;
  EXPECT_EQ(current["running"], false);
  EXPECT_EQ(current["cpu_percent"], 50);
  EXPECT_EQ(current["cpu_limit_percent"], 30);
  EXPECT_EQ(current["throttled_percent"], 40);
  EXPECT_EQ(current.at("cpu_pressure_percent"), nullptr);  // history keeps another figure of it
  EXPECT_EQ(current["mem_limit"], 8'000'000'000);          // the host's: it had none of its own
  EXPECT_EQ(current["mem_percent"], 50);
  EXPECT_EQ(current["net_rx_bytes"], nullptr);  // nobody counted from its start
  EXPECT_EQ(current["net_rx_bytes_per_second"], 100);
  EXPECT_EQ(current["timestamp"], "2023-11-14T17:13:20.000Z");
}

TEST_F(ContainersTest, CurrentOfOneWhoseReadingsAreGoneTellsWhenItWasSeen) {
  Start();
  const Answer answer = Get("/api/v1/containers/9/resources/current");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json["cpu_percent"], nullptr);
  EXPECT_EQ(answer.json["mem_percent"], nullptr);
  EXPECT_EQ(answer.json["timestamp"], "2023-11-14T17:13:20.000Z");
}

TEST_F(ContainersTest, UnknownIdsAre404) {
  Start();
  for (const char* id : {"8", "0", "-1", "x", "1x", "99999999999999999999", "4294967296", "%20", "1%202"}) {
    for (const char* what : {"current", "history", "alerts"}) {
      const Answer answer = Get("/api/v1/containers/" + std::string(id) + "/resources/" + what);
      EXPECT_EQ(answer.status, 404) << id << " " << what;
      EXPECT_EQ(answer.code(), "UNKNOWN_CONTAINER") << id << " " << what;
    }
  }
}

TEST_F(ContainersTest, AWrongMethodIsToldWhatIsAllowed) {
  Start();
  http::RawClient client(port_);
  const auto reply = client.Ask("DELETE /api/v1/containers/1/resources/alerts HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.headers.at("Allow"), "GET, HEAD, PUT");
}

}  // namespace
}  // namespace plimsoll::api
